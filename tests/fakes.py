"""Small honest stand-ins for the rooms, in memory; and a way to die in the middle of anything."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from metier.flow.ingestion import Ingestion
from metier.stages import Ledger, Vectors
from metier.types import Document, Entry, Failure, Page, Passage, Source, State


class Killed(BaseException):
    """The process ends here, as with kill -9: nothing it does afterwards has an effect."""


class Tripwire:
    """Counts calls of everything wrapped by it; from the call number `at` on, every call raises Killed.

    With `after` the fatal call still takes effect, and the process dies before it learns so.
    """

    def __init__(self, at: int | None = None, after: bool = False) -> None:
        self.at, self.after, self.calls = at, after, 0
        self._lock = threading.Lock()

    def wrap(self, target: Any) -> Any:
        return _Wrapped(target, self)

    def call(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            self.calls += 1
            number = self.calls
        if self.at is None or number < self.at:
            return work(*args, **kwargs)
        if number == self.at and self.after:
            work(*args, **kwargs)
        raise Killed


class _Wrapped:
    def __init__(self, target: Any, wire: Tripwire) -> None:
        self._target, self._wire = target, wire

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not callable(value):
            return value
        return lambda *args, **kwargs: self._wire.call(value, *args, **kwargs)


@dataclass
class File:
    """A file of a MemoryFolder. `text` None: it cannot be opened."""

    text: str | None
    groups: tuple[str, ...] = ("all",)
    stamp: int = 0


@dataclass
class MemoryFolder:
    """A folder that is a dict: implements stages.Connector."""

    files: dict[str, File] = field(default_factory=dict)
    missing: bool = False
    prefix: str = ""
    root: Path = Path("/nowhere")  # where FakeDocuments finds the bytes

    def covers(self, uri: str) -> bool:
        return uri.startswith(self.prefix)

    def find(self) -> Iterator[Source | Failure]:
        if self.missing:
            yield Failure(self.prefix or ".", "connect", "folder_missing", "it is not there", retry=True)
            return
        for name, file in sorted(self.files.items()):
            uri = self.prefix + name
            if file.text is None:
                yield Failure(uri, "connect", "unreadable", f"{uri} cannot be read", retry=True)
            else:
                path = f"{self.root}/{uri}"
                yield Source(uri, path, len(file.text.encode()), file.stamp, file.groups)


class FakeDocuments:
    """Implements stages.DocumentStore; bytes come from MemoryFolders and are kept as small files."""

    def __init__(self, folder: Path, sources: Sequence[MemoryFolder]) -> None:
        self._folder = folder
        self._sources = sources
        self.documents: dict[str, Document] = {}
        self.read = 0

    def put_blob(self, path: Path) -> tuple[str, int]:
        self.read += 1
        text = self._text(path)
        data = text.encode()
        digest = sha256(data).hexdigest()
        temporary = self._folder / f".{digest}.part"
        temporary.write_bytes(data)
        temporary.replace(self.blob(digest))  # whole at every moment: the same bytes may be being read
        return digest, len(data)

    def sync_blobs(self) -> None:
        pass

    def _text(self, path: Path) -> str:
        for source in self._sources:
            for name, file in source.files.items():
                if f"{source.root}/{source.prefix}{name}" == str(path) and file.text is not None:
                    return file.text
        raise FileNotFoundError(2, "No such file or directory", str(path))

    def blob(self, sha256: str) -> Path:
        return self._folder / sha256

    def begin_documents(self, documents: Sequence[Document]) -> None: ...

    def put_documents(self, documents: Sequence[Document]) -> None:
        self.documents.update({item.id: item for item in documents})

    def document(self, document: str) -> Document | None:
        return self.documents.get(document)

    def delete_documents(self, documents: Iterable[str]) -> None:
        for document in documents:
            self.documents.pop(document, None)


class FakeExtractor:
    """Reads text. Files that begin with "bad" fail for good, with "flaky" until `healed`, with "half" in part."""

    identity = "fake-extractor"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.healed = False

    def extract(self, document_id: str, uri: str, path: Path) -> Document | Failure:
        self.calls.append(uri)
        text = path.read_text(encoding="utf-8")
        if text.startswith("bad"):
            return Failure(uri, "extract", "damaged", f"{uri} is damaged; save it anew")
        if text.startswith("flaky") and not self.healed:
            return Failure(uri, "extract", "timeout", f"{uri} took too long", retry=True)
        warnings = (f"{uri} page 2: not readable",) if text.startswith("half") else ()
        return document(document_id, uri, text, warnings=warnings)

    def close(self) -> None: ...


class LineChunker:
    """One passage per line."""

    identity = "lines"

    def split(self, document: Document, groups: tuple[str, ...]) -> list[Passage]:
        passages, start = [], 0
        for line in document.text.split("\n"):
            if line.strip():
                passages.append(passage(document.id, document.uri, line, start, groups, document.title))
            start += len(line) + 1
        return passages


class HashEmbedder:
    """Unit vectors of hashed words; the same words give the same vector on every machine."""

    def __init__(self, dimension: int = 16, identity: str = "hash-embedder") -> None:
        self.dimension = dimension
        self.identity = identity

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                digest = sha256(word.encode()).digest()
                vectors[row, digest[0] % self.dimension] += 1.0 + digest[1] / 256
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, norms, out=vectors, where=norms > 0)

    embed_queries = embed_passages


class MemoryPassages:
    """Implements stages.PassageStore; a list, so that duplicates show."""

    def __init__(self) -> None:
        self.rows: list[Passage] = []

    def prepare(self, passages: Sequence[Passage]) -> None: ...

    def add(self, passages: Sequence[Passage], vectors: Mapping[str, Vectors]) -> None:
        assert all(len(rows) == len(passages) for rows in vectors.values())
        self.rows += passages

    def delete_documents(self, documents: Iterable[str]) -> None:
        gone = set(documents)
        self.rows = [row for row in self.rows if row.document not in gone]

    def documents(self) -> set[str]:
        return {row.document for row in self.rows}

    def regroup(self, documents: Mapping[str, tuple[str, ...]]) -> None:
        self.rows = [replace(row, groups=documents.get(row.document, row.groups)) for row in self.rows]

    def optimize(self) -> None: ...


class MemoryAudit:
    """Implements stages.AuditLog."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str, Mapping[str, Any]]] = []

    def append(self, kind: str, subject: str, principal: str, data: Mapping[str, Any]) -> str:
        self.rows.append((kind, subject, principal, data))
        return str(len(self.rows))


