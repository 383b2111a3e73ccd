"""Releases: named by their content, immutable, promoted and rolled back."""

import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from metier.errors import UserError
from metier.store.releases import RELEASE_0, FileReleases, release_id


@pytest.fixture
def releases(tmp_path: Path) -> FileReleases:
    folder = tmp_path / "releases"
    folder.mkdir()
    return FileReleases(folder, tmp_path / "live")


def candidate(folder: Path, name: str = "candidate", **parts: object) -> Path:
    """A release folder with only some parts of its own."""
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"name": name, "parents": ["p"]}), encoding="utf-8")
    for part, value in parts.items():
        (folder / f"{part}.json").write_text(json.dumps(value), encoding="utf-8")
    return folder


def test_release_0_is_installed_and_live(releases: FileReleases) -> None:
    release = releases.live()
    assert release.id == release_id(RELEASE_0)
    assert {"mixture", "reranker", "generator", "thresholds", "scope"} <= set(release.parts)
    assert releases.history() == [release.id]
    assert [item.id for item in releases.all()] == [release.id]
    assert releases.install_release_0().id == release.id


def test_the_id_changes_with_every_byte_and_every_name(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(RELEASE_0, folder)
    first = release_id(folder)
    assert first == release_id(RELEASE_0)
    seen = {first}
    for path in sorted(folder.iterdir()):
        before = path.read_bytes()
        for place in (0, len(before) // 2, len(before) - 1):
            changed = bytearray(before)
            changed[place] ^= 1
            path.write_bytes(bytes(changed))
            seen.add(release_id(folder))
        path.write_bytes(before)
    assert len(seen) == 1 + 3 * len(list(folder.iterdir()))
    (folder / "mixture.json").rename(folder / "mixtures.json")
    assert release_id(folder) not in seen
    (folder / "mixtures.json").rename(folder / "mixture.json")
    (folder / "adapter").mkdir()
    (folder / "adapter" / "weights.bin").write_bytes(b"w")
    assert release_id(folder) not in seen


def test_what_python_leaves_behind_is_no_part(tmp_path: Path) -> None:
    folder = candidate(tmp_path / "c")
    before = release_id(folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"")
    (folder / ".part").write_bytes(b"")
    assert release_id(folder) == before


def test_missing_parts_are_those_of_release_0(releases: FileReleases, tmp_path: Path) -> None:
    added = releases.add(candidate(tmp_path / "c", mixture={"weights": {}, "per_document": 1}))
    assert added.parts["mixture"] == {"weights": {}, "per_document": 1}
    assert added.parts["thresholds"] == releases.install_release_0().parts["thresholds"]
    assert added.parents == ("p",)


def test_promote_and_roll_back(releases: FileReleases, tmp_path: Path) -> None:
    zero = releases.live().id
    one = releases.add(candidate(tmp_path / "one", "one")).id
    two = releases.add(candidate(tmp_path / "two", "two")).id
    assert releases.live().id == zero, "adding does not promote"
    assert releases.promote(one[:10]).id == one
    releases.promote(two)
    releases.promote(two)
    assert releases.history() == [two, one, zero]
    assert releases.rollback().id == one
    assert releases.live().id == one
    assert releases.rollback().id == zero
    with pytest.raises(UserError, match="no earlier release"):
        releases.rollback()
    assert releases.live().id == zero


@pytest.mark.parametrize("name", ["", "0000", "zz"])
def test_an_unknown_release_is_refused_naming_those_there_are(releases: FileReleases, name: str) -> None:
    live = releases.live().id
    with pytest.raises(UserError, match="no release starts with") as caught:
        releases.promote(name)
    assert live[:12] in str(caught.value)


def test_an_ambiguous_id_is_refused(releases: FileReleases, tmp_path: Path) -> None:
    ids = [releases.add(candidate(tmp_path / f"{n}", f"{n}")).id for n in range(20)]  # 16 first digits
    twice = next(item[0] for item in ids if sum(other[0] == item[0] for other in ids) > 1)
    with pytest.raises(UserError, match="more than one"):
        releases.load(twice)


def damage(release_path: str) -> None:
    with (Path(release_path) / "manifest.json").open("a", encoding="utf-8") as file:
        file.write("\n")


def test_a_changed_release_is_refused_and_the_one_before_can_be_had(
    releases: FileReleases, tmp_path: Path
) -> None:
    zero = releases.live().id
    one = releases.add(candidate(tmp_path / "one"))
    releases.promote(one.id)
    damage(one.path)
    with pytest.raises(UserError, match=r"was changed after it was made.*rollback"):
        releases.live()
    assert releases.damaged() == [one.id]
    assert [item.id for item in releases.all()] == [zero]
    assert releases.rollback().id == zero
    assert releases.live().id == zero


def test_a_damaged_copy_is_replaced_by_adding_it_again(releases: FileReleases) -> None:
    zero = releases.live()
    damage(zero.path)
    assert releases.install_release_0().id == zero.id
    assert releases.damaged() == []


def test_a_part_that_is_no_json_is_named(releases: FileReleases, tmp_path: Path) -> None:
    folder = candidate(tmp_path / "c")
    (folder / "mixture.json").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="not JSON"):
        releases.add(folder)


def test_the_live_file_holds_the_history_newest_first(releases: FileReleases, tmp_path: Path) -> None:
    zero = releases.live().id
    one = releases.promote(releases.add(candidate(tmp_path / "one")).id).id
    assert (tmp_path / "live").read_text(encoding="utf-8") == f"{one}\n{zero}\n"


def test_a_release_is_carried_in_a_zip_file(tmp_path: Path) -> None:
    one, other = (FileReleases(tmp_path / name / "releases", tmp_path / name / "live") for name in "ab")
    zero = one.install_release_0()
    other.install_release_0()
    folder = tmp_path / "candidate"
    shutil.copytree(zero.path, folder)
    (folder / "scope.json").write_text('{"near": 0.1}', encoding="utf-8")
    (folder / "card.md").write_text("what it is", encoding="utf-8")
    made = one.add(folder)
    one.export(made.id, tmp_path / "release.zip")
    one.export(made.id, tmp_path / "again.zip")
    assert (tmp_path / "release.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()
    assert other.read_archive(tmp_path / "release.zip", dict).id == made.id
    assert other.load(made.id).parts["scope"] == {"near": 0.1}
    assert other.live().id == zero.id


def test_what_is_refused_for_its_parts_leaves_nothing_behind(tmp_path: Path) -> None:
    releases = FileReleases(tmp_path / "releases", tmp_path / "live")
    releases.install_release_0()
    made = releases.add(candidate(tmp_path / "one", verifier={"bias": 9}))
    releases.export(made.id, tmp_path / "release.zip")
    shutil.rmtree(made.path)

    def refuse(parts: Mapping[str, Any]) -> None:
        assert parts == {"verifier": {"bias": 9}}
        raise UserError("no")

    with pytest.raises(UserError, match="no"):
        releases.read_archive(tmp_path / "release.zip", refuse)
    assert len(releases.all()) == 1
    (tmp_path / "bad").mkdir()
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("manifest.json", "{}")
        archive.writestr("verifier.json", "[" * 100_000)
    with pytest.raises(UserError, match="not JSON"):
        releases.read_archive(tmp_path / "bad.zip", dict)


def test_what_is_no_release_is_not_unpacked(tmp_path: Path) -> None:
    releases = FileReleases(tmp_path / "releases", tmp_path / "live")
    releases.install_release_0()
    for name, members in {
        "without a manifest": {"scope.json": b"{}"},
        "outside": {"manifest.json": b"{}", "../evil.json": b"{}"},
        "folder": {"manifest.json": b"{}", "a/b.json": b"{}"},
        "program": {"manifest.json": b"{}", "run.py": b""},
        "bomb": {"manifest.json": b"{}", "scope.json": b" " * (65 << 20)},
    }.items():
        path = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in members.items():
                archive.writestr(member, data)
        with pytest.raises(UserError, match="no release"):
            releases.read_archive(path, dict)
    (tmp_path / "text.zip").write_text("no archive", encoding="utf-8")
    with pytest.raises(UserError, match="is no ZIP file"):
        releases.read_archive(tmp_path / "text.zip", dict)
    assert len(releases.all()) == 1
    assert not list(tmp_path.glob("*evil*"))
