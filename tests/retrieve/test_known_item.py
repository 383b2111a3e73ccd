import itertools
from pathlib import Path

import pytest

from metier.retrieve.known_item import (
    KeptCheck,
    KnownItemCheck,
    LegCheck,
    Switched,
    check_legs,
    known_items,
    row_items,
)
from metier.text.conditions import read_conditions
from metier.text.rows_meant import rows_meant
from metier.types import Access, Hit, Passage, Query
from tests.builders import passage, table

TOPICS = ("notice", "travel", "salary", "hotel", "parking", "training", "pension", "lunch")


def corpus(documents: int = 16) -> list[Passage]:
    """Passages of two sentences each, under a heading of their own."""
    out = []
    for number in range(documents):
        topic = f"{TOPICS[number % len(TOPICS)]} {'abcdefghijklmnop'[number] * 3}"
        text = (
            f"Whoever asks for {topic} gets an answer from the office within a week. The office keeps a list."
        )
        out.append(passage(text, f"d{number}", title=f"Rules about {topic}", groups=(f"g{number % 2}",)))
    return out


class Finds:
    """Finds the passages that share most words with the question; one that is `deaf` always finds the first it has."""

    def __init__(self, passages: list[Passage], name: str = "keyword", deaf: bool = False) -> None:
        self.passages, self.name, self.deaf, self.asked = passages, name, deaf, 0

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        self.asked += 1
        wanted = set(query.text.lower().split())
        allowed = [item for item in self.passages if access.allows(item.groups)]
        shared = {item.id: len(wanted & set(f"{item.title} {item.text}".lower().split())) for item in allowed}
        ranked = allowed[:1] if self.deaf else sorted(allowed, key=lambda item: -shared[item.id])
        return [Hit(item, 1.0 / (n + 1)) for n, item in enumerate(ranked)][: min(k, 3)]


def tick() -> float:
    return next(_seconds)


_seconds = itertools.count(0.0, 0.01)


def test_questions_are_headings_and_halves_of_sentences() -> None:
    items = known_items(corpus(), 10)
    assert len(items) == 10
    assert [item.is_heading for item in items].count(True) == 5
    for item in items:
        words = item.question.split()
        if item.is_heading:
            assert item.question == item.passage.title
        else:
            assert 4 <= len(words) <= 8
            assert set(words) <= set(item.passage.text.replace(".", "").split())
    assert items == known_items(list(reversed(corpus())), 10)
    assert known_items([], 10) == []
    assert known_items([table("a | b\nc | d", title="")], 10) == []


def test_few_of_one_kind_leave_room_for_the_other() -> None:
    without = [passage(item.text, item.document, title="") for item in corpus()]
    assert [item.is_heading for item in known_items(without, 8)] == [False] * 8
    short = [passage("Too short.", item.document, title=item.title) for item in corpus()]
    assert [item.is_heading for item in known_items(short, 8)] == [True] * 8


def test_a_leg_that_finds_nothing_known_is_switched_off() -> None:
    passages = corpus()
    legs = [Finds(passages), Finds(passages, "static", deaf=True)]
    check = check_legs(legs, known_items(passages, 32), 10, tick)
    keyword, static = check.legs
    assert (keyword.name, keyword.is_on) == ("keyword", True)
    assert keyword.found >= check.asked - 1
    assert not static.is_on
    assert f"the best leg found {keyword.found}" in static.why
    assert check.off() == {"static"}


def test_a_leg_that_is_not_there_yet_is_not_judged() -> None:
    passages = corpus()
    check = check_legs([Finds(passages), Finds([], "sentence")], known_items(passages, 32), 10, tick)
    assert [leg.name for leg in check.legs] == ["keyword"]


def tables(count: int = 16) -> list[Passage]:
    rows = "Article | Price\nBolt | {n} EUR\nNut | 1 EUR"
    return [table(rows.format(n=10 + n), f"t{n}", title=f"Prices {n}", groups=("g0",)) for n in range(count)]


class FindsRows(Finds):
    """Finds the passages with a row that the question means, and knows no other question."""

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        self.asked += 1
        if (asked := read_conditions(query.text, query.language)) is None:
            return []
        return [Hit(item, 1.0) for item in self.passages if rows_meant(asked, item)][:k]


def test_a_leg_that_compares_values_is_asked_for_rows_and_judged_by_them() -> None:
    rows = row_items(tables(), 20)
    assert rows[0].question.startswith("List all Article with Price of at least 1")
    assert len(rows) == 16
    sees, blind = FindsRows(tables()[-8:], "structured"), FindsRows([], "structured")
    on = check_legs([Finds(corpus()), sees], known_items(corpus(), 32), 10, tick, {"structured": rows})
    assert on.legs[-1].why.startswith("found 8 of 16 known passages")
    assert sees.asked == 16
    off = check_legs([Finds(corpus()), blind], known_items(corpus(), 32), 10, tick, {"structured": rows})
    assert off.off() == {"structured"}
    assert "all were there" in off.legs[-1].why
    few = check_legs([Finds(corpus()), blind], known_items(corpus(), 32), 10, tick, {"structured": rows[:11]})
    assert [leg.name for leg in few.legs] == ["keyword"]


def test_too_few_questions_decide_nothing() -> None:
    passages = corpus(4)
    check = check_legs([Finds(passages, deaf=True)], known_items(passages, 8), 10, tick)
    assert (check.legs, check.asked, check.off()) == ((), 0, frozenset())


def test_it_stops_when_time_is_up() -> None:
    passages = corpus()
    leg = Finds(passages)
    times = iter(range(1000))
    check = check_legs([leg], known_items(passages, 32), 15, lambda: float(next(times)))
    assert 12 <= check.asked == leg.asked < 32


def test_the_check_is_kept_and_read_again(tmp_path: Path) -> None:
    kept, other = KeptCheck(tmp_path / "legs.json"), KeptCheck(tmp_path / "legs.json")
    assert kept.read() == KnownItemCheck()
    check = KnownItemCheck((LegCheck("static", 1, 40, False, "found 1 of 40"),), 40, 0.5)
    kept.write(check)
    assert kept.read() == other.read() == check
    assert [path.name for path in tmp_path.iterdir()] == ["legs.json"]


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"legs": [{"name": 1}]}', '{"legs": 3, "asked": 1, "seconds": 1}']
)
def test_a_damaged_file_switches_nothing_off(tmp_path: Path, damage: str) -> None:
    (tmp_path / "legs.json").write_text(damage, encoding="utf-8")
    assert KeptCheck(tmp_path / "legs.json").read() == KnownItemCheck()


def test_a_switched_leg_is_silent_while_it_is_off() -> None:
    off: set[str] = set()
    leg = Switched(Finds(corpus()), lambda name: name in off)
    access = Access("me", frozenset({"g0"}))
    assert leg.name == "keyword"
    assert leg.retrieve(Query("notice"), access, 3)
    off.add("keyword")
    assert leg.retrieve(Query("notice"), access, 3) == []
