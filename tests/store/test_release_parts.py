"""What retrieval reads of a release: the same bytes for the same part, and nothing hostile or damaged gets in."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from metier.errors import UserError
from metier.store.release_parts import ADAPTER_FILE, read_part, write_part
from metier.store.releases import FileReleases

BOOK = {"groups": {"all": {"homeoffic": {"mobil": 0.4}}}, "origin": "test"}
ABOUT = {"about": json.dumps({"bases": {"static": "words"}, "origin": "test"})}


def adapter(rank: int = 2, dimension: int = 5) -> dict[str, Any]:
    rows = {
        name: np.random.default_rng(1).normal(size=(rank, dimension)).astype(np.float32)
        for name in ("down", "up")
    }
    return {
        "legs": {"static": {"base": "words", **{n: r.tolist() for n, r in rows.items()}}},
        "origin": "test",
    }


def tensors(down: Any, up: Any, about: dict[str, str] | None = None, leg: str = "static") -> bytes:
    return save({f"{leg}.down": down, f"{leg}.up": up}, ABOUT if about is None else about)


GOOD = np.ones((2, 5), dtype=np.float32)
HOSTILE = {
    "another leg": tensors(GOOD, GOOD, leg="other"),
    "shapes": tensors(GOOD, np.ones((3, 5), dtype=np.float32)),
    "rank": tensors(np.ones((17, 5), dtype=np.float32), np.ones((17, 5), dtype=np.float32)),
    "dimension": tensors(np.ones((1, 5000), dtype=np.float32), np.ones((1, 5000), dtype=np.float32)),
    "float64": tensors(GOOD.astype(np.float64), GOOD.astype(np.float64)),
    "one row": tensors(GOOD[0], GOOD[0]),
    "empty": tensors(GOOD[:0], GOOD[:0]),
    "not a number": tensors(GOOD * np.nan, GOOD),
    "infinite": tensors(GOOD, np.full_like(GOOD, np.inf)),
    "huge": tensors(GOOD * 1000, GOOD),
    "no base": tensors(GOOD, GOOD, {}),
    "base is no text": tensors(GOOD, GOOD, {"about": '{"bases": {"static": 1}, "origin": ""}'}),
    "about is a list": tensors(GOOD, GOOD, {"about": "[]"}),
    "more tensors": save({"static.down": GOOD, "static.up": GOOD, "x": GOOD}, ABOUT),
    "a pickle": b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00.",
    "nothing": b"",
    "cut": tensors(GOOD, GOOD)[:-4],
    "a header of a terabyte": (1 << 40).to_bytes(8, "little") + b"{}",
    "large": tensors(GOOD, GOOD) + b"\0" * (5 << 20),
}
BAD_BOOKS: dict[str, Any] = {
    "a list": [],
    "no groups": {"terms": {}},
    "groups are a list": {"groups": []},
    "a group is a list": {"groups": {"all": []}},
    "others are a list": {"groups": {"all": {"a": ["b"]}}},
    "no others": {"groups": {"all": {"a": {}}}},
    "too many others": {"groups": {"all": {"a": {f"b{n}": 0.1 for n in range(9)}}}},
    "a space": {"groups": {"all": {"a": {"b c": 0.1}}}},
    "a control character": {"groups": {"all": {"a\x1b[2J": {"b": 0.1}}}},
    "a long word": {"groups": {"all": {"a": {"b" * 65: 0.1}}}},
    "zero": {"groups": {"all": {"a": {"b": 0}}}},
    "more than a word of the question": {"groups": {"all": {"a": {"b": 1.5}}}},
    "no number": {"groups": {"all": {"a": {"b": float("nan")}}}},
    "true": {"groups": {"all": {"a": {"b": True}}}},
    "text": {"groups": {"all": {"a": {"b": "1"}}}},
    "too many": {"groups": {"all": {f"a{n}": {"b": 0.1, "c": 0.1} for n in range(10_001)}}},
}


@pytest.fixture
def releases(tmp_path: Path) -> FileReleases:
    folder = tmp_path / "releases"
    folder.mkdir()
    return FileReleases(folder, tmp_path / "live")


def archive(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("manifest.json", '{"parents": ["p"]}')
        for name, data in files.items():
            out.writestr(name.replace("_", ".", 1), data)
    return path


def test_the_same_part_has_the_same_bytes_and_comes_back(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}").mkdir()
        write_part(tmp_path / f"{number}", "adapter", adapter())
        write_part(tmp_path / f"{number}", "expansion", BOOK)
    for name in (ADAPTER_FILE, "expansion.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
    assert read_part(tmp_path / "1" / ADAPTER_FILE) == adapter()
    assert read_part(tmp_path / "1" / "expansion.json") == BOOK


def test_a_release_brings_both_and_one_without_has_neither(releases: FileReleases, tmp_path: Path) -> None:
    write_part(tmp_path, "adapter", adapter())
    data = (tmp_path / ADAPTER_FILE).read_bytes()
    found = releases.read_archive(
        archive(tmp_path / "a.zip", adapter_safetensors=data, expansion_json=json.dumps(BOOK).encode()), dict
    )
    assert found.parts["adapter"] == adapter()
    assert found.parts["expansion"] == BOOK
    assert releases.load(found.id).parts == found.parts
    assert not {"adapter", "expansion"} & set(releases.install_release_0().parts)
    releases.export(found.id, tmp_path / "b.zip")
    assert releases.read_archive(tmp_path / "b.zip", dict).id == found.id


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_adapter_is_refused_and_not_kept(releases: FileReleases, tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="cannot be used"):
        releases.read_archive(archive(tmp_path / "a.zip", adapter_safetensors=HOSTILE[name]), dict)
    assert releases.all() == []


@pytest.mark.parametrize("name", BAD_BOOKS)
def test_a_hostile_dictionary_is_refused_and_not_kept(
    releases: FileReleases, tmp_path: Path, name: str
) -> None:
    with pytest.raises(UserError, match="cannot be used"):
        releases.read_archive(
            archive(tmp_path / "a.zip", expansion_json=json.dumps(BAD_BOOKS[name]).encode()), dict
        )
    assert releases.all() == []


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "\xff"])
def test_what_is_no_json_is_named(releases: FileReleases, tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=r"expansion\.json is not JSON"):
        releases.read_archive(archive(tmp_path / "a.zip", expansion_json=text.encode("latin-1")), dict)
    assert releases.all() == []


def test_what_would_be_refused_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rank"):
        write_part(tmp_path, "adapter", adapter(rank=17))
    with pytest.raises(ValueError, match="weight"):
        write_part(tmp_path, "expansion", {"groups": {"all": {"a": {"b": 2.0}}}})
