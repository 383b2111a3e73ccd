import numpy as np

from metier.specialize.cold_start import cloze_questions, fit_cold_start, without_answers
from metier.specialize.mixture import LEAST
from metier.types import Hit, Passage, Query
from tests.builders import passage

BODY = (
    "The crew closes both valves before the shift ends. The pressure is then read at the gauge on the left side. "
    "Whoever reads it signs the sheet and hangs it back."
)


def corpus(count: int = 60) -> list[Passage]:
    return [
        passage(
            BODY.replace("on the left side", f"of line {n}"),
            f"d{n}",
            title=f"Closing the valves of plant {n}",
            id=f"p{n}",
        )
        for n in range(count)
    ]


def test_a_heading_asks_for_what_stands_under_it_and_is_taken_out() -> None:
    (one,) = cloze_questions([corpus()[3]], 5)
    assert one.query.text == "Closing the valves of plant 3"
    (left,) = one.passages
    assert (left.title, left.text) == ("", corpus()[3].text)


def test_a_sentence_asks_for_the_rest_of_its_passage() -> None:
    (one,) = cloze_questions([passage(BODY, "d", title="", id="p")], 5)
    assert one.query.text == "The pressure is then read at the gauge on the left side."
    (left,) = one.passages
    assert one.query.text not in left.text
    assert left.text.startswith("The crew closes")
    assert left.text.endswith("hangs it back.")
    assert left.end - left.start == len(left.text)


def test_a_single_long_sentence_is_asked_for_by_its_first_third() -> None:
    words = " ".join(f"word{chr(97 + n)}" for n in range(24))
    (one,) = cloze_questions([passage(words, "d", title="", id="p")], 5)
    assert words.startswith(one.query.text)
    assert one.query.text not in one.passages[0].text


def test_all_passages_under_a_heading_answer_it_unless_they_are_many() -> None:
    def chapter(parts: int) -> list[Passage]:
        return [
            passage(f"{BODY} Part {n}.", "d", title="", id=f"p{n}", heading_path=("Closing both valves",))
            for n in range(parts)
        ]

    (one,) = cloze_questions(chapter(3), 5)
    assert {item.id for item in one.passages} == {"p0", "p1", "p2"}
    assert all(item.heading_path == () for item in one.passages)
    assert all(item.id.startswith("sentence") for item in cloze_questions(chapter(9), 5))


def test_questions_are_mixed_share_nothing_and_come_again() -> None:
    found = cloze_questions(corpus(), 40)
    kinds = [one.id.split()[0] for one in found]
    assert kinds.count("heading") == kinds.count("sentence") == 20
    ids = [item.id for one in found for item in one.passages]
    assert len(set(ids)) == len(ids)
    assert cloze_questions(corpus()[::-1], 40) == found
    assert cloze_questions([], 5) == []
    assert cloze_questions([passage("Too short.", "d", title="No", id="p")], 5) == []


def test_nothing_is_lost_but_the_words_that_ask() -> None:
    questions = cloze_questions(corpus(), 10)
    left = without_answers(corpus(), questions)
    assert [item.id for item in left] == [item.id for item in corpus()]
    assert sum(a != b for a, b in zip(left, corpus(), strict=True)) == 10


def searched(good: str, answered: int = 1000) -> tuple[list, object]:
    """Questions for which one leg finds the passage first and the other anywhere; `answered` of them at all."""
    rng = np.random.default_rng(3)
    questions = cloze_questions(corpus(200), 80)
    rankings = {}
    others = [passage("x", f"o{n}", id=f"o{n}") for n in range(30)]
    for number, one in enumerate(questions):
        right = one.passages[0]
        shuffled = [others[n] for n in rng.permutation(30)]
        place = int(rng.integers(1, 15))
        bad = [*shuffled[:place], right, *shuffled[place:]]
        first = [right, *shuffled]
        if number >= answered:
            first, bad = shuffled, shuffled
        for leg, ranked in ((good, first), ("other", bad)):
            rankings[one.query.text, leg] = [Hit(item, 1 - rank / 50) for rank, item in enumerate(ranked)]
    legs = (good, "other")

    def search(query: Query) -> dict[str, list[Hit]]:
        return {leg: rankings[query.text, leg] for leg in legs}

    return questions, search


def test_the_leg_that_understands_the_documents_gains_half_of_the_way() -> None:
    questions, search = searched("keyword")
    found = fit_cold_start(questions, search, {"keyword": 0.2, "other": 0.8}, 6)
    fitted = found.fit.release["weights"]["keyword"]
    assert fitted > 0.5
    assert abs(found.weights["keyword"] - (0.2 + fitted) / 2) < 1e-3
    assert abs(sum(found.weights.values()) - 1) < 1e-3
    assert (found.asked, found.kept) == (80, 80)
    assert "without labels" in found.note


def test_questions_that_no_leg_answers_are_dropped_and_few_change_nothing() -> None:
    questions, search = searched("keyword", answered=LEAST - 1)
    found = fit_cold_start(questions, search, {"keyword": 1.0, "other": 3.0}, 6)
    assert found.weights == {"keyword": 0.25, "other": 0.75}
    assert found.kept == LEAST - 1
    assert "too few" in found.note
