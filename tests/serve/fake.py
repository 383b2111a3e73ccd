"""A small honest System for the doors' tests: real documents, real access, real pictures; search is word overlap.

Everything the doors see has the shape and the behaviour that DESIGN.md promises of the real one, only slower to scale:
answers come from the text of documents, citations are ranges of it, boxes come from where words were drawn.
"""

import io
import re
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from metier.errors import Busy, UserError
from metier.feedback.rows import feedback_row
from metier.flow.ingest import IngestReport
from metier.settings import Settings, parse_settings
from metier.system.canary import CanaryReport
from metier.types import (
    Abstention,
    Access,
    Answer,
    Block,
    Box,
    Cell,
    Citation,
    Document,
    Draft,
    Entry,
    Failure,
    Feedback,
    Filter,
    LedgerCount,
    Outcome,
    Page,
    Progress,
    Query,
    Release,
    State,
    Statement,
    Trace,
    Turn,
    Usage,
    Word,
    Words,
)

WIDTH, HEIGHT, LINE, MARGIN, SIZE = 595.0, 842.0, 22.0, 60.0, 13
HOSTILE = "<script>window.pwned=1</script><img src=x onerror='window.pwned=2'>"

HANDBOOK = [
    ["# Travel policy", "This policy applies to all employees of Nordlicht GmbH.",
     "Employees book trains in second class.", "First class is allowed on journeys longer than four hours.",
     "Hotels in Germany may cost at most 140 euros per night.",
     "Receipts are handed in within thirty days after the journey."],
    ["# Remote work", "Remote work is possible on three days per week.",
     "The laptop must stay encrypted at all times and is returned on the last working day.",
     "A visit to Zürich 🚆 counts as a journey abroad.",
     f"Passwords never look like {HOSTILE} in this company."],
]  # fmt: skip
SALARIES = [["# Salary bands", "The salary band of level four starts at 61000 euros."]]
PRICES = [["Article", "Price per unit"], ["Bolt M8", "0.12 EUR"], ["Hinge H-200", "4.80 EUR"]]

YAML = {
    "purpose": "Answers questions of employees about the handbook",
    "users": (
        {"id": "anna", "name": "Anna Albers", "groups": ("staff", "hr")},
        {"id": "ben", "name": "Ben Brandt", "groups": ("staff",)},
        {"id": "józef", "name": "Józef", "groups": ()},
    ),
    "groups": (
        {"match": "**", "allow": ("staff",)},
        {"match": "hr/**", "allow": ("hr",)},
        {"match": "secret/**", "allow": ()},
    ),
    "scope": {
        "examples": {
            "in": ("What may a hotel in Germany cost?", "How many days of remote work are possible?")
        }
    },
}


def fake_settings(**changes: Any) -> Settings:
    return parse_settings({**YAML, **changes}, "metier.yaml", {})


def font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(SIZE)


def paged_document(document_id: str, uri: str, title: str, pages: Sequence[Sequence[str]]) -> Document:
    """A document whose words stand where `draw` paints them."""
    text, out, blocks = "", [], []
    for number, lines in enumerate(pages, start=1):
        start, words, path = len(text), [], ()
        for row, line in enumerate(lines):
            shown = line.removeprefix("# ")
            begin, top, left = len(text), MARGIN + row * LINE, MARGIN
            for match in re.finditer(r"\S+", shown):
                left = MARGIN + font().getlength(shown[: match.start()])
                right = left + font().getlength(match.group())
                box = Box(number, left, top, right, top + SIZE + 3)
                words.append(Word(begin + match.start(), begin + match.end(), box))
            text += shown + "\n"
            kind = "heading" if line.startswith("# ") else "paragraph"
            blocks.append(Block(f"{document_id}.{len(blocks)}", kind, len(blocks), number, begin, len(text) - 1,
                                level=int(kind == "heading"), heading_path=path))  # fmt: skip
            path = (shown,) if kind == "heading" else path
        out.append(Page(number, WIDTH, HEIGHT, start, len(text), Words.of(number, words)))
    return Document(document_id, uri, title, "en", "application/pdf", text, tuple(out), tuple(blocks), "fake 1",
                    version_date="2026-03-01")  # fmt: skip


def table_document(document_id: str, uri: str, title: str, rows: Sequence[Sequence[str]]) -> Document:
    text, cells = "", []
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            cells.append(Cell(r, c, value, len(text), len(text) + len(value), header=r == 0))
            text += value + ("\t" if c + 1 < len(row) else "\n")
    block = Block(f"{document_id}.0", "table", 0, 1, 0, len(text) - 1, cells=tuple(cells))
    media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Document(document_id, uri, title, "en", media, text, (Page(1, 0, 0, 0, len(text), label="Prices"),), (block,),
                    "fake 1")  # fmt: skip


