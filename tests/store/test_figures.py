from pathlib import Path

import pytest

from metier.store.figures import FileFigures
from metier.types import Box, DescribedFigure, Figure


def figure(number: int, document: str = "d") -> Figure:
    return Figure(f"{document}.f{number}", document, Box(1, 10, 20, 110, 220), "Figure 1: Sales", 5, 20)


def described(number: int, document: str = "d", text: str = "A chart of sales") -> DescribedFigure:
    return DescribedFigure(
        figure(number, document), f"{document}.pdf", "Report", "en", text, "m", "2026-11-28"
    )


def test_everything_is_there_for_who_opens_it_anew_and_for_who_has_it_open(tmp_path: Path) -> None:
    writer, reader = FileFigures(tmp_path / "f.jsonl"), FileFigures(tmp_path / "f.jsonl")
    assert (reader.figures(), reader.described(), reader.failures(), reader.put_off()) == ({}, {}, {}, {})
    writer.keep_figures("d", [figure(1), figure(2)])
    writer.keep_figures("empty", [])
    writer.keep_described(described(1))
    writer.keep_failure("d", "d.f2", "nothing came")
    writer.keep_failure("d", "d.f2", "nothing came")
    writer.keep_put_off(figure(1))
    for store in (writer, reader, FileFigures(tmp_path / "f.jsonl")):
        assert dict(store.figures()) == {"d": (figure(1), figure(2)), "empty": ()}
        assert dict(store.described()) == {"d.f1": described(1)}
        assert (dict(store.failures()), dict(store.put_off())) == ({"d.f2": 2}, {"d.f1": 1})
    assert reader.described() is reader.described(), "an index is made of it"


def test_of_a_document_that_is_gone_no_byte_is_left(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    store, reader = FileFigures(path), FileFigures(path)
    for name in ("old", "new"):
        store.keep_figures(name, [figure(1, name)])
        store.keep_described(described(1, name, f"A secret of {name}"))
    assert len(reader.described()) == 2
    store.keep_only({"new"})
    assert b"old" not in path.read_bytes()
    assert set(store.described()) == set(reader.described()) == {"new.f1"}
    before = path.stat().st_ino
    store.keep_only({"new", "another"})
    assert path.stat().st_ino == before, "nothing to forget, nothing written"
    # a file of the same length takes its place: other lines, not the old ones and more
    store.keep_only(set())
    store.keep_described(described(1, "end"))
    assert set(reader.described()) == {"end.f1"}


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_line_that_was_cut_short_costs_itself_alone(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "f.jsonl"
    store = FileFigures(path)
    store.keep_figures("d", [figure(1), figure(2)])
    store.keep_described(described(1))
    store.keep_described(described(2))
    path.write_bytes(path.read_bytes()[:-cut])
    reader = FileFigures(path)
    assert set(reader.described()) == {"d.f1"}
    reader.keep_described(described(2, text="Again"))
    assert FileFigures(path).described()["d.f2"].description == "Again"
    assert reader.described()["d.f2"].description == "Again"


def test_lines_of_another_version_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    FileFigures(path).keep_figures("d", [])
    with path.open("a") as file:
        file.write(
            '{"document": "x", "figures": [{"id": 1}]}\n[]\n{"document": "y", "described": {}}\n{"z": 1}\n'
        )
    assert dict(FileFigures(path).figures()) == {"d": ()}
