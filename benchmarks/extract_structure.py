"""How well structure is found: python -m benchmarks.extract_structure --data DIR

DIR is the folder of manuals of `benchmarks.structure_data`. Headings are compared with the manuals' bookmarks, which are taken
out of the files before they are read; `heading_f1` is the checking half (`_all` both) over producers that nothing was fitted on (Apache FOP, Ghostscript,
DBLaTeX, groff, XeTeX, ...), mean over documents, interval by drawing documents; the peer is liteparse's own headings in the
same run; `heading_f1_judged` leaves out inventions that the bookmarks say nothing about (`structure_truth.unjudged`).
`joined_table_f1` is over papers of our own printed by WeasyPrint, LibreOffice and pdfTeX (those of them that are
installed; the models saw ReportLab alone). `words_lost`: words of pdfium's text layer that are neither in the extracted
document nor listed as dropped with a reason (`words_dropped_*`), over 1,000 pages of the manuals of the checking half. `correction_error_cut`: what twenty corrections of a recurring
layout are worth on documents of that layout that nobody corrected.
"""

import itertools
import random
import shutil
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pypdfium2

from benchmarks.common import Metric, emit, half, parser, say
from benchmarks.fit_structure import LEAST_TRUE, read_bytes
from benchmarks.layouts import print_with, single, write_house, write_paper
from benchmarks.structure_corrections import teach
from benchmarks.structure_data import Manual, Read, choose, manuals, read_all
from benchmarks.structure_truth import Heading, compare, true_headings, unjudged
from benchmarks.table_truth import Joins, judge, keys, true_breaks
from metier.extract.raw import RawDocument, clean
from metier.extract.sandbox import SandboxExtractor
from metier.extract.structure.apply import structure
from metier.settings import Extract
from metier.types import Document

UNSEEN_PER_PRODUCER, SEEN = 24, 60
PAPERS = 14
PAGES = 1000
HOUSES = 20
_DIVIDED = "\ufffe"  # pdfium's mark for a hyphen at the end of a line
PROGRAMS = {"weasyprint": "weasyprint", "libreoffice": "soffice", "pdftex": "pdflatex"}


@dataclass(slots=True)
class Scored:
    """One manual: F1 of ours and of the engine's headings, and the counts behind."""

    manual: Manual
    f1: float
    judged: float  # without the inventions that the bookmarks say nothing about
    baseline: float
    level: float  # share of the headings found whose level is the bookmark's
    right: int
    wrong: int
    missed: int
    causes: Counter[str] = field(default_factory=Counter)


def score(read: Read) -> Scored | None:
    """The manual's headings against its bookmarks; None if fewer than five of them are printed."""
    true = true_headings(read.raw, read.outline)
    if len(true) < LEAST_TRUE:
        return None
    before = headings(read.raw)
    structure(read.raw)
    pairs, wrong, missed = compare(headings(read.raw), true)
    base_pairs, base_wrong, base_missed = compare(before, true)
    top = min(heading.level for heading in true)
    causes = Counter("not judged by bookmarks" if unjudged(heading, true) else "wrong" for heading in wrong)
    level = sum(found.level == known.level - top + 1 for found, known in pairs) / max(1, len(pairs))
    return Scored(
        read.manual,
        f1(len(pairs), len(wrong), len(missed)),
        f1(len(pairs), sum(not unjudged(heading, true) for heading in wrong), len(missed)),
        f1(len(base_pairs), len(base_wrong), len(base_missed)),
        level,
        len(pairs),
        len(wrong),
        len(missed),
        causes,
    )


def headings(raw: RawDocument) -> list[Heading]:
    """What the document's blocks call headings."""
    return [Heading(block.page, block.text, block.level) for block in raw.blocks if block.kind == "heading"]


def f1(right: int, wrong: int, missed: int) -> float:
    """0 to 1; 0 where nothing was found."""
    return 2 * right / max(1, 2 * right + wrong + missed)


def mean(values: Sequence[float], seed: int = 7) -> Metric:
    """Mean with a 95% interval by drawing with replacement."""
    if not values:
        return Metric(float("nan"), n=0)
    rng = np.random.default_rng(seed)
    drawn = np.array(values)[rng.integers(0, len(values), (2000, len(values)))].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Metric(float(np.mean(values)), low=float(low), high=float(high), n=len(values))


