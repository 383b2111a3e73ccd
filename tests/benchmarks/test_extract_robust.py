from pathlib import Path

import pytest

from benchmarks.extract_robust import Ended, Known, Run, ask_engines, files_of, ingest_all, measured
from tests.extract.conftest import changed, pdf, write


def test_what_is_readable() -> None:
    assert Known({"pypdfium2": 6}, encrypted=False).readable
    assert not Known({"pypdfium2": 5}, encrypted=False).readable
    assert not Known({"pdf_oxide": 600}, encrypted=True).readable
    assert not Known({}, encrypted=False).readable


def test_the_figures_by_hand() -> None:
    run = Run(
        {"a": Ended("live", "", 40), "b": Ended("", "", 0), "c": Ended("quarantined", "corrupt", 0)},
        False,
        False,
    )
    known = {
        "a": Known({"x": 40}, encrypted=False),
        "b": Known({"x": 40}, encrypted=False),
        "c": Known({}, encrypted=True),
    }
    metrics = measured(run, known)
    assert metrics["files"].value == 3
    assert metrics["lost"].value == 1
    assert metrics["readable_with_text_all"].value == 0.5
    assert metrics["encrypted_named_all"].value == 0
    hung = measured(
        Run({"a": Ended("in_flight", "", 0)}, hung=True, died=False), {"a": Known({}, encrypted=False)}
    )
    assert (hung["lost"].value, hung["hung"].value) == (0, 1)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    folder = tmp_path / "files"
    folder.mkdir()
    good = pdf(folder / "good.pdf", [[(50, 500, "Notice period: three months")]])
    changed(good, folder / "locked.pdf", password="secret")
    write(folder, "noise.pdf", bytes(range(256)))
    return files_of(folder)


def test_engines_are_asked_and_the_ledger_too(files, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    known = ask_engines(files)
    assert known == ask_engines(files)  # kept by content
    assert known["good.pdf"].alnum == {"pypdfium2": 23, "pdf_oxide": 23, "liteparse": 23}
    assert known["locked.pdf"].encrypted
    metrics = measured(ingest_all(files), known)
    assert metrics["files"].value == 3
    assert metrics["lost"].value == metrics["hung"].value == metrics["supervisor_deaths"].value == 0
    assert metrics["readable_with_text_all"].value == metrics["encrypted_named_all"].value == 1


def test_a_program_that_dies_or_hangs_is_said(files) -> None:
    died = ingest_all(files, "raise SystemExit(3)")
    assert died.died
    assert measured(died, dict.fromkeys(files, Known({}, encrypted=False)))["lost"].value == 3
    hung = ingest_all(files, "import time; time.sleep(60)", deadline_s=1)
    assert (hung.hung, hung.died) == (True, False)
