"""What brings documents in: the sandbox that reads them, and where they come from."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

from metier.chunk.structure import StructureChunker
from metier.connect.containers import Containers
from metier.connect.folder import Folder
from metier.errors import UserError
from metier.extract.sandbox import SandboxExtractor
from metier.flow.deepen import Deepening
from metier.flow.describe import Describing
from metier.flow.ingestion import Ingestion
from metier.models.open import open_vision
from metier.settings import Model
from metier.store.ledger import utc_now
from metier.store.sentences import BegunVectors
from metier.system.deep import Deep
from metier.system.opened import Opened
from metier.types import Access, Document, Entry, Failure, Figure, Source

# What vision models read: the longest side in pixels, and pixels per point, beyond which small pictures are only larger.
_PICTURE_PIXELS, _MOST_SCALE = 1200.0, 4.0


class Intake:
    """The parts of ingest and deepening; its child processes start when something is to be read."""

    def __init__(self, opened: Opened) -> None:
        self._open = opened
        self._settings = opened.settings
        self._extractor: SandboxExtractor | None = None
        self._lock = threading.Lock()

    def sandbox(self) -> SandboxExtractor:
        """Where untrusted bytes are read and pages are drawn."""
        with self._lock:
            if self._extractor is None:
                spool = self._open.workspace.reading
                self._extractor = SandboxExtractor(self._settings.extract, self._slots, spool=spool)
            return self._extractor

    def ingestion(self, connectors: Sequence[Containers]) -> Ingestion:
        """The parts of one run over these sources; the children start meanwhile."""
        extractor = self.sandbox()
        threading.Thread(target=extractor.warm, name="metier-warm", daemon=True).start()
        opened = self._open
        return Ingestion(
            connectors=connectors,
            ledger=opened.ledger,
            documents=opened.documents,
            extractor=extractor,
            chunker=StructureChunker(),
            embedders={"static": opened.embedder},
            passages=opened.passages,
            slots=self._slots,
            max_bytes=self._settings.extract.max_mb << 20,
        )

    def deepening(self, deep: Deep) -> Deepening:
        """The parts of making sentence vectors."""
        opened = self._open
        return Deepening(
            ledger=opened.ledger,
            sentences=deep.table,
            begun=BegunVectors(opened.workspace.begun_sentences, deep.embedder),
            embedder=deep.embedder,
            passages_of=opened.passages_of,
            seconds=self._settings.retrieve.deepen_s,
        )

    def describing(self, model: Model) -> Describing:
        """The parts of having figures described by that model."""
        opened, sandbox = self._open, self.sandbox()

        def look(entry: Entry, document: Document) -> list[Figure] | Failure:
            return sandbox.figures(document, entry.media_type, opened.documents.blob(entry.sha256))

        def draw(entry: Entry, figure: Figure) -> bytes | Failure:
            blob, box = opened.documents.blob(entry.sha256), figure.box
            scale = min(_MOST_SCALE, _PICTURE_PIXELS / max(1.0, box.x1 - box.x0, box.y1 - box.y0))
            return sandbox.render(blob, entry.media_type, box.page, scale, box=box)

        return Describing(
            ledger=opened.ledger,
            documents=opened.documents,
            kept=opened.figures,
            look=look,
            draw=draw,
            describer=open_vision(model),
            seconds=self._settings.extract.describe_s,
            now=utc_now,
        )

    def close(self) -> None:
        """Ends the child processes."""
        if self._extractor is not None:
            self._extractor.close()

    def _roots(self) -> list[Path]:
        return [(self._open.workspace.root / source.folder).resolve() for source in self._settings.sources]

    def _is_inside(self, path: Path) -> bool:
        return any(path.resolve().is_relative_to(root) for root in self._roots())

    @property
    def _slots(self) -> int:
        return self._settings.extract.workers or available_cores()

    def is_open(self, path: Path, access: Access) -> bool:
        """True if something that lies there is open to the asker, and outside of the sources, where nothing is told anyway."""
        if not self._is_inside(path):
            return True
        found = (item for folder in self.folders([path]) for item in folder.find())
        return any(access.allows(item.groups) for item in found if isinstance(item, Source))

    def connectors(self, paths: Sequence[Path]) -> list[Containers]:
        """All sources, or what of them lies at these paths. Raises UserError if there is none, or a path is in none."""
        if not self._settings.sources:
            raise UserError(
                f"{self._open.workspace.settings}: sources is empty; add e.g.\nsources:\n  - folder: /path/to/documents"
            )
        for path in paths:
            if not self._is_inside(path):
                raise UserError(
                    f"{path} is not inside a source of {self._open.workspace.settings}; add to `sources` there:\n"
                    f"  - folder: {path.resolve().parent if path.is_file() else path.resolve()}"
                )
            if not path.exists():
                raise UserError(f"{path} does not exist")
        documents = self._open.documents
        return [
            Containers(
                folder,
                lambda uri, path: self.sandbox().unpack(uri, path),
                documents.put_blob,
                documents.blob,
                self._open.workspace.members,
            )
            for folder in self.folders(paths)
        ]

    def folders(self, paths: Sequence[Path] = ()) -> list[Folder]:
        """The folders of the sources as they lie there, narrowed to these paths; what archives hold is not looked at."""
        roots = self._roots()
        return [
            Folder(root, source.include, source.exclude, self._open.groups_of, prefix, paths)
            for root, source, prefix in zip(roots, self._settings.sources, _prefixes(roots), strict=True)
        ]


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prefixes(roots: Sequence[Path]) -> list[str]:
    """The first source's uris are plain paths; those of further ones begin with their folder's name, counted if the
    same name comes again."""
    prefixes = [""]
    for root in roots[1:]:
        name, number = root.name, 1
        while (prefix := f"{name}-{number}/" if number > 1 else f"{name}/") in prefixes:
            number += 1
        prefixes.append(prefix)
    return prefixes
