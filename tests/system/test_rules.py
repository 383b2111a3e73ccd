import logging
import os
from pathlib import Path

import pytest

from metier.settings import load_settings
from metier.system import rules
from metier.system.rules import Rules

ANNA = "users: [{id: anna, groups: [staff, hr]}]\ngroups: [{match: '**', allow: [staff]}]\nretrieve: {wide: 30}\n"
BEN = "users: [{id: ben, groups: [staff]}]\ngroups: [{match: 'a/**', allow: [hr]}]\nretrieve: {wide: 90}\n"


def made(folder: Path) -> tuple[Path, Rules]:
    path = folder / "metier.yaml"
    path.write_text(ANNA, encoding="utf-8")
    return path, Rules(path, load_settings(path))


def test_users_and_rules_follow_the_file_and_nothing_else_does(tmp_path: Path) -> None:
    path, found = made(tmp_path)
    assert found.now().access(None).groups == {"staff", "hr"}
    path.write_text(BEN, encoding="utf-8")
    assert found.now().access(None).principal == "ben"
    assert found.now().groups_of("b.txt") == ()
    assert found.now().retrieve.wide == 30


def test_who_may_see_a_document_follows_the_file(tmp_path: Path) -> None:
    path, found = made(tmp_path)
    assert found.groups_of("b.txt") == found.groups_of("b.txt") == ("staff",)
    path.write_text(BEN, encoding="utf-8")
    assert found.groups_of("b.txt") == ()
    assert found.groups_of("a/b.txt") == ("hr",)


def test_readers_of_only_so_many_documents_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "_KEPT", 2)
    _, found = made(tmp_path)
    for number in range(5):
        assert found.groups_of(f"{number}.txt") == ("staff",)
        assert len(found._readers[1]) <= 2


def test_a_change_of_equal_length_within_one_tick_of_the_clock_is_seen(tmp_path: Path) -> None:
    path, found = made(tmp_path)
    found.now()
    for name in ("ben", "eva"):
        path.write_text(BEN.replace("ben", name), encoding="utf-8")
        os.utime(path, ns=(path.stat().st_atime_ns, 10**18 * 3))  # a clock that stands still
        assert found.now().access(None).principal == name


def test_settings_that_were_given_count_until_the_file_changes(tmp_path: Path) -> None:
    path, _ = made(tmp_path)
    given = load_settings(path).model_copy(update={"users": ()})
    found = Rules(path, given)
    assert found.now() is given
    assert found.now() is given


def test_a_file_that_is_wrong_or_gone_changes_nothing_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, found = made(tmp_path)
    before = found.now()
    path.write_text("users: [", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert found.now() is before
        assert found.now() is before
    assert len(caplog.messages) == 1
    assert "stay as they were" in caplog.messages[0]
    path.unlink()
    assert found.now() is before
    path.write_text(BEN, encoding="utf-8")
    assert found.now().access(None).principal == "ben"


def test_remembered_readers_are_forgotten_with_the_rules_they_came_from(tmp_path: Path) -> None:
    _, found = made(tmp_path)
    assert found.groups_of("a/x.txt") == ("staff",)
    vars(found.now()).update(groups=[])
    assert found.groups_of("a/x.txt") == ()
