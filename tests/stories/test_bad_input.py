"""Bad input is normal input: what, where, what to do, and a workspace that goes on working."""

import json
import os
import resource
import socket
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfWriter

from tests.stories.conftest import Cli, said

NOTICE = "How long is the notice period?"


def still_works(cli: Cli) -> None:
    """The good documents are live and answer."""
    assert "six weeks" in said(cli.ask(NOTICE))


def encrypted_pdf(path: Path) -> None:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="RC4-128")
    with path.open("wb") as file:
        writer.write(file)


def zip_bomb(path: Path) -> None:
    """A DOCX whose text unpacks to 4 GB; writes a few MB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w", force_zip64=True) as member:
            block = b" " * (1 << 24)
            for _ in range(1 << 5):
                member.write(block)


def sparse(path: Path) -> None:
    """A text file of 201 MB that takes no room."""
    with path.open("wb") as file:
        file.truncate(201 << 20)


BAD: list[tuple[str, Callable[[Path], object], tuple[str, ...]]] = [
    ("empty.pdf", lambda path: path.write_bytes(b""), ("no bytes",)),
    ("empty.txt", lambda path: path.write_bytes(b""), ("no bytes",)),
    ("encrypted.pdf", encrypted_pdf, ("password",)),
    ("huge.txt", sparse, ("201 MB", "extract.max_mb")),
    ("bomb.docx", zip_bomb, ()),
    ("picture.pdf", lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100), ()),
    ("broken.docx", lambda path: path.write_bytes(b"PK\x03\x04 broken"), ()),
    ("program.exe", lambda path: path.write_bytes(b"MZ" + bytes(range(256)) * 20), ()),
    ("pipe", os.mkfifo, ("not a regular file",)),
    ("link.txt", lambda path: path.symlink_to("/etc/passwd"), ("leads out of",)),
]


def test_bad_files_are_named_and_stop_nothing(cli: Cli) -> None:
    for name, make, _ in BAD:
        make(cli.docs / name)
    done = cli.run("ingest", "--json").json
    states = done["ledger"]["states"]
    assert done["ledger"]["received"] == sum(states.values()) == len(BAD) + 2
    assert (states["live"], states["quarantined"]) == (2, len(BAD))
    failures = {failure["uri"]: failure for failure in done["failures"]}
    assert set(failures) == {name for name, _, _ in BAD}
    for name, _, words in BAD:
        assert failures[name]["reason"], name
        for word in words:
            assert word in failures[name]["detail"], failures[name]
    listed = cli.run("status", "--failed").out
    assert all(name in listed for name in failures)
    still_works(cli)


def test_a_file_with_the_wrong_ending_is_read_for_what_it_is(cli: Cli) -> None:
    (cli.docs / "employment.md").rename(cli.docs / "employment.pdf")
    done = cli.run("ingest", "--json", code=None).json
    states = done["ledger"]["states"]
    assert states["live"] + states["partial"] + states["quarantined"] == 2
    if states["quarantined"]:
        assert "employment.pdf" in done["failures"][0]["detail"]


def test_only_bad_files_is_a_failure(cli: Cli) -> None:
    for path in cli.docs.iterdir():
        path.unlink()
    (cli.docs / "empty.pdf").write_bytes(b"")
    done = cli.run("ingest", code=1)
    assert "1 received = 0 live + 0 partial + 1 quarantined" in done.out
    assert "empty.pdf" in done.out
    assert cli.ask(NOTICE)["outcome"] == "abstained"


def test_an_empty_folder(cli: Cli) -> None:
    for path in cli.docs.iterdir():
        path.unlink()
    done = cli.run("ingest", code=1)
    assert "no documents were found; look at `sources` in metier.yaml" in done.err
    assert cli.ask(NOTICE)["outcome"] == "abstained"


def test_a_folder_that_is_gone(cli: Cli) -> None:
    cli.run("ingest")
    cli.docs.rename(cli.root / "elsewhere")
    done = cli.run("ingest", code=1)
    assert f"the folder {cli.docs} does not exist" in done.out
    assert "sources" in done.out
    still_works(cli)


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_keeps_what_was_read_before(cli: Cli) -> None:
    cli.run("ingest")
    letter = cli.docs / "employment.md"
    letter.touch()
    letter.chmod(0)
    done = cli.run("ingest", "--json").json
    assert [failure["reason"] for failure in done["failures"]] == ["unreadable"]
    assert "change its permissions" in done["failures"][0]["detail"]
    still_works(cli)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("purpos: x\n", "did you mean 'purpose'?"),
        ("users: [\n", "is not valid YAML"),
        ("serve: {port: 0}\n", "serve.port"),
        ("purpose: ${NOT_SET_ANYWHERE}\n", "NOT_SET_ANYWHERE is not set"),
        ("sources: []\nusers: [{id: me}]\n", "sources is empty"),
    ],
)
def test_a_wrong_metier_yaml(cli: Cli, text: str, words: str) -> None:
    good = (cli.workspace / "metier.yaml").read_text(encoding="utf-8")
    cli.settings(text)
    done = cli.run("ingest", code=2)
    assert words in done.err
    assert "metier.yaml" in done.err
    assert words in json.loads(cli.run("ingest", "--json", code=2).out)["error"]
    cli.settings(good)
    cli.run("ingest")
    still_works(cli)


def test_a_path_outside_the_sources(cli: Cli) -> None:
    outside = cli.root / "outside.txt"
    outside.write_text("x", encoding="utf-8")
    done = cli.run("ingest", str(outside), code=2)
    assert "is not inside a source" in done.err
    assert "- folder:" in done.err
    assert "does not exist" in cli.run("ingest", str(cli.docs / "gone.txt"), code=2).err


def test_a_port_in_use(cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = cli.run("serve", "--port", str(port), code=2)
    assert f"port {port} cannot be used" in done.err
    assert "--port" in done.err
    assert "other machines can reach" in cli.run("serve", "--host", "0.0.0.0", code=2).err


def test_no_write_permission(cli: Cli) -> None:
    """Where nothing can be made (/proc takes no folders, not even from root)."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs a place that nobody may write; Linux has /proc")
    done = cli.run("init", "/proc/work", code=2)
    assert "/proc/work cannot be written" in done.err
    assert "choose another folder" in done.err
    assert not Path("/proc/work").exists()


