from collections.abc import Callable

import pytest

from metier.stages import Check
from metier.types import Citation, Draft, Evidence, Finding, Passage, Query, Statement

Run = Callable[..., list[Finding]]


def passage(text: str, **fields: object) -> Passage:
    known = {
        "id": "p", "document": "d", "uri": "rules.md", "title": "", "page": 1, "start": 0, "end": len(text), "text": text,
        "heading_path": (), "kind": "text", "language": "", "version_date": "", "groups": ("all",),
    }  # fmt: skip
    return Passage(**{**known, **fields})  # type: ignore[arg-type]


@pytest.fixture
def run() -> Run:
    """Runs one check on one statement that cites `quote` (default: all) of a passage with `source`."""

    def run(
        check: Check,
        statement: str,
        source: str,
        quote: str | None = None,
        question: str = "",
        **fields: object,
    ) -> list[Finding]:
        quote = source if quote is None else quote
        start = source.index(quote)
        citation = Citation(
            "c1", "d", "rules.md", str(fields.get("title", "")), "", 1, start, start + len(quote), quote
        )
        draft = Draft((Statement("s1", statement, (citation,)),), "test")
        return check.check(Query(question), draft, (Evidence(passage(source, **fields), 1.0),))

    return run
