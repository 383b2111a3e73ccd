"""The child process: reads one request after the other from its pipe, answers with a Document, a picture or a Failure.

Started as `python -m metier.extract.worker`. It takes its own rights away before it reads anything (`limits`), and
imports an engine only when a file needs it. Standard output is given to nobody, because C libraries print there.
"""

import contextlib
import gc
import importlib
import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

from metier.extract import detect
from metier.extract.frames import MOST_PAGES_WORTH, read_frame, write_frame
from metier.extract.limits import limit_cpu, lock_down, resident_mb

# Module by media type; each has `read(path: Path, request: Request) -> RawDocument`.
READERS: Mapping[str, str] = {
    detect.PDF: "metier.extract.pdf",
    detect.DOCX: "metier.extract.docx",
    detect.XLSX: "metier.extract.xlsx",
    detect.XLS: "metier.extract.xlsx",
    detect.ODS: "metier.extract.xlsx",
    detect.PPTX: "metier.extract.pptx",
    detect.HTML: "metier.extract.html",
    detect.MARKDOWN: "metier.extract.markdown",
    detect.TEXT: "metier.extract.text",
    detect.CSV: "metier.extract.csv_file",
    detect.EML: "metier.extract.eml",
    detect.PICTURE: "metier.extract.picture",
    detect.ODT: "metier.extract.odf",
    detect.ODP: "metier.extract.odf",
    detect.ODG: "metier.extract.odf",
    detect.EPUB: "metier.extract.epub",
    detect.RTF: "metier.extract.rtf",
    detect.DOC: "metier.extract.doc",
    detect.PPT: "metier.extract.ppt",
    detect.MSG: "metier.extract.msg",
    detect.ZIP: "metier.extract.archive",
}


def main() -> None:
    """Runs until the parent closes the pipe."""
    requests, answers = _own_pipes()
    first, _ = read_frame(requests)
    report = lock_down(first["memory_mb"], first["parent"], first["network"])
    # Only now: importing pydantic and the text tools is our own code, but the limits must hold for it too.
    serve = importlib.import_module("metier.extract.serve_child")
    with contextlib.suppress(
        ImportError
    ):  # the reader asked for most; one that is broken fails with its files
        importlib.import_module(READERS[detect.PDF])
    gc.freeze()  # code lives as long as the process: without this every full collection looks through all of it
    incoming = _listen(requests)
    write_frame(answers, {"sandbox": report, "pid": os.getpid()})
    while (request := incoming.get()) is not None:
        limit_cpu(float(request["timeout_s"]) * 2)
        head, body = serve.handle(request, READERS, _teller(answers, request))
        head["resident_mb"] = resident_mb()
        write_frame(answers, head, body)


def _teller(answers: BinaryIO, request: Mapping[str, Any]) -> Callable[[int], None]:
    """Says to the parent, and to our own CPU limit, how many pages the time must do for."""

    def tell(pages: int) -> None:
        pages = min(pages, MOST_PAGES_WORTH)
        limit_cpu((float(request["timeout_s"]) + pages * float(request["page_timeout_s"])) * 2)
        write_frame(answers, {"pages": pages})

    return tell


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The protocol's two ends, moved away from the standard streams, which now lead nowhere."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return requests, answers


def _listen(requests: BinaryIO) -> "SimpleQueue[dict[str, Any] | None]":
    """Requests as they come, from a thread that ends the process at once when the parent is gone."""
    incoming: SimpleQueue[dict[str, Any] | None] = SimpleQueue()

    def listen() -> None:
        while True:
            try:
                request, _ = read_frame(requests)
            except (EOFError, OSError, ValueError):
                os._exit(0)
            incoming.put(request)

    threading.Thread(target=listen, daemon=True).start()
    return incoming


Reader = Callable[[Path, Mapping[str, Any]], Any]

if __name__ == "__main__":
    try:
        main()
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        sys.exit(0)
