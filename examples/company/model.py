"""The values that pass between the parts of the generator: blocks, documents, anchors and gold cases."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["heading", "paragraph", "item", "table", "page_break", "columns", "single"]


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document; `level` is for headings, `rows` for tables (the first row is the header)."""

    kind: Kind
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document whose wording is chosen and whose numbers are filled in, ready for a writer."""

    id: str
    uri: str
    title: str
    language: str
    blocks: tuple[Block, ...]
    meta: Mapping[str, str] = field(
        default_factory=dict
    )  # sender, date, document number, running header, ...

    @property
    def ending(self) -> str:
        """The file ending without the dot, which decides the writer."""
        return self.uri.rsplit(".", 1)[-1]

    @property
    def scanned(self) -> bool:
        """True if the PDF is to be a picture without a text layer."""
        return self.meta.get("layout") == "scan"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A sentence or table row that gold evidence may point at."""

    key: str  # document id + "." + name
    document: str
    quote: str
    table: bool


@dataclass(frozen=True, slots=True)
class GoldEvidence:
    """Where a gold answer stands."""

    uri: str
    quote: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class GoldCase:
    """One gold question; the fields are the contract of cases.jsonl."""

    id: str
    question: str
    user: str
    kind: str
    answers: tuple[str, ...]
    answer_type: str
    scale: str
    tolerance: float
    evidence: tuple[GoldEvidence, ...]
    group: str
    split: str
    tags: tuple[str, ...]