def document(
    document_id: str, uri: str, text: str, title: str = "", warnings: tuple[str, ...] = ()
) -> Document:
    """A document of one page of size 0."""
    page = Page(1, 0.0, 0.0, 0, len(text))
    return Document(
        document_id, uri, title or uri, "en", "text/plain", text, (page,), (), "fake", warnings=warnings
    )


def passage(
    document_id: str,
    uri: str,
    text: str,
    start: int = 0,
    groups: tuple[str, ...] = ("all",),
    title: str = "",
    version_date: str = "",
) -> Passage:
    """A passage of page 1 whose id is made of its document and its range."""
    identity = sha256(f"{document_id}:{start}:{start + len(text)}".encode()).hexdigest()[:32]
    return Passage(
        identity,
        document_id,
        uri,
        title or uri,
        1,
        start,
        start + len(text),
        text,
        (),
        "text",
        "en",
        version_date,
        groups,
    )


def entry(identity: str, uri: str = "a.txt", state: State = State.RECEIVED, **more: Any) -> Entry:
    """A ledger row."""
    values = {"sha256": f"sha-{identity}", "pipeline": "p1", "groups": ("all",)} | more
    return Entry(identity, uri, state=state, **values)


def ingestion(
    ledger: Ledger,
    folders: Sequence[MemoryFolder],
    documents: FakeDocuments,
    passages: MemoryPassages,
    extractor: FakeExtractor,
    wire: Tripwire | None = None,
    tenant: str = "default",
) -> Ingestion:
    """The journey's parts over fakes, each behind the tripwire."""
    wrap = wire.wrap if wire else lambda target: target
    return Ingestion(
        connectors=folders,
        ledger=wrap(ledger),
        documents=wrap(documents),
        extractor=wrap(extractor),
        chunker=LineChunker(),
        embedders={"static": HashEmbedder()},
        passages=wrap(passages),
        slots=2,
        max_bytes=1000,
        tenant=tenant,
    )
