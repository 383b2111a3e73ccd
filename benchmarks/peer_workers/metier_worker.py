"""metier's side: a fresh workspace over the folder; `ask` is the whole cited answer, not only its passages."""

import sys
import tempfile
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import yaml

from benchmarks.peer_workers.protocol import serve
from metier.system import open_system
from metier.types import Answer, State

_BEFORE_GENERATING = (
    "admit",
    "retrieve_",
    "mix",
    "rerank",
)  # stages of the journey until passages are ranked


def main(folder: Path, structure: str) -> None:
    """Opens the workspace once, as `metier serve` does, and serves; `structure` is its extract.structure."""
    with tempfile.TemporaryDirectory(prefix="metier-peers-") as place:
        settings = {
            "version": 1,
            "users": [{"id": "me", "groups": ["all"]}],
            "groups": [{"match": "**", "allow": ["all"]}],
            "sources": [{"folder": str(folder), "include": ["**/*.pdf"]}],
            "extract": {"structure": structure},
        }
        (Path(place) / "metier.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        with open_system(Path(place)) as system:
            system.warm()  # process starts are reported apart, for all sides

            def ingest(folder: Path) -> dict[str, int]:
                report = system.ingest()
                live = report.count.states.get(State.LIVE, 0) + report.count.states.get(State.PARTIAL, 0)
                return {
                    "documents": live,
                    "passages": sum(entry.passages for entry in system.documents("me", limit=10**6)),
                }

            def ask(question: str) -> Answer:
                return system.ask(question, "me")

            def files(answer: Answer) -> list[str]:
                trace = system.trace(answer.id, "me")
                pool = trace.pool if trace else ()
                shown = sorted((row for row in pool if row["shown"]), key=lambda row: int(row["shown"]))
                return [PurePosixPath(row["uri"]).name for row in shown]

            def inner(answer: Answer) -> float:
                stages = answer.timings_ms.items()
                return sum(ms for stage, ms in stages if stage.startswith(_BEFORE_GENERATING)) / 1000

            serve("metier", version("metier"), ingest, ask, files, inner)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
