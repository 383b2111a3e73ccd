"""Model sources: what is understood, what is verified, what the messages say."""

import json
import os
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.models.sources import (
    HubFile,
    default_models_folder,
    model_file,
    parse_hub,
    sha256_of,
    split_source,
    wheel_folder,
    write_record,
)

SOURCE = "hf:owner/repo/model-q4.gguf"


def test_models_folder_follows_xdg(tmp_path: Path) -> None:
    assert default_models_folder({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "metier" / "models"
    assert default_models_folder({"XDG_DATA_HOME": "relative"}) == default_models_folder({})


@pytest.mark.parametrize("source", ["ftp:x", "hf:", "nothing", ""])
def test_unknown_kinds_are_user_errors(source: str) -> None:
    with pytest.raises(UserError, match="is not understood"):
        split_source(source)


def test_hub_sources_name_repository_and_file(tmp_path: Path) -> None:
    assert parse_hub(SOURCE) == HubFile("owner/repo", "model-q4.gguf")
    assert parse_hub("hf:o/r/sub/m.gguf").path(tmp_path) == tmp_path / "o" / "r" / "sub" / "m.gguf"


@pytest.mark.parametrize(
    "source", ["hf:owner/repo", "hf:../../etc/passwd", "hf:o/r/../../x", "hf:o/r//x", "hf:/o/r/x"]
)
def test_hub_sources_cannot_leave_the_models_folder(source: str) -> None:
    with pytest.raises(UserError, match="expected hf:OWNER/REPO/FILE"):
        parse_hub(source)


def test_wheel_folder_finds_an_installed_package_and_names_a_missing_one() -> None:
    assert (wheel_folder("wordllama") / "weights").is_dir()
    with pytest.raises(UserError, match="pip install no_such_package_here"):
        wheel_folder("no_such_package_here")
    with pytest.raises(UserError, match="not installed"):
        wheel_folder("no_such_package_here.sub")


def _pulled(folder: Path, content: bytes = b"weights") -> Path:
    path = parse_hub(SOURCE).path(folder)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    write_record(path, SOURCE, sha256_of(path))
    return path


def test_a_pulled_file_is_found_with_its_hash(tmp_path: Path) -> None:
    path = _pulled(tmp_path)
    found = model_file(SOURCE, tmp_path)
    assert found.path == path
    assert found.sha256 == sha256_of(path)


def test_a_file_not_pulled_says_pull(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"does not exist; `metier model pull hf:owner/repo/model-q4.gguf`"):
        model_file(SOURCE, tmp_path)


def test_a_file_without_record_is_an_unfinished_download(tmp_path: Path) -> None:
    path = _pulled(tmp_path)
    path.with_name(path.name + ".json").unlink()
    with pytest.raises(UserError, match="did not finish"):
        model_file(SOURCE, tmp_path)


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    path = _pulled(tmp_path)
    path.write_bytes(b"tampered")
    with pytest.raises(UserError, match="the file changed or is damaged"):
        model_file(SOURCE, tmp_path)


def test_a_verified_file_is_not_hashed_again_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _pulled(tmp_path)
    hashed: list[Path] = []
    monkeypatch.setattr("metier.models.sources.sha256_of", lambda path: hashed.append(path) or "0" * 64)
    model_file(SOURCE, tmp_path)
    assert hashed == []
    os.utime(path, ns=(1, 1))
    with pytest.raises(UserError, match="damaged"):
        model_file(SOURCE, tmp_path)
    assert hashed == [path]


def test_path_sources_are_hashed_once_and_follow_changes(tmp_path: Path) -> None:
    path, folder = tmp_path / "my.gguf", tmp_path / "models"
    path.write_bytes(b"one")
    first = model_file(f"path:{path}", folder)
    (stamp,) = (folder / "stamps").iterdir()
    assert json.loads(stamp.read_text())["sha256"] == first.sha256 == sha256_of(path)
    path.write_bytes(b"another")
    assert model_file(f"path:{path}", folder).sha256 == sha256_of(path) != first.sha256


def test_path_sources_work_where_no_stamp_can_be_kept(tmp_path: Path) -> None:
    path, folder = tmp_path / "my.gguf", tmp_path / "models"
    path.write_bytes(b"one")
    folder.write_text("a file where the folder should be")
    assert model_file(f"path:{path}", folder).sha256 == sha256_of(path)


def test_a_missing_path_and_a_folder_are_user_errors(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"change `models` in metier.yaml"):
        model_file(f"path:{tmp_path / 'no.gguf'}", tmp_path)
    with pytest.raises(UserError, match="does not exist"):
        model_file(f"path:{tmp_path}", tmp_path)
    with pytest.raises(UserError, match="is no file"):
        model_file("endpoint:http://localhost", tmp_path)


def test_a_broken_record_counts_as_none(tmp_path: Path) -> None:
    path = _pulled(tmp_path)
    path.with_name(path.name + ".json").write_text("[not, json")
    with pytest.raises(UserError, match="did not finish"):
        model_file(SOURCE, tmp_path)