def heading_metrics(reads: Iterable[Read]) -> dict[str, Metric]:
    """F1 on unseen producers, on the checking half of the seen ones, by producer; levels; the engine's as peer."""
    scored = [item for read in reads if (item := score(read)) is not None]
    metrics: dict[str, Metric] = {}
    unseen = [item for item in scored if not item.manual.seen]
    groups = {
        "heading_f1": [item for item in unseen if half(item.manual.id) == "checking"],
        "heading_f1_tuning": [item for item in unseen if half(item.manual.id) == "tuning"],
        "heading_f1_all": unseen,
        "heading_f1_seen_producers": [item for item in scored if item.manual.seen],
    }
    for name in sorted({item.manual.family for item in unseen}):
        groups[f"heading_f1_{name.replace(' ', '_')}"] = [
            item for item in unseen if item.manual.family == name
        ]
    for name, group in groups.items():
        if group:
            metric = mean([item.f1 for item in group])
            peer = float(np.mean([item.baseline for item in group]))
            metrics[name] = Metric(
                metric.value, low=metric.low, high=metric.high, n=metric.n, peer=peer, peer_name="liteparse"
            )
    metrics["heading_f1_judged"] = mean([item.judged for item in groups["heading_f1"]])
    metrics["heading_f1_judged_all"] = mean([item.judged for item in unseen])
    for name, group in (
        ("heading_f1_pooled", unseen),
        ("heading_f1_pooled_seen", groups["heading_f1_seen_producers"]),
    ):
        counts = [sum(getattr(item, key) for item in group) for key in ("right", "wrong", "missed")]
        metrics[name] = Metric(f1(*counts), n=counts[0] + counts[2])
    metrics["level_right"] = mean([item.level for item in unseen if item.right])
    say("invented, by place:", dict(sum((item.causes for item in unseen), Counter())))
    for item in sorted(unseen, key=lambda item: item.f1)[:10]:
        say(
            f"{item.f1:.2f} (liteparse {item.baseline:.2f}) right {item.right} wrong {item.wrong} missed {item.missed}",
            item.manual.id,
        )
    return metrics


def table_metrics(papers: int) -> dict[str, Metric]:
    """F1 of the page breaks joined, over all unseen producers that are installed and one by one."""
    metrics: dict[str, Metric] = {}
    total = Joins()
    scores: list[float] = []
    for producer, program in PROGRAMS.items():
        if shutil.which(program) is None:
            say(f"{producer} is not installed: no papers by it")
            continue
        own = Joins()
        for number in range(papers):
            joins = join_paper(producer, number)
            if joins is None:
                continue
            for name in ("right", "wrong", "missed", "unseen"):
                setattr(own, name, getattr(own, name) + getattr(joins, name))
            if joins.right + joins.wrong + joins.missed:
                scores.append(joins.f1)
        say(producer, own)
        metrics[f"joined_table_f1_{producer}"] = Metric(own.f1, n=own.right + own.missed)
        for name in ("right", "wrong", "missed", "unseen"):
            setattr(total, name, getattr(total, name) + getattr(own, name))
    spread = mean(scores)
    metrics["joined_table_f1"] = Metric(
        total.f1, low=spread.low, high=spread.high, n=total.right + total.missed
    )
    return metrics


def join_paper(producer: str, number: int) -> Joins | None:
    """One of our papers by that producer; None if it could not be printed."""
    rng = random.Random(5000 + number)
    house = single(write_house(f"House{number}", rng))
    paper = write_paper(f"{producer}-{number}", rng, house)
    try:
        raw = read_bytes(print_with(producer, paper, house))
    except (OSError, subprocess.SubprocessError) as error:
        say(producer, number, error)
        return None
    structure(raw)
    return judge_joins(raw, keys(paper), true_breaks(raw, paper))


def judge_joins(raw: RawDocument, known: dict[str, str], breaks: set[tuple[str, int]]) -> Joins:
    """The links between the tables of a structured document against the truth."""
    tables = [number for number, block in enumerate(raw.blocks) if block.kind == "table"]
    joined = [(above, below) for above, below in itertools.pairwise(tables) if raw.blocks[below].continues]
    return judge(raw.blocks, joined, breaks, known)


