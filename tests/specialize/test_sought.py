"""What teaches retrieval: also passages that nothing found, and never what the asker may not see."""

from dataclasses import replace

from metier.flow.finding import Found
from metier.specialize.bench import Replay
from metier.specialize.sought import gain, sought
from metier.types import Query, Release
from tests.builders import passage
from tests.specialize.made import example, quote
from tests.specialize.offices import BASE, Tried, replays, rules

RULES = rules(30)
NOTHING = Found(Query("pinkslip?", "en"), {"keyword": [], "static": []}, ())


def test_a_better_place_is_read_where_nothing_found_it() -> None:
    tried = Tried(RULES, BASE)
    item = example(user="ann", evidence=(quote(RULES[0].text, RULES[0].uri),))
    (found,) = sought(tried, [Replay(item, NOTHING, ())])  # type: ignore[arg-type]
    assert found.right == (RULES[0],)
    closed = Tried([replace(one, groups=("hr",)) for one in RULES], BASE)
    assert sought(closed, [Replay(item, NOTHING, ())]) == []  # type: ignore[arg-type]


def test_an_answer_is_searched_for_if_it_is_long_enough_to_tell() -> None:
    said = [
        *RULES,
        passage("Claims are settled within thirty days by the payroll department.", "pay", title=""),
    ]
    tried = Tried(said, BASE)
    long = example(user="ann", answers=("settled within thirty days by the payroll department",))
    (found,) = sought(tried, [Replay(long, NOTHING, ())])  # type: ignore[arg-type]
    assert [one.document for one in found.right] == ["pay"]
    short = example(user="ann", answers=("thirty days",))
    assert sought(tried, [Replay(short, NOTHING, ())]) == []  # type: ignore[arg-type]
    assert sought(tried, [Replay(replace(long, weight=0.0), NOTHING, ())]) == []  # type: ignore[arg-type]
    assert sought(tried, [Replay(example(user="ann", thumb=-1.0), NOTHING, ())]) == []  # type: ignore[arg-type]


def test_what_was_called_wrong_comes_first_among_the_wrong() -> None:
    (item,) = replays(RULES, [3])
    other = item.found.rankings["static"][-1].passage
    changed = replace(item, example=replace(item.example, rejected=(quote(other.text, other.uri),)))
    (found,) = sought(Tried(RULES, BASE), [changed])  # type: ignore[arg-type]
    assert found.wrong[0].id == other.id
    assert not {one.id for one in found.right} & {one.id for one in found.wrong}


def test_the_gain_counts_what_only_the_new_release_finds() -> None:
    old = Tried(RULES, BASE)
    book = {"groups": {"all": {"pinkslip": {"travel": 0.5, "expens": 0.5}}}}
    new = Tried(RULES, Release("n", (), "", {}, {**BASE.parts, "expansion": book}))
    (item,) = sought(old, replays(RULES, [4]))  # type: ignore[arg-type]
    assert gain(old, new, item) > 0  # type: ignore[arg-type]
    assert gain(new, old, item) < 0  # type: ignore[arg-type]
    assert gain(old, old, item) == 0  # type: ignore[arg-type]
