"""A passage that holds the answer and misleads it counts as wrong; one that the answer needs counts as right."""

from typing import Any

import numpy as np

from metier.flow.finding import Found
from metier.generate.whole import FEATURES, Whole, WholeAnswer
from metier.specialize.bench import Replay
from metier.specialize.components import second_round
from metier.specialize.components.mixture import judged
from metier.specialize.mixture import LEAST
from metier.specialize.rows import Example
from metier.types import Hit, Query, Release, Statement
from tests.builders import passage
from tests.specialize.components.test_reranker import BLIND, MIXTURE, WORDS, TriedRelease
from tests.specialize.made import example

_SHOWN = 8


def base() -> Release:
    parts = {"mixture": MIXTURE, "reranker": BLIND, "generator": {}, "thresholds": {"extractive": 0.5}}
    return Release("r", (), "", {}, parts)


class Answering(TriedRelease):
    """Answers from the first passage shown that says anything: "red" where it is about both words of the question, else "blue"."""

    def __init__(self, release: Release, questions: dict[str, list[Hit]]) -> None:
        super().__init__(release)
        self._questions = questions

    def find(self, question: str, user: str, history: Any = (), filter: Any = None) -> Found:
        query, rankings = Query(question, "en"), {"keyword": self._questions[question], "static": []}
        return Found(query, rankings, self.rerank(query, self.mix(query, rankings, self.wide), _SHOWN))

    def consider(self, found: Found) -> tuple[()]:
        return ()

    def whole(self, found: Found) -> Whole | None:
        texts = [item.passage.text for item in found.evidence if "is red" in item.passage.text]
        if not texts:
            return None
        said = "red" if all(word in texts[0] for word in found.query.text.split()) else "blue"
        answer = WholeAnswer(Statement("s1", said, ()), "sentence", True)
        return Whole([answer], np.zeros((1, len(FEATURES))), 0.9)


def world(count: int, start: int) -> tuple[dict[str, list[Hit]], list[Example]]:
    """Above the passage that answers stands one that says the same of another pair of words."""
    dice = np.random.default_rng(start)
    questions, examples = {}, []
    pairs = [(one, other) for one in WORDS for other in WORDS if one != other]
    for number in range(start, start + count):
        one, other = pairs[number % len(pairs)]
        third = next(word for word in dice.permutation(WORDS) if word not in (one, other))
        texts = [f"On {one} and {third}. It is red.", f"On {one} and {other}. It is red."]
        texts += [f"On {' and '.join(dice.choice(WORDS, 2))}. It is grey." for _ in range(10)]
        docs = [passage(text, f"q{number}d{place}", title="") for place, text in enumerate(texts)]
        questions[f"{one} {other}"] = [Hit(item, float(len(docs) - rank)) for rank, item in enumerate(docs)]
        examples.append(example(f"a{number}", question=f"{one} {other}", answers=("red",)))
    return questions, examples


def replays(trial: Answering, examples: list[Example]) -> list[Replay]:
    found = [(item, trial.find(item.question, "me")) for item in examples]
    return [Replay(item, one, (), f"g{item.id}", trial.whole(one)) for item, one in found]


def test_what_misleads_counts_as_wrong_and_what_is_missed_as_right() -> None:
    questions, examples = world(1, 0)
    trial = Answering(base(), questions)
    (item,) = replays(trial, examples)
    assert set(judged([item])[0].relevance) == {"q0d0:0", "q0d1:0"}, "by what they say both are right"
    effect = second_round.effects(base(), trial, item)  # type: ignore[arg-type]
    assert len(effect) == _SHOWN
    assert effect["q0d0:0"] == -2.0, "without it the answer is right, with it wrong"
    assert effect["q0d1:0"] == 0.0, "it is not read yet"
    (known,) = second_round.relabelled([item], {"a0": effect})
    assert set(known.relevance) == {"q0d1:0"}
    (needed,) = second_round.relabelled([item], {"a0": {"q0d5:0": 1.0, "elsewhere": 1.0}})
    assert needed.relevance["q0d5:0"] == 1.0
    assert "elsewhere" not in needed.relevance, "no retriever found it"
    assert second_round.relabelled([item], {"a0": {"q0d0:0": -1.0, "q0d1:0": -1.0}}) == []


def test_an_order_that_makes_answers_right_is_kept() -> None:
    questions, examples = world(90, 0)
    trial = Answering(base(), questions)
    every = replays(trial, examples)
    found = second_round.fit(base(), every[:60], every[60:], lambda release: Answering(release, questions))  # type: ignore[arg-type, return-value]
    assert found.kept, found.reason
    assert found.gain is not None
    assert found.gain.value > 1.0, "wrong answers become right"
    assert list(found.changes) == [("reranker",)]
    assert "60 of 60" in found.reason


def test_where_no_passage_matters_there_is_nothing_to_learn() -> None:
    questions, examples = world(30, 0)
    trial = Answering(base(), questions)
    silent = [Replay(item.example, item.found, (), item.group) for item in replays(trial, examples)]
    trial.whole = lambda found: None  # type: ignore[method-assign]
    found = second_round.fit(base(), silent, silent, lambda release: trial)  # type: ignore[arg-type, return-value]
    assert not found.kept
    assert "in 0 some passage matters" in found.reason
    few = second_round.fit(base(), silent[: LEAST - 1], silent, lambda release: trial)  # type: ignore[arg-type, return-value]
    assert f"{LEAST} are needed" in few.reason