def correction_metrics(houses: int) -> dict[str, Metric]:
    """Share of a layout's errors that twenty corrections take away on its other documents; interval by drawing layouts."""
    taught = [item for item in map(teach, range(houses)) if item.before > 0]
    for item in taught:
        say(item)
    before, after = (sum(getattr(item, name) for item in taught) for name in ("before", "after"))
    if not before:
        return {}
    cut = mean([1 - item.after / item.before for item in taught])
    return {"correction_error_cut": Metric(1 - after / before, low=cut.low, high=cut.high, n=len(taught))}


def words_lost(chosen: Sequence[Manual], most_pages: int) -> dict[str, Metric]:
    """Words of pdfium's text layer that the Document has neither in its text nor among its dropped words."""
    lost: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    pages = words = documents = 0
    with SandboxExtractor(Extract(timeout_s=120, ocr="off"), workers=1) as pool:
        for manual in chosen:
            if pages >= most_pages:
                break
            document = pool.extract(manual.id, manual.id, manual.path)
            if not isinstance(document, Document):
                say("not read:", manual.id, document)
                continue
            missing, checked, seen = missing_words(manual.path, document, most_pages - pages)
            dropped.update(word.reason for word in document.dropped if word.page <= checked)
            lost.update(missing)
            pages, words, documents = pages + checked, words + seen, documents + 1
            if missing:
                say(manual.id, missing[:8])
    return {
        "words_lost": Metric(sum(lost.values()), n=words),
        "words_lost_pages": Metric(pages),
        "words_lost_documents": Metric(documents),
    } | {f"words_dropped_{reason}": Metric(count, n=words) for reason, count in sorted(dropped.items())}


def missing_words(path: Path, document: Document, most_pages: int) -> tuple[list[str], int, int]:
    """Text-layer words of the first pages that are not in the pages' text; pages; words.

    A word is found if its letters and figures stand in the page's text without spaces, hyphens and marks: readers divide
    words differently. What spans pages is looked for in the neighbours as well. Words that the document lists as dropped
    are not missing.
    """
    pdf = pypdfium2.PdfDocument(path)
    texts = {page.number: letters(document.text[page.start : page.end]) for page in document.pages}
    dropped = {(word.page, letters(word.text)) for word in document.dropped}
    missing: list[str] = []
    pages = words = 0
    for number in range(1, min(len(pdf), most_pages) + 1):
        pages += 1
        around = "".join(texts.get(number + step, "") for step in (-1, 0, 1))
        for word in pdf[number - 1].get_textpage().get_text_range().split():
            plain = letters(clean(word))
            words += bool(plain)
            parts = [letters(clean(part)) for part in word.split(_DIVIDED)]
            if not all(part in around for part in parts) and (number, plain) not in dropped:
                missing.append(f"{number}:{clean(word)}")
    pdf.close()
    return missing, pages, words


def letters(text: str) -> str:
    """Letters and figures only, without case, in their plain form."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def main() -> None:
    """Prints the figures."""
    options = parser("extract_structure", __doc__ or "", needs_data=True)
    options.add_argument(
        "--manuals", type=int, default=UNSEEN_PER_PRODUCER, help="documents of each unseen producer"
    )
    options.add_argument(
        "--papers", type=int, default=PAPERS, help="papers of our own by each unseen producer"
    )
    options.add_argument("--houses", type=int, default=HOUSES, help="recurring layouts that are corrected")
    options.add_argument("--pages", type=int, default=PAGES, help="pages whose words are counted")
    given = options.parse_args()
    found = manuals(given.data)
    unseen = choose([manual for manual in found if not manual.seen], given.manuals)
    seen = [manual for manual in found if manual.seen and half(manual.id) == "checking"]
    metrics = heading_metrics(read_all([*unseen, *choose(seen, SEEN)]))
    metrics |= table_metrics(given.papers)
    metrics |= correction_metrics(given.houses)
    metrics |= words_lost([manual for manual in seen if manual.package.startswith("texlive")], given.pages)
    sizes = {"manuals": given.manuals, "papers": given.papers, "pages": given.pages}
    emit("extract_structure", metrics, record=given.record, options=sizes)


if __name__ == "__main__":
    main()
