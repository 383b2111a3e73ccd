"""In which order engines try a file, and when it is given up: decisions over a function that asks a child.

A PDF that ends its child, or that an engine cannot open, goes to the next rung: pdfium alone, then the file repaired by qpdf,
then pdf_oxide. Other formats have one reader, which is tried once more in a fresh child. A file that ended two children is
not given a third.
"""

import dataclasses
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from metier.types import Failure

Answer = tuple[dict[str, Any], bytes]  # head and body
Ask = Callable[[Mapping[str, Any], Path], Answer | Failure]

# What costs a child, or all the memory it may have.
DEATHS = ("crash", "timeout", "memory")
MOST_DEATHS = 2
# What another engine may do better. "no_text" and "empty" too: engines differ in which damaged parts they pass over.
_UNREAD = ("corrupt", "empty", "no_text", "not-a-pdf")
_MARK = b"%PDF-"
_CONTAINERS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # ZIP and OLE may hold a PDF as it is


def climb(ask: Ask, request: Mapping[str, Any], path: Path) -> Answer | Failure:
    """The first answer that is a document, else the failure that says most about the file."""
    answer = ask({**request, "engine": "first"}, path)
    if not isinstance(answer, Failure):
        return answer
    if answer.reason not in DEATHS + _UNREAD:
        return answer
    if may_be_pdf(path) or answer.reason == "not-a-pdf":
        return _climb_pdf(ask, request, path, answer)
    return _once_more(ask, request, path, answer)


def _once_more(ask: Ask, request: Mapping[str, Any], path: Path, first: Failure) -> Answer | Failure:
    """A crash may be the fault of what the child read before; too little memory is not."""
    if first.reason not in ("crash", "timeout"):
        return first
    second = ask({**request, "engine": "first"}, path)
    return _given_up(second) if isinstance(second, Failure) and second.reason in DEATHS else second


def _climb_pdf(ask: Ask, request: Mapping[str, Any], path: Path, first: Failure) -> Answer | Failure:
    best, deaths = first, int(first.reason in DEATHS)
    for name in _rungs(first):
        answer = _RUNGS[name](ask, request, path)
        if not isinstance(answer, Failure):
            return answer
        if answer.reason == "encrypted":
            return answer
        deaths += answer.reason in DEATHS
        if deaths >= MOST_DEATHS:
            return _given_up(answer if answer.reason in DEATHS else best)
        if best.reason in DEATHS and answer.reason in _UNREAD:
            best = dataclasses.replace(best, retry=False)
    return best


def _rungs(first: Failure) -> tuple[str, ...]:
    """pdfium has been asked already if nobody died; what opens and holds no text needs no repair."""
    if first.reason in DEATHS:
        return ("pdfium", "repaired", "oxide")
    return ("oxide",) if first.reason in ("empty", "no_text") else ("repaired", "oxide")


def _given_up(failure: Failure) -> Failure:
    detail = f"{failure.detail}; it ended {MOST_DEATHS} reading processes and is not tried again by itself"
    return dataclasses.replace(failure, detail=detail, retry=False)


def _repaired(ask: Ask, request: Mapping[str, Any], path: Path) -> Answer | Failure:
    written = ask({**request, "verb": "repair"}, path)
    if isinstance(written, Failure):
        return written
    try:
        with tempfile.TemporaryDirectory(prefix="metier-repair-") as folder:
            target = Path(folder) / "repaired.pdf"
            target.write_bytes(written[1])
            return ask({**request, "engine": "first", "repaired": True}, target)
    except OSError as error:
        detail = f"no room for a repaired copy ({error.strerror}); free some space for temporary files"
        return Failure(str(request["uri"]), "extract", "sandbox", detail, retry=True)


_RUNGS: Mapping[str, Callable[[Ask, Mapping[str, Any], Path], Answer | Failure]] = {
    "pdfium": lambda ask, request, path: ask({**request, "engine": "pdfium"}, path),
    "repaired": _repaired,
    "oxide": lambda ask, request, path: ask(
        {**request, "engine": "oxide", "media_type": "application/pdf"}, path
    ),
}


def may_be_pdf(path: Path) -> bool:
    """True if the mark of a PDF stands where readers look for it; reads 1,024 bytes of a regular file."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(1024)
        return _MARK in head and not head.startswith(_CONTAINERS)
    except OSError:
        return False
