"""Every file of a folder is found, or named with the reason why not."""

import os
import shutil
from pathlib import Path

import pytest

from metier.connect.folder import Folder
from metier.types import Failure, Source


def folder(root: Path, **more: object) -> Folder:
    values: dict[str, object] = {
        "include": ["**"],
        "exclude": ["**/.*", "**/.*/**", "**/~$*"],
        "groups_of": lambda uri: ("hr",) if uri.startswith("hr/") else ("all",),
    }
    return Folder(root, **{**values, **more})  # type: ignore[arg-type]


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")


def uris(found: Folder) -> list[str]:
    return [
        item.uri if isinstance(item, Source) else f"{item.reason}: {item.subject}" for item in found.find()
    ]


def test_files_come_in_order_with_their_groups(tmp_path: Path) -> None:
    write(tmp_path, "b.txt", "hr/pay.txt", "a.txt", "hr/deep/er.txt")
    found = list(folder(tmp_path).find())
    assert [(item.uri, item.groups) for item in found if isinstance(item, Source)] == [
        ("a.txt", ("all",)),
        ("b.txt", ("all",)),
        ("hr/deep/er.txt", ("hr",)),
        ("hr/pay.txt", ("hr",)),
    ]
    first = found[0]
    assert isinstance(first, Source)
    assert (first.size, first.path) == (5, str(tmp_path / "a.txt"))


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (["**"], [], [".hidden", "a.pdf", "sub/b.pdf", "sub/c.txt"]),
        (["**/*.pdf"], [], ["a.pdf", "sub/b.pdf"]),
        (["*.pdf"], [], ["a.pdf"]),
        (["sub/**"], ["**/*.txt"], ["sub/b.pdf"]),
        (["**"], ["**/.*", "sub/**"], ["a.pdf"]),
    ],
)
def test_globs(tmp_path: Path, include: list[str], exclude: list[str], expected: list[str]) -> None:
    write(tmp_path, "a.pdf", "sub/b.pdf", "sub/c.txt", ".hidden")
    assert uris(folder(tmp_path, include=include, exclude=exclude)) == expected


def test_the_state_of_a_workspace_inside_is_never_a_document(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", ".metier/blobs/ab/abcd", "metier.yaml")
    assert uris(folder(tmp_path, exclude=["metier.yaml"])) == ["a.txt"]


def test_lock_files_of_office_programs_are_no_documents(tmp_path: Path) -> None:
    write(tmp_path, "~$report.docx", "report.docx", ".git/config")
    assert uris(folder(tmp_path)) == ["report.docx"]


def test_names_in_any_alphabet_and_with_line_ends(tmp_path: Path) -> None:
    names = ["Überblick.txt", "a\nb.txt", "mit 'Zeichen' [1]{2}.txt", "報告.txt"]
    write(tmp_path, *names)
    assert sorted(uris(folder(tmp_path))) == sorted(names)


def test_a_name_that_is_no_utf8_is_written_out(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/K\xfcndigung.txt")).write_bytes(b"text")
    except (OSError, UnicodeError):
        pytest.skip("this file system takes only UTF-8 names")
    (found,) = folder(tmp_path).find()
    assert isinstance(found, Source)
    assert found.uri == r"K\xfcndigung.txt"
    found.uri.encode()
    assert Path(found.path).read_bytes() == b"text"


def test_links_are_followed_inside_and_named_outside(tmp_path: Path) -> None:
    root = tmp_path / "docs"
    write(root, "a.txt", "sub/b.txt")
    write(tmp_path, "secret.txt")
    (root / "in.txt").symlink_to(root / "a.txt")
    (root / "out.txt").symlink_to(tmp_path / "secret.txt")
    (root / "nothing.txt").symlink_to(root / "gone.txt")
    (root / "round").symlink_to(root)
    (root / "sub-again").symlink_to(root / "sub")
    (root / "up").symlink_to(tmp_path)
    assert uris(folder(root)) == [
        "a.txt",
        "in.txt",
        "broken_link: nothing.txt",
        "link_outside: out.txt",
        "sub/b.txt",
        "link_outside: up",
    ]


def test_a_pipe_is_no_document_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert uris(folder(tmp_path)) == ["not_a_file: pipe"]


def test_a_missing_folder_says_what_to_do(tmp_path: Path) -> None:
    (found,) = folder(tmp_path / "gone", prefix="gone/").find()
    assert isinstance(found, Failure)
    assert (found.subject, found.reason, found.retry) == ("gone/", "folder_missing", True)
    assert "sources" in found.detail


def unlistable(monkeypatch: pytest.MonkeyPatch, closed: Path) -> None:
    """As if the user may not list the folder (root always may)."""
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)


def test_a_closed_folder_hides_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.txt", "closed/b.txt", "z.txt")
    unlistable(monkeypatch, tmp_path / "closed")
    assert uris(folder(tmp_path)) == ["a.txt", "unreadable: closed", "z.txt"]


def test_a_closed_root_is_a_missing_folder_not_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty folder removes its documents; one that cannot be looked into must not."""
    write(tmp_path, "a.txt")
    unlistable(monkeypatch, tmp_path)
    assert uris(folder(tmp_path)) == ["folder_missing: ."]


def test_only_some_paths(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "sub/b.txt", "sub/c.txt", "subway.txt")
    narrowed = folder(tmp_path, only=[tmp_path / "sub"])
    assert uris(narrowed) == ["sub/b.txt", "sub/c.txt"]
    assert narrowed.covers("sub/gone.txt")
    assert not narrowed.covers("a.txt")
    assert not narrowed.covers("subway.txt")
    assert uris(folder(tmp_path, only=[tmp_path / "a.txt"])) == ["a.txt"]


def test_the_prefix_tells_folders_apart(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    prefixed = folder(tmp_path, prefix="archive/")
    assert uris(prefixed) == ["archive/a.txt"]
    assert prefixed.covers("archive/b.txt")
    assert not prefixed.covers("b.txt")


def test_a_file_that_vanishes_while_looking_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "sub/a.txt", "b.txt")
    walk = folder(tmp_path).find()
    next(walk)
    shutil.rmtree(tmp_path / "sub")
    rest = list(walk)
    assert [item.reason for item in rest if isinstance(item, Failure)] == ["unreadable"]
