"""One folder, one writer."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from metier.errors import Busy, UserError
from metier.settings import load_settings
from metier.store.workspace import Workspace, create_workspace, find_workspace

HOLD = (
    "import sys, time; from pathlib import Path; from metier.store.workspace import Workspace\n"
    "with Workspace(Path(sys.argv[1])).writing('ingest'):\n"
    "    print('held', flush=True); time.sleep(60)\n"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "work")


def holder(workspace: Workspace) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(workspace.root)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_new_workspace_has_settings_and_folders(workspace: Workspace) -> None:
    assert load_settings(workspace.settings).sources[0].folder == "documents"
    assert (workspace.root / "documents").is_dir()
    assert all(path.is_dir() for path in (workspace.blobs, workspace.documents, workspace.releases))


@pytest.mark.skipif(os.name == "nt", reason="folders there have no such rights")
def test_what_is_kept_of_documents_is_open_to_nobody_else_on_the_machine(workspace: Workspace) -> None:
    assert workspace.state.stat().st_mode & 0o077 == 0


def test_making_it_again_keeps_the_settings(workspace: Workspace) -> None:
    workspace.settings.write_text("purpose: mine\n", encoding="utf-8")
    create_workspace(workspace.root, "elsewhere")
    assert load_settings(workspace.settings).purpose == "mine"


@pytest.mark.parametrize(
    "folder", ["/docs", "mit Leer zeichen", 'a "quoted" one', "Verträge", "C:\\docs", "a: b # c"]
)
def test_any_folder_can_be_named(tmp_path: Path, folder: str) -> None:
    made = create_workspace(tmp_path / "work", folder)
    assert load_settings(made.settings).sources[0].folder == folder


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UserError, match=r"file/work.*choose another folder"):
        create_workspace(tmp_path / "file" / "work")


def test_a_workspace_is_found_from_inside(workspace: Workspace) -> None:
    deep = workspace.root / "documents" / "deep"
    deep.mkdir()
    assert find_workspace(deep).root == workspace.root
    assert find_workspace(workspace.root).root == workspace.root


def test_no_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="metier init"):
        find_workspace(tmp_path)


def test_the_second_writer_is_told_who_writes(workspace: Workspace) -> None:
    process = holder(workspace)
    try:
        assert workspace.is_being_written()
        words = rf"being written by `metier ingest` \(process {process.pid}\).*metier cancel"
        with pytest.raises(Busy, match=words), workspace.writing("ingest"):
            raise AssertionError("two writers")
        assert workspace.is_being_written(), "being refused took the lock away"
    finally:
        process.kill()
        process.communicate()


def test_a_killed_writer_blocks_nobody(workspace: Workspace) -> None:
    process = holder(workspace)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert not workspace.is_being_written()
    with workspace.writing("ingest"):
        assert str(os.getpid()) in workspace.who_writes()


def test_two_writers_in_one_process(workspace: Workspace) -> None:
    with workspace.writing("one"):
        with pytest.raises(Busy, match="metier one"), workspace.writing("two"):
            pass
        assert workspace.is_being_written()
    assert not workspace.is_being_written()
    assert not workspace.writer.exists()


def test_a_glance_at_the_lock_does_not_refuse_a_writer(workspace: Workspace) -> None:
    """`status` takes the lock for an instant to see whether it is free."""
    code = (
        "import sys; from pathlib import Path; from metier.store.workspace import Workspace\n"
        "print('go', flush=True)\n"
        "while True: Workspace(Path(sys.argv[1])).is_being_written()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(workspace.root)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        for _ in range(5):
            with workspace.writing("ingest"):
                time.sleep(0.001)
    finally:
        process.kill()
        process.communicate()


def test_an_old_request_to_cancel_does_not_stop_the_next_run(workspace: Workspace) -> None:
    workspace.cancel_request.write_bytes(b"")
    with workspace.writing("ingest"):
        assert not workspace.cancel_request.exists()
        workspace.cancel_request.write_bytes(b"")
    assert not workspace.cancel_request.exists()


def test_a_damaged_note_of_who_writes_is_no_problem(workspace: Workspace) -> None:
    workspace.writer.write_text("{", encoding="utf-8")
    assert workspace.who_writes() == "another process"
