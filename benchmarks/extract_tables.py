"""Whether the figures of tables survive reading: as text at all, and as cells of their own.

Of --data DIR/extract/pages every page whose truth has a table is read. A figure is a cell of the truth that reads as an
amount (digits, separators, a sign, brackets, a unit or %). It is recalled if it stands in the page's text as often as in the
truth, and in a cell if as many cells hold it and nothing else. Shares are over figures; intervals over pages.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from bs4 import BeautifulSoup

from benchmarks.common import Metric, emit, half, parser, say
from benchmarks.markdown_scores import tables_to_html
from metier.errors import UserError
from metier.evaluate.estimates import bootstrap
from metier.extract.sandbox import SandboxExtractor
from metier.settings import Extract
from metier.types import Document, Failure

SEED = 20261123
_FIGURE = re.compile(r"[-+−–(]?\s?[$€£¥]?\s?\d[\d.,'’\s]*\)?\s?(%|‰|[kKmM]|°C)?")


def figure_of(text: str) -> str:
    """The figure a cell states, without spaces and with one sort of minus; "" if the cell is not a figure."""
    text = " ".join(text.split())
    if not _FIGURE.fullmatch(text):
        return ""
    return re.sub(r"\s", "", text).replace("−", "-").replace("–", "-").replace("’", "'")


def figures_in(cells: Iterable[str]) -> Counter[str]:
    """How often each figure is a cell."""
    return Counter(figure for cell in cells if (figure := figure_of(cell)))


def truth_cells(markdown: str) -> list[str]:
    """The cells of all tables of a Markdown text."""
    soup = BeautifulSoup(tables_to_html(markdown), "html.parser")
    return [cell.get_text(" ") for cell in soup.find_all(["td", "th"])]


def kept(wanted: Counter[str], document: Document) -> tuple[int, int]:
    """How many of the wanted figures stand in the text, and how many in cells of their own."""
    cells = figures_in(cell.text for block in document.blocks for cell in block.cells)
    text = re.sub(r"\s+", " ", document.text).replace("−", "-").replace("–", "-").replace("’", "'")
    squeezed = re.sub(r"(?<=\d)\s(?=[\d.,%)])", "", text)
    recalled = 0
    for figure, count in wanted.items():
        found = max(len(_standing(figure, text)), len(_standing(figure, squeezed)), cells[figure])
        recalled += min(count, found)
    return recalled, sum(min(count, cells[figure]) for figure, count in wanted.items())


def _standing(figure: str, text: str) -> list[str]:
    return re.findall(rf"(?<![\d.,]){re.escape(figure)}(?![\d]|[.,]\d)", text)


def share(rows: np.ndarray) -> float:
    """Kept figures over wanted ones, of rows (kept, wanted)."""
    return float(rows[:, 0].sum() / rows[:, 1].sum()) if rows[:, 1].sum() else float("nan")


def main() -> None:
    """Prints the JSON of the contract."""
    chosen = parser("extract_tables", __doc__ or "", needs_data=True).parse_args()
    pages = chosen.data / "extract" / "pages"
    wanted = {
        path.stem: figures
        for path in sorted((pages / "gt").glob("*.md"))
        if (figures := figures_in(truth_cells(path.read_text(encoding="utf-8"))))
    }
    if not wanted:
        raise UserError(f"no tables under {pages}; --data names the folder of test data")
    metrics: dict[str, Metric] = {}
    for configuration, settings in (("", Extract()), ("_cheap", Extract(structure="off"))):
        rows = measure(pages, wanted, settings)
        for suffix, group in (
            ("", [document for document in wanted if half(document) == "checking"]),
            ("_all", list(wanted)),
            ("_tuning", [document for document in wanted if half(document) == "tuning"]),
        ):
            for name, column in (("numbers_recalled", 0), ("numbers_in_cells", 1)):
                table = np.array([(rows[document][column], wanted[document].total()) for document in group])
                rng = np.random.default_rng(SEED)
                estimate = bootstrap(table.astype(float), rng=rng, statistic=share)
                metric = Metric(estimate.value, estimate.low, estimate.high, int(table[:, 1].sum()))
                metrics[f"{name}{configuration}{suffix}"] = metric
                say(f"{name}{configuration}{suffix}: {estimate.value:.4f} of {int(table[:, 1].sum())}")
    emit("extract_tables", metrics, record=chosen.record)


def measure(pages: Path, wanted: dict[str, Counter[str]], settings: Extract) -> dict[str, Sequence[int]]:
    """Per document: figures recalled, figures in cells. What cannot be read keeps none."""
    rows: dict[str, Sequence[int]] = {}
    with SandboxExtractor(settings) as extractor:
        for document, figures in wanted.items():
            path = pages / "pdf" / f"{document}.pdf"
            read = extractor.extract(document, path.name, path)
            rows[document] = (0, 0) if isinstance(read, Failure) else kept(figures, read)
    return rows


if __name__ == "__main__":
    main()
