"""Real PDFs whose bookmarks say what their headings are: truth that costs nothing.

Recipe (documents stay outside the repository; nothing of them is copied into it):
    apt-get update
    apt-get download texlive-{latex-base,latex-recommended,latex-extra,pictures,publishers,science,humanities,metapost}-doc
    apt-get download gnucash-docs valgrind systemtap-doc docbook-xsl-doc-pdf erlang-doc groff linuxcnc-doc-en \
        installation-guide-amd64 debian-faq maint-guide live-manual-pdf debian-policy c++-annotations-pdf lilypond-doc-pdf ...
    for d in *.deb; do p=${d%%_*}; mkdir -p DIR/$p; dpkg-deb --fsys-tarfile $d | tar -x -C DIR/$p --wildcards '*.pdf'; done
(`*.pdf.gz` likewise, then gunzip.) `--data DIR` is that folder: one subfolder per package.

The bookmarks and the tag tree are taken out of the file before it is read, so that no reader can peek.
"""

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

import pikepdf
import pypdfium2

from benchmarks.common import say
from metier.extract import pdf_liteparse
from metier.extract.raw import RawDocument
from metier.extract.structure.outline import Entry, read_outline

# Producers that the models are fitted on; every other one is unseen.
TRAINED = ("pdftex", "luatex", "tex")
LEAST_ENTRIES, LEAST_PAGES = 8, 5
FIRST_PAGES = 30  # of each document: enough of its styles, and long manuals do not outweigh the rest
_PER_FOLDER = 4  # documents of one package folder: translations and series are near copies


@dataclass(frozen=True, slots=True)
class Manual:
    """One PDF with bookmarks. `id` is its path inside the data folder; `family` its producer without version."""

    id: str
    path: Path
    family: str
    package: str

    @property
    def seen(self) -> bool:
        """True if its producer is one that the models are fitted on."""
        return self.family in TRAINED


@dataclass(slots=True)
class Read:
    """A manual as read without its bookmarks, and the bookmarks."""

    manual: Manual
    raw: RawDocument
    outline: list[Entry]


def family(producer: str, creator: str) -> str:
    """The producer's name without version: "pdftex", "apache fop", "ghostscript"; "tex" for TeX documents that hide theirs."""
    name = producer.casefold()
    for known in ("pdftex", "pdfetex", "luatex", "lualatex", "luahbtex", "xdvipdfmx", "xetex", "dvipdfm", "ghostscript", "distiller", "gropdf",
                  "reportlab", "apache fop", "skia", "libreoffice", "weasyprint", "word", "quartz", "cairo", "pdflatex"):  # fmt: skip
        if known in name:
            name = {
                "luahbtex": "luatex",
                "lualatex": "luatex",
                "pdfetex": "pdftex",
                "xetex": "xdvipdfmx",
                "pdflatex": "pdftex",
            }.get(known, known)
            break
    else:
        name = re.sub(r"[^a-z ].*", "", name).strip() or "unknown"
        if "tex" in name or "tex" in creator.casefold():
            name = "tex"  # authors put their own names there
    return "dblatex" if "dblatex" in creator.casefold() else name


def manuals(folder: Path) -> list[Manual]:
    """Every PDF below the folder with enough bookmarks, a few per folder, in the order of their hashes."""
    found: dict[str, list[Manual]] = defaultdict(list)
    for path in sorted(folder.rglob("*.pdf")):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            pdf = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError:
            continue
        try:
            data = pdf.get_metadata_dict()
            if len(pdf) < LEAST_PAGES:
                continue
            entries = [entry for entry in read_outline(pdf) if 0 < entry.page <= FIRST_PAGES]
            if len(entries) < LEAST_ENTRIES:
                continue
        except (pypdfium2.PdfiumError, UnicodeDecodeError):
            continue
        finally:
            pdf.close()
        id = path.relative_to(folder).as_posix()
        manual = Manual(id, path, family(data.get("Producer", ""), data.get("Creator", "")), id.split("/")[0])
        found[str(path.parent)].append(manual)
    kept = [m for group in found.values() for m in sorted(group, key=_order)[:_PER_FOLDER]]
    return sorted(kept, key=_order)


def _order(manual: Manual) -> str:
    return sha256(manual.id.encode()).hexdigest()


def choose(found: Sequence[Manual], most_per_family: int) -> list[Manual]:
    """At most so many of each producer, and of one package no more than a third of that."""
    count: dict[str, int] = defaultdict(int)
    chosen = []
    for manual in found:
        package = f"{manual.family}/{manual.package}"
        if count[manual.family] >= most_per_family:
            continue
        if not manual.package.startswith("texlive") and count[package] >= max(2, most_per_family // 3):
            continue
        count[manual.family] += 1
        count[package] += 1
        chosen.append(manual)
    return chosen


def without_outline(content: bytes, pages: int = FIRST_PAGES) -> bytes:
    """The PDF's first pages without bookmarks and tags. Raises pikepdf.PdfError."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for key in ("/Outlines", "/StructTreeRoot", "/MarkInfo"):
            if key in pdf.Root:
                del pdf.Root[key]
        del pdf.pages[pages:]
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()


def read_manual(manual: Manual) -> Read | None:
    """The manual as liteparse reads it; None if it cannot be read or is not what it seemed."""
    try:
        pdf = pypdfium2.PdfDocument(manual.path)
        outline = [entry for entry in read_outline(pdf) if 0 < entry.page <= FIRST_PAGES]
        pdf.close()
        content = without_outline(manual.path.read_bytes())
        with NamedTemporaryFile(suffix=".pdf") as file:
            file.write(content)
            file.flush()
            raw = pdf_liteparse.read(Path(file.name))
    except (pypdfium2.PdfiumError, pikepdf.PdfError, pdf_liteparse.ParseError, UnicodeDecodeError, OSError):
        return None
    return Read(manual, raw, outline)


def read_all(chosen: Sequence[Manual], workers: int = 2) -> Iterator[Read]:
    """The manuals read in child processes; what ends a child is left out and named."""
    left = list(chosen)
    while left:
        with ProcessPoolExecutor(workers) as pool:
            jobs = [(manual, pool.submit(read_manual, manual)) for manual in left]
            done = 0
            try:
                for manual, job in jobs:
                    result = job.result()
                    done += 1
                    if result is not None:
                        yield result
                    else:
                        say("not read:", manual.id)
            except BrokenProcessPool:
                say("ends its reader:", left[done].id, "(or a neighbour)")
                left = left[done + 1 :]
                continue
        return


def ids(reads: Iterable[Read]) -> list[str]:
    """For the record of what was used."""
    return [read.manual.id for read in reads]
