"""What people should look at in live documents, looked for a little at a time and kept."""

import time

from metier.flow.look import findings_in
from metier.system.opened import Opened
from metier.types import Findings


def findings_of(opened: Opened, look_s: float) -> list[Findings]:
    """Of each live document that was looked at; others are read for at most so many seconds, and the next call goes on."""
    live = opened.ledger.live()
    known = {key: rows for key, rows in opened.findings.read().items() if key in live}
    fresh = [key for key in live if key not in known] if look_s > 0 else []
    started = time.monotonic()
    for key in fresh:
        if time.monotonic() - started > look_s:
            break
        document = opened.documents.document(key)
        known[key] = findings_in(document) if document else Findings()
    if fresh:
        opened.findings.write(known)
    return list(known.values())
