"""The Python face: open a workspace, ask, ingest.

```python
with open_workspace("work") as system:
    answer = system.ask("How long is the notice period?")
```
"""

from pathlib import Path

from metier.flow.ingest import IngestReport
from metier.system import System, open_system
from metier.types import Answer, Citation, Outcome, Statement

__all__ = ["Answer", "Citation", "IngestReport", "Outcome", "Statement", "System", "open_workspace"]


def open_workspace(folder: str | Path = ".") -> System:
    """The ready System of the workspace at or above the folder. Raises metier.errors.UserError if there is none."""
    return open_system(Path(folder))
