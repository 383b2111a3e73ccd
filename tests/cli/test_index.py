"""What is said of the index: nothing lost is one line, something lost says what to do."""

import dataclasses

import pytest

from metier.cli import index
from metier.store.compaction import Compaction
from metier.system import IndexState, ReindexPlan

DONE = Compaction(0.0, 2.0, "its rows were in 64 files", 50, 50, 32, 32, 32)
FINE = IndexState(50, 0, "", None, None, False, 1.0)


def test_an_index_that_is_well_needs_no_words() -> None:
    assert index.told_of(FINE) == []


@pytest.mark.parametrize(
    ("change", "is_wrong", "words"),
    [
        ({"compaction": DONE}, False, "32 of 32 known passages found before and after"),
        ({"compaction": dataclasses.replace(DONE, found_after=30)}, True, "LOST something: 32 of 32"),
        (
            {"compaction": dataclasses.replace(DONE, rows_after=9)},
            True,
            "50 passages were there before and 9 after",
        ),
        ({"problem": "passages.lance cannot be read"}, True, "cannot be read"),
        ({"without": 3}, True, "3 live documents are not in it: `metier ingest`"),
        ({"begun_mb": 12}, False, "takes 12 MB: `metier reindex` goes on with it"),
        ({"other_sentences": True}, True, "another model's and are not used"),
        ({"other_sentences": True, "deepened": 0.0}, True, "another model's and are not used"),
        ({"deepened": 0.999}, False, "99% of them have sentence vectors"),
    ],
)
def test_what_there_is_to_say(change: dict[str, object], is_wrong: bool, words: str) -> None:
    ((wrong, told),) = index.told_of(dataclasses.replace(FINE, **change))  # type: ignore[arg-type]
    assert wrong is is_wrong
    assert words in told


def test_a_loss_is_shown_after_an_ingest_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    index.show_loss(None)
    index.show_loss(DONE)
    assert capsys.readouterr().out == ""
    index.show_loss(dataclasses.replace(DONE, found_after=1))
    assert "`metier reindex` builds it anew" in capsys.readouterr().out


def test_room_is_told_in_megabytes() -> None:
    plan = ReindexPlan("", 2, 1000, False, 30 << 20, 20 << 20)
    assert not plan.is_possible
    assert plan.room == "30 MB of disk beside the index there is; 20 MB are free"
