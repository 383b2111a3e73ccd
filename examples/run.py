"""`make run`: the whole product in one go, on the example company or on a folder of your own.

Runs the same commands a user would type and shows each of them.
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml

from metier.evaluate.cases import read_cases


def main() -> int:
    """Exit code of the last command."""
    arguments = _arguments()
    workspace: Path = arguments.workspace
    started = time.monotonic()
    if arguments.docs:
        _metier("init", str(workspace), "--docs", str(arguments.docs))
        question, user = arguments.question, None
    else:
        question, user = _example(workspace, arguments.seed)
    if (code := _metier("ingest", "-w", str(workspace))) not in (0, 1):
        return code
    if question:
        asker = ["--as", user] if user else []
        code = _metier("ask", question, *asker, "-w", str(workspace))
    print(f"\nfrom nothing to an answer in {time.monotonic() - started:.0f} s", flush=True)
    if arguments.no_serve:
        return code
    return _metier("serve", "-w", str(workspace))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--docs", type=Path, help="your own folder instead of the example company")
    parser.add_argument(
        "--question", default="What is this about?", help="the first question to your own folder"
    )
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--no-serve", action="store_true")
    return parser.parse_args()


def _example(workspace: Path, seed: int) -> tuple[str, str]:
    """Writes the company unless it is there; returns a question and who asks it."""
    if not (workspace / "metier.yaml").exists():
        subprocess.run(
            [sys.executable, "-m", "examples.company", str(workspace), "--seed", str(seed)], check=True
        )
    _metier("init", str(workspace))
    users = yaml.safe_load((workspace / "metier.yaml").read_text(encoding="utf-8"))["users"]
    known = {user["id"] for user in users}
    cases = [
        case
        for case in read_cases(workspace / "cases.jsonl")
        if case.kind == "answerable" and case.user in known
    ]
    pdf = [case for case in cases if case.evidence[0].uri.endswith(".pdf") and len(case.evidence) == 1]
    case = (pdf or cases)[0]
    return case.question, case.user


def _metier(*words: str) -> int:
    shown = " ".join(f'"{word}"' if " " in word else word for word in words)
    print(f"\n$ metier {shown}", flush=True)
    command = shutil.which("metier", path=str(Path(sys.executable).parent)) or "metier"
    try:
        return subprocess.run([command, *words], check=False).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
