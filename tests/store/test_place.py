"""Which folder holds the table, before and after another takes its place."""

from pathlib import Path

from metier.store.place import TablePlace, number_of


def made(folder: Path) -> Path:
    folder.mkdir()
    (folder / "data").write_bytes(b"x")
    return folder


def test_the_first_table_is_the_one_until_another_is_named(tmp_path: Path) -> None:
    first = made(tmp_path / "passages.lance")
    place, other_process = TablePlace(first), TablePlace(first)
    assert place.folder() == other_process.folder() == first
    building = made(place.building("abc"))
    assert building.name == "passages-1-abc.lance"
    assert (place.folder(), place.begun()) == (first, building)
    place.switch(building)
    assert place.folder() == other_process.folder() == TablePlace(first).folder() == building
    assert place.begun() is None
    assert not first.exists(), "what was replaced is removed"


def test_numbers_grow_from_one_table_to_the_next(tmp_path: Path) -> None:
    place = TablePlace(made(tmp_path / "passages.lance"))
    for number in (1, 2, 3):
        folder = made(place.building("abc"))
        assert number_of(folder) == number
        place.switch(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["passages-3-abc.lance", "passages.live"]


def test_what_was_begun_otherwise_is_removed_and_what_goes_on_is_kept(tmp_path: Path) -> None:
    first = made(tmp_path / "passages.lance")
    place = TablePlace(first)
    mine, other = made(place.building("abc")), made(place.building("def"))
    place.remove_replaced()
    assert mine.exists()
    assert other.exists()
    assert first.exists()
    place.remove_begun(but=mine)
    assert mine.exists()
    assert not other.exists()
    assert first.exists()


def test_a_switch_that_was_killed_before_it_removed_is_tidied_later(tmp_path: Path) -> None:
    first = made(tmp_path / "passages.lance")
    place = TablePlace(first)
    building = made(place.building("abc"))
    (tmp_path / "passages.live").write_text(f"{building.name}\n", encoding="utf-8")
    assert place.folder() == building
    place.remove_replaced()
    assert building.exists()
    assert not first.exists()


def test_other_folders_are_none_of_its_business(tmp_path: Path) -> None:
    first, odd = made(tmp_path / "passages.lance"), made(tmp_path / "passages-of-mine.lance")
    place = TablePlace(first)
    place.remove_begun(but=place.building("abc"))
    place.remove_replaced()
    assert odd.exists()
    assert place.begun() is None
