"""Long PDFs by ranges of pages, so that neither time nor memory grows with a file and one bad page costs one page.

Each range is read by the ladder like a file of its own and kept on disk; a run that was stopped goes on with the first
range that is missing. A child puts the parts together: the parent never looks into them.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metier.extract.ladder import DEATHS, Answer, Ask, climb
from metier.types import Failure

# A bad range is read again in smaller ones, down to single pages: 200 -> 20 -> 1.
_SHRINK = 10
# Children that one file may end before what is left of it is named as unread.
_MOST_DEATHS = 12


def read_by_ranges(
    ask: Ask, request: Mapping[str, Any], path: Path, pages: int, size: int, spool: Path | None
) -> Answer | Failure:
    """The Document, its unread pages named in warnings; a Failure if no page could be read.

    `spool` is a folder for the parts that outlives this process; None keeps them for this call only.
    """
    try:
        if spool is not None:
            spool.mkdir(parents=True, exist_ok=True)
            answer = _read_into(ask, request, path, pages, size, spool)
            shutil.rmtree(spool, ignore_errors=True)
            return answer
        with tempfile.TemporaryDirectory(prefix="metier-ranges-") as folder:
            return _read_into(ask, request, path, pages, size, Path(folder))
    except OSError as error:
        detail = (
            f"no room for the parts of a long file ({error.strerror}); free some space, then ingest again"
        )
        return Failure(str(request["uri"]), "extract", "sandbox", detail, retry=True)


def _read_into(
    ask: Ask, request: Mapping[str, Any], path: Path, pages: int, size: int, spool: Path
) -> Answer | Failure:
    waiting = [(first, min(first + size - 1, pages)) for first in range(1, pages + 1, size)]
    unread: list[dict[str, Any]] = []
    worst: Failure | None = None
    deaths = 0
    parts: list[Path] = []
    while waiting:
        first, last = waiting.pop(0)
        part = spool / f"{first:07}-{last:07}.json"
        if not part.exists():
            if worst is not None and deaths >= _MOST_DEATHS:
                unread.append({"pages": (first, last), "reason": worst.reason})
                continue
            answer = climb(ask, {**request, "pages": (first, last), "part": True}, path)
            if isinstance(answer, Failure):
                worst = answer
                if answer.reason == "encrypted":
                    return answer
                deaths += 2 * (answer.reason in DEATHS)
                if last > first:
                    step = max(1, (last - first + 1) // _SHRINK)
                    waiting[:0] = [(at, min(at + step - 1, last)) for at in range(first, last + 1, step)]
                else:
                    unread.append({"pages": (first, last), "reason": answer.reason})
                continue
            _keep(part, answer[1])
        parts.append(part)
    if not parts and worst is not None:
        return worst
    joined = {**request, "verb": "join", "parts": [str(part) for part in parts], "unread": unread}
    return ask({**joined, "page_count": pages}, path)


def _keep(part: Path, content: bytes) -> None:
    """Under its final name only when it is whole."""
    temporary = part.with_suffix(".new")
    temporary.write_bytes(content)
    os.replace(temporary, part)
