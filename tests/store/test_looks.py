"""Looks at a gate are counted once per recipe, and survive."""

from pathlib import Path

import pytest

from metier.errors import UserError
from metier.store.looks import FileLooks


def test_looks_count_recipes_that_share_a_question(tmp_path: Path) -> None:
    path = tmp_path / "looks.json"
    assert FileLooks(path).take("one", ["a", "b"]) == 1
    assert FileLooks(path).take("two", ["b", "c"]) == 2
    assert FileLooks(path).take("one", ["a", "b"]) == 1, "the same recipe is the same look"
    assert FileLooks(path).take("three", ["c"]) == 3
    assert FileLooks(path).take("fresh", ["x", "y"]) == 1, "questions nobody looked at"


@pytest.mark.parametrize("text", ["", "[]", '{"one": {}}', '{"one": {"look": "x", "questions": []}}'])
def test_a_damaged_record_is_no_licence_to_look_again(tmp_path: Path, text: str) -> None:
    path = tmp_path / "looks.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="damaged"):
        FileLooks(path).take("one", ["a"])
