"""The policy learns what examples say, and only where it holds on others."""

import numpy as np

from metier.flow.finding import Found
from metier.generate.ranking import Considered
from metier.generate.scoring import FEATURES
from metier.specialize.bench import Replay
from metier.specialize.components import answer_policy
from metier.specialize.rows import Example
from metier.types import Query, Release
from tests.specialize.made import candidate, example, quote

WEIGHTS = dict.fromkeys(FEATURES, 0.0) | {"cosine_sentence": 1.0}
BASE = Release("r", (), "", {}, {"generator": {"weights": WEIGHTS, "confidence": {"bias": 1.0}}})
COSINE, SHORT = FEATURES.index("cosine_sentence"), FEATURES.index("short")


def replays(count: int, start: int, short_is_right: bool, dice: np.random.Generator) -> list[Replay]:
    """Each question has a long sentence near to it and a short one farther off."""
    made = []
    for number in range(start, start + count):
        texts = (f"The long sentence about item number {number} says a lot.", f"Value {number}.")
        features = np.zeros((2, len(FEATURES)))
        features[:, COSINE] = [1.0 + 0.1 * dice.normal(), 0.5]
        features[:, SHORT] = [0.0, 1.0]
        right = texts[int(short_is_right if dice.random() < 0.9 else not short_is_right)]
        item: Example = example(f"a{number}", evidence=(quote(right, "d.txt"),))
        seen = Considered([candidate(text, "d") for text in texts], features, ())
        made.append(Replay(item, Found(Query("q"), {}, ()), (seen,), f"g{number}"))
    return made


def test_a_lesson_that_holds_is_kept() -> None:
    dice = np.random.default_rng(1)
    found = answer_policy.fit_first(BASE, replays(40, 0, True, dice), replays(16, 100, True, dice))
    assert found.kept, found.reason
    (path,) = found.changes
    assert path == ("generator", "weights")
    assert found.changes[path]["short"] > 0.5
    assert found.gain is not None
    assert found.gain.low > 0
    assert found.examples == 56


def test_a_lesson_that_does_not_hold_is_dropped() -> None:
    dice = np.random.default_rng(2)
    found = answer_policy.fit_first(BASE, replays(40, 0, True, dice), replays(16, 100, False, dice))
    assert not found.kept
    assert found.changes == {}


def test_too_few_lessons_teach_nothing() -> None:
    dice = np.random.default_rng(3)
    assert "20 are needed" in answer_policy.fit_first(BASE, replays(5, 0, True, dice), []).reason
    assert "no question" in answer_policy.fit(BASE, replays(40, 0, True, dice), []).reason, (
        "nothing is read here"
    )