def test_no_folder_of_documents(cli: Cli) -> None:
    done = cli.run("init", "other", "--docs", "gone", code=2)
    assert "gone is not a folder" in done.err
    assert not (cli.root / "other").exists()


def test_init_again_keeps_the_settings_and_says_so(cli: Cli) -> None:
    before = (cli.workspace / "metier.yaml").read_bytes()
    done = cli.run("init", "work", "--docs", "letters")
    assert "was there already and stays as it is; --docs letters is not used" in done.out
    assert (cli.workspace / "metier.yaml").read_bytes() == before


@pytest.mark.parametrize("source", ["path:/nowhere/model.gguf", "endpoint:http://127.0.0.1:9/v1"])
def test_a_language_model_that_is_not_there(cli: Cli, source: str) -> None:
    """Answers go on as quotes and say so."""
    path = cli.workspace / "metier.yaml"
    path.write_text(
        path.read_text(encoding="utf-8") + f'\nmodels: {{generator: {{source: "{source}", timeout_s: 2}}}}\n',
        encoding="utf-8",
    )
    cli.run("ingest")
    done = cli.run("ask", NOTICE, "--json", code=None)
    if done.code == 0:
        assert any("answered without the language model" in note for note in done.json["notes"])
        assert "six weeks" in said(done.json)
    else:
        assert done.code == 2
        assert "/nowhere/model.gguf" in done.err
    tested = cli.run("model", "test", source, code=2)
    assert source.partition(":")[2] in tested.err


def test_a_missing_static_model(cli: Cli) -> None:
    path = cli.workspace / "metier.yaml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good + '\nmodels: {static: {source: "path:/nowhere/vectors"}}\n', encoding="utf-8")
    assert "/nowhere/vectors" in cli.run("ingest", code=2).err
    path.write_text(good, encoding="utf-8")
    cli.run("ingest")
    still_works(cli)


def _files_of_at_most(limit: int) -> Callable[[], None]:
    def lower() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return lower


def test_a_full_disk_stops_with_words_and_the_next_run_goes_on(cli: Cli) -> None:
    """A limit on file sizes stands for a full disk: writes fail the same way."""
    (cli.docs / "long.md").write_text("# Long\n\n" + "All work and no play. " * 60_000, encoding="utf-8")
    full = cli.spawn("ingest", code=2, preexec_fn=_files_of_at_most(600_000))
    assert "no room left to write" in full.err
    assert "metier ingest" in full.err
    assert cli.run("status", "--json").json["ledger"]["states"]["in_flight"] == 0
    (cli.docs / "long.md").unlink()  # room is made
    cli.run("ingest")
    still_works(cli)


def test_a_damaged_database_is_named(cli: Cli) -> None:
    cli.run("ingest")
    ledger = cli.workspace / ".metier" / "ledger.db"
    for path in ledger.parent.glob("ledger.db-*"):
        path.unlink()
    ledger.write_bytes(b"not a database" * 1000)
    done = cli.run("status", code=2)
    assert "ledger database" in done.err
    assert "ledger.db" in done.err


@pytest.mark.parametrize("question", ["", "   "])
def test_an_empty_question(cli: Cli, question: str) -> None:
    assert "the question is empty" in cli.run("ask", question, code=2).err


def test_odd_questions_do_no_harm(cli: Cli) -> None:
    cli.run("ingest")
    for question in (
        "?",
        "'; DROP TABLE documents; --",
        "a" * 5_000,
        "🙂",
        "\x00",
        "notice " * 500,
        "[bold]x[/bold] [/]",
    ):
        assert cli.run("ask", question).code == 0
    still_works(cli)
