"""The wheel holds what it needs, dependencies are pinned, resolve everywhere, and are free to use."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))

# Never in the base install: heavy, or under a licence that asks for more than attribution.
UNWANTED = {"torch", "torchvision", "transformers", "sentence-transformers", "tensorflow", "onnxruntime-gpu", "triton",
            "pymupdf", "ultralytics", "docling", "marker-pdf"}  # fmt: skip
PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Zlib|0BSD|Unlicense|CC0|HPND|MPL|Mozilla Public|MIT-CMU|BSL-1\.0)\b",
    re.IGNORECASE,
)
COPYLEFT = re.compile(r"\b(A?GPL|GNU (Affero )?General Public|SSPL|EUPL|CC-BY-NC)\b", re.IGNORECASE)


def environment() -> dict[str, str]:
    """No proxy for caches: what a user of this machine has, without a virtual environment."""
    return {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names of the files in the wheel, built from a copy of the sources."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(copy / "dist"), str(copy)]
    built = subprocess.run(
        command, capture_output=True, text=True, timeout=170, env=environment(), check=False
    )
    if built.returncode:
        # an isolated build fetches setuptools; without an index the one that is here may do
        again = subprocess.run(
            [*command, "--no-isolation"], capture_output=True, text=True, timeout=170, check=False
        )
        if "setuptools" in built.stdout + built.stderr and again.returncode:
            pytest.skip(
                "no package index can be reached and setuptools is not installed: the wheel was not built"
            )
        assert again.returncode == 0, again.stdout + again.stderr
    (file,) = (copy / "dist").glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        return archive.namelist()


def test_the_wheel_holds_every_file_of_the_source(wheel: list[str]) -> None:
    sources = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src" / "metier").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert sources - set(wheel) == set()


@pytest.mark.parametrize(
    "name",
    ["metier/py.typed", "metier/store/release0/manifest.json", "metier/store/migrations/env.py",
     "metier/store/migrations/ledger/ledger_0001.py", "metier/serve/templates/ask.html", "metier/serve/static/style.css"],
)  # fmt: skip
def test_the_wheel_holds_what_is_no_module(wheel: list[str], name: str) -> None:
    assert name in wheel


def test_the_wheel_brings_nothing_of_the_tests(wheel: list[str]) -> None:
    assert {name.split("/")[0] for name in wheel if ".dist-info/" not in name} == {"metier"}


# --- locks ----------------------------------------------------------------------------------------------------------


def pinned(path: Path) -> dict[str, list[str]]:
    """Package -> its lines `name==version ; marker` in a lock."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            requirement = Requirement(line.removesuffix("\\").strip())
            found.setdefault(canonicalize_name(requirement.name), []).append(line)
    return found


def wanted(*extras: str) -> list[Requirement]:
    """What pyproject asks for, with extras, those that name other extras of metier included."""
    lines = list(PROJECT["dependencies"])
    waiting = list(extras)
    while waiting:
        for line in PROJECT["optional-dependencies"][waiting.pop()]:
            requirement = Requirement(line)
            if requirement.name == "metier":
                waiting += requirement.extras
            else:
                lines.append(line)
    return [Requirement(line) for line in lines]


EXTRAS = {"base.txt": (), "run.txt": ("example",), "dev.txt": ("dev",)}


def test_every_lock_is_known() -> None:
    assert {path.name for path in LOCKS} == set(EXTRAS)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_locks_are_in_step_with_pyproject(path: Path) -> None:
    lines = pinned(path)
    for requirement in wanted(*EXTRAS[path.name]):
        name = canonicalize_name(requirement.name)
        assert name in lines, f"{path.name}: {name} is not pinned; run `make lock`"
        for line in lines[name]:
            version = next(iter(Requirement(line.removesuffix("\\").strip()).specifier)).version
            assert requirement.specifier.contains(version), (
                f"{path.name}: {line} against {requirement}; run `make lock`"
            )


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_line_of_a_lock_is_exact_and_hashed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name, lines in pinned(path).items():
        for line in lines:
            assert [item.operator for item in Requirement(line.removesuffix("\\").strip()).specifier] == [
                "=="
            ], name
            assert line.endswith("\\"), f"{name} has no hash"
    assert text.count("==") <= text.count("--hash=sha256:")


@pytest.mark.parametrize("name", ["base.txt", "run.txt"])
def test_the_base_install_is_light(name: str) -> None:
    packages = set(pinned(ROOT / "requirements" / name))
    assert packages & UNWANTED == set()
    assert not {package for package in packages if package.startswith(("nvidia-", "cuda"))}


# wordllama 0.4.0.post1 has no wheel for macOS on arm64: pip builds it there, which needs Apple's command line tools.
FROM_SOURCE = {
    "x86_64-unknown-linux-gnu": "",
    "aarch64-apple-darwin": "wordllama",
    "x86_64-pc-windows-msvc": "",
}


@pytest.mark.timeout(170)
@pytest.mark.parametrize("system", FROM_SOURCE)
def test_dependencies_resolve_to_wheels(system: str) -> None:
    uv = Path(sys.executable).parent / "uv"
    command = [str(uv), "pip", "compile", "--quiet", "--python-version", "3.11", "--python-platform", system,
               "--only-binary", ":all:", "--no-header", "--constraint", str(ROOT / "requirements" / "base.txt"),
               str(ROOT / "pyproject.toml")]  # fmt: skip
    if FROM_SOURCE[system]:
        command += ["--no-binary", FROM_SOURCE[system]]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=150,
        # pikepdf's wheels for Apple's processors begin with macOS 14 (10.14 and later: with 15)
        env=environment() | {"MACOSX_DEPLOYMENT_TARGET": "14.0"},
        cwd=ROOT,
        check=False,
    )
    if done.returncode and re.search(
        r"(?i)connect|network|dns|timed out|offline|error sending request", done.stderr
    ):
        pytest.skip("no package index can be reached: dependencies were not resolved")
    assert done.returncode == 0, done.stderr
    names = {
        canonicalize_name(Requirement(line).name)
        for line in done.stdout.splitlines()
        if re.match(r"\w", line)
    }
    assert names & UNWANTED == set()
    assert "lancedb" in names


# --- licences -------------------------------------------------------------------------------------------------------


def test_every_base_dependency_is_free_to_use() -> None:
    here = default_environment()
    problems, seen = [], 0
    for name, lines in pinned(ROOT / "requirements" / "base.txt").items():
        markers = [Requirement(line.removesuffix("\\").strip()).marker for line in lines]
        if not any(marker is None or marker.evaluate(dict(here)) for marker in markers):
            continue  # for another system
        seen += 1
        licence = _licence(name)
        if COPYLEFT.search(licence) or not PERMISSIVE.search(licence):
            problems.append(f"{name}: {licence or 'says nothing'}")
    assert seen > 20
    assert problems == []


def _licence(name: str) -> str:
    """What the package says of its licence: the expression, the classifiers, or the first line of the text."""
    found = metadata.metadata(name)
    classifiers = [item for item in found.get_all("Classifier") or [] if item.startswith("License ::")]
    said = [found.get("License-Expression") or "", *classifiers]
    if not any(said):
        said = [(found.get("License") or "").strip()[:80]]
    if not any(said):
        said = _licence_files(name)
    return " / ".join(filter(None, said))


def _licence_files(name: str) -> list[str]:
    files = [file for file in metadata.files(name) or [] if re.search(r"(?i)licen[cs]e|copying", file.name)]
    return [
        Path(str(file.locate())).read_text(encoding="utf-8", errors="replace").strip()[:80] for file in files
    ]
