"""What was found of a model is kept by its identity, and damage says nothing of any."""

from pathlib import Path

import pytest

from metier.store.model_tests import KeptTests


def test_the_newest_test_of_each_model_counts(tmp_path: Path) -> None:
    kept = KeptTests(tmp_path / "model_tests.json")
    assert kept.decides("a") is None
    kept.write("a", True, "right 12 of 12")
    kept.write("b", False, "not asked")
    assert (kept.decides("a"), kept.decides("b"), kept.decides("c")) == (True, False, None)
    kept.write("a", False, "right 3 of 12")
    assert KeptTests(tmp_path / "model_tests.json").decides("a") is False


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"a": {"decides": "yes"}}', "\xff"])
def test_a_damaged_file_lets_no_model_decide(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model_tests.json"
    path.write_bytes(text.encode("latin-1"))
    kept = KeptTests(path)
    assert not kept.decides("a")
    kept.write("a", True, "")
    assert kept.decides("a") is True