def draw(document: Document, number: int, scale: float) -> bytes:
    page = document.pages[number - 1]
    picture = Image.new("RGB", (round(page.width * scale), round(page.height * scale)), "white")
    pen = ImageDraw.Draw(picture)
    big = ImageFont.load_default(SIZE * scale)
    for word in page.words:
        pen.text(
            (word.box.x0 * scale, word.box.y0 * scale), document.text[word.start : word.end], "black", big
        )
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@cache
def library() -> tuple[Document, ...]:
    return (
        paged_document("d-handbook", "handbook.pdf", f"Handbook {HOSTILE}", HANDBOOK),
        paged_document("d-salary", "hr/salaries.pdf", "Salary bands", SALARIES),
        table_document("d-prices", "prices.xlsx", "Price list", PRICES),
    )


def stop_words(text: str) -> set[str]:
    dull = {
        "what",
        "may",
        "is",
        "the",
        "a",
        "in",
        "of",
        "how",
        "many",
        "are",
        "does",
        "at",
        "who",
        "and",
        "on",
    }
    return {word for word in re.findall(r"\w+", text.lower()) if word not in dull}


@dataclass
class FakeSystem:
    """The shape of metier.system.System."""

    settings: Settings = field(default_factory=fake_settings)
    release: Release = field(default_factory=lambda: Release("release-0", (), "", {}, {}))
    hold: threading.Event | None = None  # set by a test to keep answers waiting after the first statement
    started: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    lock: threading.Lock = field(default_factory=threading.Lock)
    traces: dict[str, Trace] = field(default_factory=dict)
    rows: list[Feedback] = field(default_factory=list)
    histories: list[Sequence[Turn]] = field(default_factory=list)
    filters: list[Filter | None] = field(default_factory=list)
    ingest_error: Exception | None = None
    ingest_steps: int = 0
    tried: CanaryReport | None = None
    unlogged: int = 0  # questions that nothing is kept of
    ingest_go: threading.Event = field(default_factory=threading.Event)

    def prepare_answers(self) -> None: ...

    def entries(self) -> list[Entry]:
        live = [
            Entry(d.id, d.uri, "0" * 64, "p", State.LIVE, groups=self.settings.groups_of(d.uri), title=d.title,
                  language="en", version_date=d.version_date, media_type=d.media_type, pages=len(d.pages), passages=3)
            for d in library()
        ]  # fmt: skip
        broken = [
            ("d-locked", "contracts/locked.pdf", State.QUARANTINED, "encrypted",
             f"locked.pdf is encrypted {HOSTILE}; save it without a password and ingest again"),
            ("d-scan", "scans/minutes.pdf", State.PARTIAL, "no_text",
             "page 3: no text layer and OCR is off; turn it on with extract.ocr: auto"),
            ("d-secret", "secret/plan.pdf", State.LIVE, "", ""),
            ("d-old", "handbook.pdf", State.SUPERSEDED, "", ""),
        ]  # fmt: skip
        return live + [
            Entry(id_, uri, "1" * 64, "p", state, reason, detail, groups=self.settings.groups_of(uri))
            for id_, uri, state, reason, detail in broken
        ]

    def ask(
        self,
        question: str,
        user: str | None = None,
        history: Sequence[Turn] = (),
        on_statement: Callable[[Statement], None] | None = None,
        *,
        filter: Filter | None = None,
    ) -> Answer:
        access = self.settings.access(user)
        self.histories.append(history)
        self.filters.append(filter)
        if question == "break":
            raise RuntimeError("the secret inner workings")
        if question == "bad":
            raise UserError("this question cannot be asked; ask another one")
        statements = []
        for number, citation in enumerate(self._search(question, access)):
            statements.append(Statement(f"s{number}", citation.quote, (citation,), 0.9))
            if on_statement is not None:
                on_statement(statements[-1])
            self.started.release()
            if self.hold is not None:
                self.hold.wait(20)
        answer_id = uuid.uuid4().hex
        if statements:
            answer = Answer(answer_id, Outcome.ANSWERED, self.release.id, tuple(statements), tokens=12,
                            timings_ms={"total": 42.0})  # fmt: skip
        else:
            found = tuple(d.title for d in library() if access.allows(self.settings.groups_of(d.uri)))[:1]
            nothing = Abstention(
                "No document carries an answer.", found, (question,), "Ask the HR department."
            )
            answer = Answer(answer_id, Outcome.ABSTAINED, self.release.id, abstention=nothing)
        draft = Draft(tuple(statements), "fake", usage=Usage(10, 2))
        trace = Trace(answer, question, access.principal, tuple(sorted(access.groups)), "2026-11-23T10:00:00Z",
                      Query(question, filter=filter), (), draft, (), 7)  # fmt: skip
        with self.lock:
            self.traces[answer_id] = trace
        return answer

    def ask_unlogged(self, question: str, user: str | None = None) -> Trace:
        self.unlogged += 1
        forgotten = FakeSystem(self.settings)
        return forgotten.traces[forgotten.ask(question, user).id]

    def deepened(self) -> int | None:
        return None

    def _search(self, question: str, access: Access) -> list[Citation]:
        wanted, found = stop_words(question), []
        for d in library():
            if not access.allows(self.settings.groups_of(d.uri)):
                continue
            pieces = [(c.start, c.end) for b in d.blocks for c in b.cells] or [
                (b.start, b.end) for b in d.blocks
            ]
            for b_start, b_end in pieces:
                quote = d.text[b_start:b_end]
                score = len(wanted & stop_words(quote)) / len(wanted) if wanted else 0
                if score >= 0.6:
                    page = next(p for p in d.pages if p.start <= b_start < p.end)
                    boxes = tuple(w.box for w in page.words if w.start < b_end and w.end > b_start)
                    found.append(Citation(f"c-{d.id}-{b_start}", d.id, d.uri, d.title, d.version_date, page.number,
                                          b_start, b_end, quote, boxes))  # fmt: skip
        return found[:3]

    def trace(self, answer_id: str, user: str | None) -> Trace | None:
        trace = self.traces.get(answer_id)
        return (
            trace if trace is not None and trace.principal == self.settings.access(user).principal else None
        )

    def add_feedback(self, rows: Sequence[Mapping[str, Any]], user: str | None) -> list[Feedback]:
        made = []
        for row in rows:
            trace = self.trace(str(row.get("answer")), user)
            if trace is None:
                raise UserError("feedback: there is no such answer")
            made.append(
                feedback_row(
                    row, trace.principal, trace, lambda: "2026-11-23T10:00:00Z", lambda: uuid.uuid4().hex
                )
            )
        self.rows += made
        return made

    def count(self) -> LedgerCount:
        states: dict[State, int] = {}
        reasons: dict[str, int] = {}
        for entry in self.entries():
            states[entry.state] = states.get(entry.state, 0) + 1
            if entry.reason:
                reasons[entry.reason] = reasons.get(entry.reason, 0) + 1
        return LedgerCount(7, states, reasons)

    def documents(
        self, user: str | None, state: State | None = None, limit: int = 100, offset: int = 0
    ) -> list[Entry]:
        access = self.settings.access(user)
        seen = [e for e in self.entries() if access.allows(e.groups) and (state is None or e.state is state)]
        return seen[offset : offset + limit]

    def document(self, user: str | None, document_id: str) -> Document | None:
        access = self.settings.access(user)
        found = [
            d for d in library() if d.id == document_id and access.allows(self.settings.groups_of(d.uri))
        ]
        return found[0] if found else None

    def page_png(
        self, user: str | None, document_id: str, page: int, scale: float = 1.5
    ) -> bytes | Failure | None:
        document = self.document(user, document_id)
        if document is None or page > len(document.pages):
            return None
        if not document.pages[page - 1].width:
            return Failure(document.uri, "render", "unsupported", "a spreadsheet has no pages")
        return draw(document, page, scale)

    def may_ingest(self, path: Path, user: str | None) -> bool:
        docs = Path("docs").resolve()
        if not path.resolve().is_relative_to(docs):
            return True
        access, uri = self.settings.access(user), path.resolve().relative_to(docs).as_posix()
        return any(entry.uri == uri and access.allows(entry.groups) for entry in self.entries())

    def ingest(
        self,
        paths: Sequence[Path] = (),
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> IngestReport:
        for path in paths:
            if not path.resolve().is_relative_to(Path("docs").resolve()):
                raise UserError(
                    f"{path} is not inside a source of metier.yaml; add its folder to `sources` there"
                )
        if self.ingest_error is not None:
            raise self.ingest_error
        done = 0
        for done in range(1, self.ingest_steps + 1):
            if on_progress is not None:
                uri = "secret/plan.pdf" if done % 2 else "handbook.pdf"
                on_progress(Progress(done, self.ingest_steps, 1, done * 0.5, uri))
            if should_stop():
                break
            self.ingest_go.wait(0.2)
        failures = (Failure("secret/plan.pdf", "extract", "encrypted", "secret/plan.pdf is encrypted"),)
        return IngestReport(7, 0, 7, 0, 0, 0, done, failures, done < self.ingest_steps, 1.0, self.count())

    def releases(self) -> list[Release]:
        return [self.release]

    def live_release(self) -> str:
        return self.release.id

    def canary(self) -> CanaryReport | None:
        return self.tried


BUSY = Busy("another process ingests into this workspace; wait for it, or stop it with `metier cancel`")
