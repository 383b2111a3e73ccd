"""The documentation runs: every block is executed, every link leads somewhere, nothing is left unsaid."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest
import typer.main
import yaml
from pydantic import BaseModel

from metier.cli.main import app
from metier.settings import Model, Settings, parse_settings
from tests.conftest import write_letters
from tests.stories.conftest import Cli

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
]
ELSEWHERE = {"docs/http-api.md": "tests/serve/test_http_api_doc.py"}  # needs a server; its blocks run there


@dataclass(frozen=True)
class Fence:
    """One fenced block."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def fences(page: Path) -> Iterator[Fence]:
    """The fenced blocks of a page, in order."""
    name = page.relative_to(ROOT).as_posix()
    lines = page.read_text(encoding="utf-8").splitlines()
    start, language = None, ""
    for number, line in enumerate(lines, start=1):
        if not line.lstrip().startswith("```"):
            continue
        if start is None:
            start, language = number, line.strip().removeprefix("```")
        else:
            yield Fence(name, start, language, "\n".join(lines[start : number - 1]))
            start = None
    assert start is None, f"{name}:{start}: a block without an end"


ALL = [fence for page in PAGES for fence in fences(page)]
RUNNABLE = sorted({fence.page for fence in ALL if fence.language in ("console", "python")} - set(ELSEWHERE))


def names(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


# --- blocks run -----------------------------------------------------------------------------------------------------


@pytest.mark.timeout(400)
@pytest.mark.parametrize("page", RUNNABLE)
def test_the_blocks_of_a_page_run_in_order(page: str, tmp_path: Path) -> None:
    write_letters(tmp_path / "letters")
    for fence in ALL:
        if fence.page == page and fence.language == "console":
            for command, expected in _commands(fence):
                _run(fence, command, expected, tmp_path)
        elif fence.page == page and fence.language == "python":
            with chdir(tmp_path):
                exec(compile(fence.text, str(fence), "exec"), {"__name__": "docs"})


def _commands(fence: Fence) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", fence.text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected.strip()


def _run(fence: Fence, command: str, expected: str, folder: Path) -> None:
    if command.startswith("metier ") and not set(command) & set("|;&$<>"):
        ran = Cli(folder).run_as_typed(shlex.split(command))
        done = ran.out + ran.err
    else:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ended = subprocess.run(
            ["bash", "-c", command], cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        done = ended.stdout + ended.stderr
    assert re.fullmatch(_pattern(expected), _plain(done) + "\n"), (
        f"{fence}: $ {command}\n{done}\n--- expected\n{expected}"
    )


def _pattern(expected: str) -> str:
    """`...` stands for anything within a line, and on a line of its own for any lines, also none; at the end for the rest."""
    lines = _plain(expected).split("\n")
    wild = [
        r"(?:.*\n)*" if line == "..." else ".*".join(map(re.escape, line.split("..."))) + r"\n"
        for line in lines
    ]
    return "".join(wild) + (r"(?:.*\n)*" if lines[-1].endswith("...") else "")


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def test_every_kind_of_block_is_known() -> None:
    unknown = [
        f"{fence} {fence.language}"
        for fence in ALL
        if fence.language not in ("console", "python", "yaml", "json", "")
    ]
    assert unknown == []


@pytest.mark.parametrize("fence", [fence for fence in ALL if fence.language == "yaml"], ids=str)
def test_settings_that_are_shown_are_valid(fence: Fence) -> None:
    parse_settings(yaml.safe_load(fence.text), str(fence), {})


@pytest.mark.parametrize(("page", "test"), ELSEWHERE.items())
def test_pages_that_run_elsewhere_do(page: str, test: str) -> None:
    assert Path(page).name in (ROOT / test).read_text(encoding="utf-8")


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for fence in ALL:
        for target in re.findall(r"^make ([a-z-]+)", fence.text, re.MULTILINE):
            assert target in targets, f"{fence}: make {target}"
    for page in PAGES:
        for target in re.findall(r"`make ([a-z-]+)[^`]*`", page.read_text(encoding="utf-8")):
            assert target in targets, f"{names(page)}: make {target}"


# --- nothing is left unsaid -----------------------------------------------------------------------------------------

GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")


def _settings(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, info in model.model_fields.items():
        key = prefix + (info.alias or name)
        inner = _section(info.annotation)
        if inner is Model:
            yield key
        elif inner is not None:
            yield from _settings(inner, key + ".")
        else:
            yield key


def _section(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _section(inner))), None)


@pytest.mark.parametrize("key", [*_settings(Settings), *(f"models.*.{name}" for name in Model.model_fields)])
def test_every_setting_is_explained(key: str) -> None:
    assert f"`{key}`" in GUIDE


def test_no_setting_is_explained_that_there_is_not() -> None:
    known = {*_settings(Settings), *(f"models.*.{name}" for name in Model.model_fields)}
    told = {
        key
        for line in GUIDE.splitlines()
        if line.startswith("| `")
        for key in re.findall(r"`([^`]+)`", line.split("|")[1])
    }
    assert told <= known


def _verbs() -> Iterator[str]:
    def walk(command: object, words: str) -> Iterator[str]:
        children = getattr(command, "commands", None)
        if not children:
            yield words
            return
        for name, child in children.items():
            yield from walk(child, f"{words} {name}")

    yield from walk(typer.main.get_command(app), "metier")


@pytest.mark.parametrize("verb", list(_verbs()))
def test_every_command_is_explained(verb: str) -> None:
    assert verb in GUIDE


def test_every_command_that_is_told_exists() -> None:
    known = set(_verbs())
    groups = {verb.rsplit(" ", 1)[0] for verb in known if verb.count(" ") == 2}
    for page in PAGES:
        for words in re.findall(r"`(metier [a-z]+(?: [a-z]+)?)", page.read_text(encoding="utf-8")):
            first = " ".join(words.split()[:2])
            assert first in known | groups or words in known, f"{names(page)}: {words}"


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http:", "https:", "#")):
            assert (page.parent / target.partition("#")[0]).exists(), f"{names(page)}: {target}"


# --- nothing of the machine it was written on -----------------------------------------------------------------------


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: what is tracked is not known")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_path_of_a_machine_and_no_registry_host() -> None:
    homes = "|".join(("/ho" + "me/", "/ro" + "ot/", "/Us" + "ers/", "/wo" + "rk/(?:main|shared)"))
    hosts = "|".join(
        ("files.python" + "hosted", "pypi" + r"\.org", "index-u" + "rl", "artifact" + "ory", "nexus" + r"\.")
    )
    forbidden = re.compile(f"{homes}|{hosts}")
    found = []
    for path in _tracked():
        if not path.is_file() or path.suffix in (".png", ".pdf", ".woff2", ".npz"):
            continue
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        ):
            if len(line) < 2_000 and (match := forbidden.search(line)):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match.group()}")
    assert found == []
