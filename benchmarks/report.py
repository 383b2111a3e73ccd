"""docs/benchmarks.md from benchmarks/results.jsonl: the newest figure of every metric, with its interval and date.

`python -m benchmarks.report` writes the page; `--check` fails if the page is not what the results say.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, ROOT

PAGE = ROOT / "docs" / "benchmarks.md"

_HEAD = """# What was measured

Made by `python -m benchmarks.report` from `benchmarks/results.jsonl`; do not edit by hand.
Every row is the newest run of one metric: `python -m benchmarks.NAME --data DIR --record` adds another. Intervals are 95%.
A commit with `+` was measured with uncommitted changes. Unsuffixed metrics are the checking half of the data.
"""


def read_results(path: Path) -> list[dict[str, Any]]:
    """The recorded results, oldest first; an absent file is an empty list."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def render(results: Sequence[Mapping[str, Any]]) -> str:
    """The page: one table per benchmark, newest figure per metric."""
    newest: dict[str, dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
    for result in results:
        rows = newest.setdefault(result["benchmark"], {})
        for name, metric in result["metrics"].items():
            rows[name] = (metric, result)
    parts = [_HEAD]
    for benchmark in sorted(newest):
        parts.append(f"\n## {benchmark}\n\n| metric | value | 95% interval | n | beside | date | commit |")
        parts.append("|---|---|---|---|---|---|---|")
        parts += [_line(name, metric, result) for name, (metric, result) in newest[benchmark].items()]
        latest = max((result for _, result in newest[benchmark].values()), key=lambda result: result["date"])
        parts.append(f"\n{_machine(latest['machine'])}")
    if not newest:
        parts.append("\nNothing has been recorded yet.")
    return "\n".join(parts) + "\n"


def _line(name: str, metric: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    interval = f"{_show(metric['low'])} – {_show(metric['high'])}" if "low" in metric else ""
    beside = f"{_show(metric['peer'])} ({metric.get('peer_name', 'peer')})" if "peer" in metric else ""
    cells = (name, _show(metric["value"]), interval, str(metric.get("n", "")), beside)
    return f"| {' | '.join(cells)} | {result['date']} | {result['commit']} |"


def _show(value: float | None) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, int) or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3g}"


def _machine(machine: Mapping[str, Any]) -> str:
    return (
        f"Measured on {machine['cores']} cores of {machine['processor'] or 'an unnamed processor'}, "
        f"{machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes or checks the page; 1 if the check fails."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    options.add_argument(
        "--check", action="store_true", help="write nothing; fail if the page is out of date"
    )
    options.add_argument("--results", type=Path, default=RESULTS)
    options.add_argument("--page", type=Path, default=PAGE)
    chosen = options.parse_args(arguments)
    text = render(read_results(chosen.results))
    if chosen.check:
        if chosen.page.exists() and chosen.page.read_text(encoding="utf-8") == text:
            return 0
        print(f"{chosen.page} is out of date; run `python -m benchmarks.report`", file=sys.stderr)
        return 1
    chosen.page.parent.mkdir(parents=True, exist_ok=True)
    chosen.page.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
