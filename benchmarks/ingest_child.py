"""One `metier ingest` of a workspace in a process of its own, to be watched: python -m benchmarks.ingest_child WORKSPACE

Says as lines of JSON how far it is, as `ledger_child` does.
"""

import sys
from pathlib import Path

from benchmarks.ledger_child import Said
from metier.api import open_workspace


def real(workspace: Path) -> None:
    """Ingests the workspace."""
    said = Said()
    with open_workspace(workspace) as system:
        said.say("begin")
        report = system.ingest((), said.progress)
        states = {state.value: number for state, number in report.count.states.items()}
        said.say(
            "end", done=report.done, found=report.found, states=states, reasons=dict(report.count.reasons)
        )


if __name__ == "__main__":
    real(Path(sys.argv[1]))
