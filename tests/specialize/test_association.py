"""Which words go together: against a slow count with scipy's G-test, and what is never taken."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from metier.specialize.association import Observed, associations

PEOPLE = [frozenset({"ann"}), frozenset({"bob"}), frozenset({"cem"})]


def observed(asked: str, told: str, who: int = 0) -> Observed:
    return Observed(frozenset(asked.split()), frozenset(told.split()), PEOPLE[who % 3])


def world(count: int, seed: int = 3) -> list[Observed]:
    """Whoever asks for "homeoffic" is told of "mobil arbeit"; all else is chance."""
    dice = np.random.default_rng(seed)
    words = [f"w{letter}x" for letter in "abcdefghijklmnop"]
    rows = []
    for number in range(count):
        asked, told = (set(dice.choice(words, 4, replace=False).tolist()) for _ in range(2))
        asked.add(f"only{chr(97 + number % 26)}{chr(97 + number // 26)}")
        if number % 4 == 0:
            asked.add("homeoffic")
            told |= {"mobil", "arbeit"}
        instead = dict.fromkeys(dice.choice(words, 6, replace=False).tolist(), 0.3)
        rows.append(Observed(frozenset(asked), frozenset(told), PEOPLE[number % 3], instead))
    return rows


def slowly(rows: list[Observed]) -> dict[tuple[str, str], float]:
    """Weight of every pair that is more than chance, one pair at a time."""
    found = {}
    words = {word for one in rows for word in one.asked}
    others = {word for one in rows for word in one.told}
    for word in sorted(words):
        for other in sorted(others - {word}):
            both = sum(word in one.asked and other in one.told and other not in one.asked for one in rows)
            asked = sum(word in one.asked for one in rows)
            told = sum(other in one.told for one in rows)
            people = {
                name
                for one in rows
                if word in one.asked and other in one.told and other not in one.asked
                for name in one.people
            }
            beside = sum(one.instead.get(other, 0.0) for one in rows if word in one.asked)
            elsewhere, many = told - both + beside, len(rows)
            if both < 2 or asked < 2 or told < 2 or len(people) < 2 or both * many <= asked * elsewhere:
                continue
            table = [[both, asked - both], [elsewhere, many - elsewhere]]
            ratio = chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
            anyway = max((told - both) / (many - asked), beside / asked)
            weight = (both + 2 * anyway) / (asked + 2) - anyway
            if ratio >= 6.63 and weight > 0:
                found[word, other] = weight
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_as_a_slow_count_says(seed: int) -> None:
    rows = world(60, seed)
    expected = slowly(rows)
    fast = {
        (word, other): weight for word, own in associations(rows).items() for other, weight in own.items()
    }
    by_word: dict[str, list[tuple[float, str]]] = {}
    for (word, other), weight in expected.items():
        by_word.setdefault(word, []).append((-weight, other))
    best = {(word, other): -weight for word, own in by_word.items() for weight, other in sorted(own)[:4]}
    assert fast.keys() == best.keys()
    assert all(abs(fast[pair] - best[pair]) < 1e-12 for pair in fast)
    assert {("homeoffic", "mobil"), ("homeoffic", "arbeit")} <= fast.keys()
    assert associations(rows[::-1]) == associations(rows), "in whatever order they come"


def test_what_is_found_anyway_is_no_other_wording() -> None:
    """All ask for one thing: what is found instead tells what is in every passage."""
    instead = {"office": 1.0, "mobil": 0.1}
    rows = [
        Observed(
            frozenset({"homeoffic", f"s{chr(97 + n)}s"}),
            frozenset({"office", "mobil"}),
            PEOPLE[n % 3],
            instead,
        )
        for n in range(8)
    ]
    assert set(associations(rows)["homeoffic"]) == {"mobil"}


def test_what_one_person_alone_marked_is_not_taken() -> None:
    filler = [observed(f"q{chr(97 + n)}q", "rest menu", n) for n in range(12)]
    same = [observed(f"homeoffic s{chr(97 + n)}s", "mobil", 0) for n in range(3)]
    assert associations([*filler, *same]) == {}
    two = [*same[:2], observed("homeoffic sz", "mobil", 1)]
    assert "mobil" in associations([*filler, *two])["homeoffic"]
    nobody = [Observed(one.asked, one.told) for one in [*filler, *same]]
    assert "mobil" in associations(nobody)["homeoffic"], "questions that nobody asked have no such rule"


def test_the_same_question_counts_once_and_codes_are_no_words() -> None:
    filler = [observed(f"q{chr(97 + n)}q", "rest menu", n) for n in range(12)]
    assert associations([*filler, *(observed("homeoffic", "mobil", n) for n in range(3))]) == {}
    codes = [observed(f"pump s{chr(97 + n)}s", "ax4711 mobil", n) for n in range(4)]
    assert set(associations([*filler, *codes])["pump"]) == {"mobil"}
    assert associations([]) == {}
