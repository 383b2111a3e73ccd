"""Papers in many layouts whose structure is known because we wrote it: headings, tables that run over pages, captions, lists.

`write_paper` draws a paper's content, `write_house` a house style; `to_reportlab` prints them (the models are fitted on
these), `to_html` and `to_latex` give them to other producers (WeasyPrint, LibreOffice, pdfTeX), which the table models
have never seen. Every table row starts with a key that stands nowhere else, so that the truth is read off the print.
"""

import io
import random
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Spacer, Table, TableStyle

Kind = Literal["heading", "paragraph", "list_item", "caption", "footnote", "table"]
Look = Literal["bigger", "bold", "caps", "coloured", "italic", "small"]

_WORDS = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "for",
    "with",
    "on",
    "by",
    "at",
    "from",
    "as",
    "is",
    "are",
    "was",
    "be",
    "this",
    "that",
    "which",
    "between",
    "under",
    "over",
    "after",
    "before",
    "each",
    "every",
    "contract",
    "supplier",
    "delivery",
    "invoice",
    "warranty",
    "pump",
    "valve",
    "pressure",
    "report",
    "audit",
    "employee",
    "leave",
    "budget",
    "quarter",
    "revenue",
    "cost",
    "risk",
    "policy",
    "approval",
    "machine",
    "line",
    "shift",
    "maintenance",
    "inspection",
    "quality",
    "sample",
    "batch",
    "order",
    "stock",
    "price",
    "margin",
    "region",
    "customer",
    "service",
    "request",
    "ticket",
    "network",
    "server",
    "access",
    "review",
    "board",
    "committee",
    "member",
    "plan",
    "target",
    "result",
    "measure",
]
_SUBJECTS = [
    "Scope",
    "Purpose",
    "Definitions",
    "Responsibilities",
    "Procedure",
    "Records",
    "Introduction",
    "Background",
    "Results",
    "Delivery",
    "Maintenance",
    "Safety",
    "Inspection",
    "Payment",
    "Liability",
    "Termination",
    "Training",
    "Reporting",
    "Measures",
    "Planning",
    "Resources",
    "Monitoring",
    "Audit",
    "Corrective",
    "Review",
]
_OBJECTS = [
    "actions",
    "limits",
    "terms",
    "of",
    "suppliers",
    "in",
    "operation",
    "for",
    "staff",
    "and",
    "machines",
    "at",
    "the",
    "site",
    "per",
    "region",
    "of",
    "the",
    "plant",
]
_COLUMNS = ["Item", "Description", "Quantity", "Unit", "Price", "Total", "Status", "Owner", "Due", "Region", "Q1", "Q2", "Q3", "Q4", "2023", "2024", "2025", "Share", "Limit", "Measured", "Minimum", "Maximum", "Date", "Comment", "Supplier", "Site"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """One element of a paper. Tables have `rows` (the first is the header if `header`)."""

    kind: Kind
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()
    header: bool = True


@dataclass(frozen=True, slots=True)
class House:
    """How a company's documents look; documents of one house share it."""

    name: str
    face: tuple[str, str, str] = ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique")
    size: float = 10.0
    looks: tuple[Look, Look, Look] = ("bigger", "bigger", "bold")
    numbered: bool = True
    columns: int = 1
    page: tuple[float, float] = A4
    ruled: Literal["grid", "lines", "none"] = "grid"
    repeat: bool = True
    caption_above: bool = True
    running: bool = True
    centred: bool = False
    colour: str = "#1f3a5f"
    justified: bool = False
    bold_labels: bool = False  # paragraphs that are wholly bold, but no headings
    heavy: bool = True  # headings that are set bigger, in colour or in capitals are bold as well
    scale: float = 1.0  # how much bigger than usual


@dataclass(frozen=True, slots=True)
class Paper:
    """What a document says, without how it looks."""

    id: str
    title: str
    pieces: tuple[Piece, ...] = field(default_factory=tuple)


def write_house(name: str, rng: random.Random) -> House:
    """A house style drawn at random."""
    faces = (
        ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique"),
        ("Times-Roman", "Times-Bold", "Times-Italic"),
        ("Times-Roman", "Helvetica-Bold", "Times-Italic"),
    )
    big: tuple[Look, ...] = ("bigger", "bigger", "bold", "caps", "coloured")
    small: tuple[Look, ...] = ("bold", "bigger", "italic", "coloured", "small")
    return House(
        name,
        rng.choice(faces),
        rng.choice((8.5, 9.0, 10.0, 10.0, 11.0, 12.0)),
        (rng.choice(big), rng.choice(big), rng.choice(small)),
        rng.random() < 0.6,
        2 if rng.random() < 0.25 else 1,
        rng.choice((A4, LETTER)),
        rng.choice(("grid", "grid", "lines", "lines", "none")),
        rng.random() < 0.55,
        rng.random() < 0.7,
        rng.random() < 0.7,
        rng.random() < 0.15,
        rng.choice(("#1f3a5f", "#5f1f2f", "#1f5f45", "#b03020")),
        rng.random() < 0.4,
        rng.random() < 0.4,
        rng.random() < 0.65,
        rng.choice((1.0, 1.0, 1.1, 1.25)),
    )


def write_paper(
    id: str, rng: random.Random, house: House, sections: int = 6, tables: int = 4, twins: float = 0.25
) -> Paper:
    """A paper with chapters, sections, lists, notes and tables, some of them longer than a page.

    `twins` is how often a table is followed at once by another one with the same columns, which must not be joined to it.
    """
    pieces: list[Piece] = []
    numbers = [0, 0, 0]
    wanted = sorted(rng.sample(range(sections * 3), min(tables, sections * 3)))
    table = 0
    for part in range(sections * 3):
        level = 1 if part % 3 == 0 else rng.choice((2, 2, 3) if numbers[1] else (2,))
        if level == 1 or rng.random() < 0.75:
            numbers[level - 1] += 1
            numbers[level:] = [0] * (3 - level)
            title = _title(rng)
            number = ".".join(str(n) for n in numbers[:level])
            pieces.append(Piece("heading", f"{number} {title}" if house.numbered else title, level))
        for _ in range(rng.randint(1, 3)):
            if house.bold_labels and rng.random() < 0.2:
                pieces.append(Piece("paragraph", f"<b>{_sentence(rng, 4, 9)}</b>"))
            pieces.append(Piece("paragraph", " ".join(_sentence(rng) for _ in range(rng.randint(1, 6)))))
        if rng.random() < 0.35:
            mark = rng.choice(("•", "–", "1.", "a)"))
            pieces += [
                Piece("list_item", f"{_count(mark, n)} {_sentence(rng, 3, 14)}")
                for n in range(rng.randint(2, 5))
            ]
        if part in wanted:
            table += 1
            pieces += _tables(rng, house, id, table, twins)
        if rng.random() < 0.12:
            pieces.append(Piece("footnote", f"{rng.randint(1, 9)} {_sentence(rng, 6, 16)}"))
    return Paper(id, f"{_title(rng)} {rng.randint(2020, 2026)}", tuple(pieces))


def _tables(rng: random.Random, house: House, id: str, number: int, twins: float) -> list[Piece]:
    columns = rng.randint(2, 3 if house.columns > 1 else 6)
    names = ("No.", *rng.sample(_COLUMNS, columns - 1))
    made: list[Piece] = []
    series = 2 if rng.random() < twins else 1  # two like tables on end: they must not be joined
    for part in range(series):
        kinds = [rng.choice(("word", "number", "number", "text")) for _ in names[1:]]
        rows = rng.choice((3, 5, 8, 14, 25, 40, 60)) if part == 0 else rng.randint(3, 20)
        prefix = f"{chr(65 + number % 26)}{chr(65 + part)}{rng.randint(1, 9)}"
        body = tuple(
            (f"{prefix}-{row:03d}", *(_cell(rng, kind) for kind in kinds)) for row in range(1, rows + 1)
        )
        caption = Piece(
            "caption", f"Table {number}{'ab'[part] if series > 1 else ''}: {_sentence(rng, 3, 8)}"
        )
        plain = rng.random() < 0.12
        grid = Piece("table", f"{id}/{number}{part}", 0, body if plain else (names, *body), not plain)
        made += [caption, grid] if house.caption_above else [grid, caption]
        if rng.random() < 0.15:
            made.remove(caption)
    return made


def _cell(rng: random.Random, kind: str) -> str:
    if kind == "number":
        return f"{rng.uniform(0, 9999):,.{rng.choice((0, 2))}f}"
    if kind == "word":
        return rng.choice(_WORDS[26:]).capitalize()
    return " ".join(rng.choice(_WORDS) for _ in range(rng.randint(2, 6))).capitalize()


def _count(mark: str, number: int) -> str:
    return {"1.": f"{number + 1}.", "a)": f"{chr(97 + number)})"}.get(mark, mark)


def _title(rng: random.Random) -> str:
    return " ".join([rng.choice(_SUBJECTS), *rng.sample(_OBJECTS, rng.choice((0, 1, 2, 2)))]).strip()


def _sentence(rng: random.Random, least: int = 8, most: int = 24) -> str:
    words = [rng.choice(_WORDS) for _ in range(rng.randint(least, most))]
    return " ".join(words).capitalize() + "."


def to_reportlab(paper: Paper, house: House) -> bytes:
    """The paper as PDF by ReportLab, its headings as bookmarks."""
    out = io.BytesIO()
    document = _Printed(out, paper, house)
    document.build(_flowables(paper, house))
    return out.getvalue()


class _Printed(BaseDocTemplate):  # type: ignore[misc]
    def __init__(self, out: io.BytesIO, paper: Paper, house: House) -> None:
        width, height = house.page
        super().__init__(out, pagesize=house.page, title=paper.title, invariant=1)
        margin, gutter = 60.0, 18.0
        each = (width - 2 * margin - (house.columns - 1) * gutter) / house.columns
        frames = [
            Frame(margin + n * (each + gutter), margin, each, height - 2 * margin, 0, 0, 0, 0)
            for n in range(house.columns)
        ]
        self.house, self.paper = house, paper
        self.addPageTemplates([PageTemplate("page", frames, onPage=self._furniture)])

    def _furniture(self, canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(self.house.face[0], 8)
        if self.house.running:
            canvas.drawString(60, self.house.page[1] - 38, f"{self.house.name} {self.paper.title}")
        canvas.drawCentredString(self.house.page[0] / 2, 30, f"Page {document.page}")
        canvas.restoreState()

    def afterFlowable(self, flowable: Any) -> None:
        level = getattr(flowable, "heading_level", 0)
        if level:
            key = f"h{id(flowable)}"
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry(flowable.getPlainText(), key, level - 1)


def _flowables(paper: Paper, house: House) -> list[Any]:
    regular, bold, italic = house.face
    body = ParagraphStyle(
        "body", fontName=regular, fontSize=house.size, leading=1.25 * house.size, spaceAfter=0.6 * house.size,
        alignment=TA_JUSTIFY if house.justified else TA_LEFT,
    )  # fmt: skip
    small = ParagraphStyle("small", body, fontSize=house.size - 1.5, leading=1.2 * house.size)
    item = ParagraphStyle("item", body, leftIndent=14, spaceAfter=2)
    cell = ParagraphStyle(
        "cell", body, fontSize=house.size - 1, leading=1.1 * house.size, spaceAfter=0, alignment=TA_LEFT
    )
    flow: list[Any] = []
    title = ParagraphStyle(
        "title", body, fontName=bold, fontSize=2 * house.size, leading=2.4 * house.size, spaceAfter=14
    )
    flow.append(Paragraph(escape(paper.title), title))
    for piece in paper.pieces:
        if piece.kind == "heading":
            paragraph = Paragraph(
                _shown(piece, house), _heading_style(piece.level, house, body, bold, italic)
            )
            paragraph.heading_level = piece.level
            flow.append(paragraph)
        elif piece.kind == "table":
            flow += [_reportlab_table(piece, house, cell, bold), Spacer(1, house.size)]
        else:
            style = {"list_item": item, "caption": small, "footnote": small}.get(piece.kind, body)
            text = piece.text if piece.text.startswith("<b>") else escape(piece.text)
            flow.append(Paragraph(text, style))
    return flow


def _shown(piece: Piece, house: House) -> str:
    look = house.looks[piece.level - 1]
    return escape(piece.text.upper() if look == "caps" else piece.text)


def _heading_style(level: int, house: House, body: ParagraphStyle, bold: str, italic: str) -> ParagraphStyle:
    look = house.looks[level - 1]
    bigger = (
        house.scale * {1: 1.5, 2: 1.25, 3: 1.12}[level]
        if look == "bigger"
        else 1.05
        if look == "coloured"
        else 1.0
    )
    size = house.size * (0.95 if look == "small" else bigger)
    light = not house.heavy and look in ("bigger", "coloured", "caps")
    face = italic if look == "italic" else house.face[0] if light else bold
    return ParagraphStyle(
        f"h{level}", body, fontName=face, fontSize=size, leading=1.2 * size,
        spaceBefore=(1.6 - 0.3 * level) * house.size, spaceAfter=(0.8 - 0.15 * level) * house.size, keepWithNext=1,
        textColor=colors.HexColor(house.colour) if look == "coloured" else colors.black,
        alignment=TA_CENTER if house.centred and level == 1 else TA_LEFT,
    )  # fmt: skip


def _reportlab_table(piece: Piece, house: House, cell: ParagraphStyle, bold: str) -> Any:
    head = ParagraphStyle("head", cell, fontName=bold)
    rows = [
        [Paragraph(escape(text), head if piece.header and number == 0 else cell) for text in row]
        for number, row in enumerate(piece.rows)
    ]
    style: list[Any] = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 2)]
    if house.ruled == "grid":
        style.append(("GRID", (0, 0), (-1, -1), 0.4, colors.grey))
    elif house.ruled == "lines":
        style += [
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
            ("LINEBELOW", (0, 1), (-1, -1), 0.2, colors.grey),
        ]
    table = Table(rows, repeatRows=1 if piece.header and house.repeat else 0, hAlign="LEFT")
    table.setStyle(TableStyle(style))
    return table


def to_html(paper: Paper, house: House) -> str:
    """The paper as HTML with print styles; headings become bookmarks where the producer makes them."""
    rule = {"grid": "1px solid #888", "lines": "0", "none": "0"}[house.ruled]
    under = "border-bottom:1px solid #888;" if house.ruled == "lines" else ""
    family = "serif" if house.face[0].startswith("Times") else "sans-serif"
    css = f"""@page {{ size: A4; margin: 22mm 20mm; @bottom-center {{ content: counter(page) }} }}
    body {{ font-family: {family}; font-size: {house.size}pt; line-height: 1.3 }}
    table {{ border-collapse: collapse; margin: 6pt 0 }} td, th {{ border: {rule}; {under} padding: 2pt 6pt; text-align: left }}
    thead {{ display: {"table-header-group" if house.repeat else "table-row-group"} }}
    h1,h2,h3 {{ font-size: {house.size}pt; margin: 12pt 0 5pt; break-after: avoid }}
    """
    for level, look in enumerate(house.looks, start=1):
        if not house.heavy and look in ("bigger", "coloured", "caps"):
            css += f"h{level} {{ font-weight: normal }}\n"
        rules = {
            "bigger": f"font-size: {house.scale * house.size * (1.6 - 0.15 * level):.1f}pt", "caps": "text-transform: uppercase",
            "coloured": f"color: {house.colour}", "italic": "font-weight: normal; font-style: italic",
            "small": f"font-size: {0.95 * house.size:.1f}pt", "bold": "",
        }[look]  # fmt: skip
        css += f"h{level} {{ {rules} }}\n"
    body = [f"<p style='font-size:{2 * house.size}pt'><b>{escape(paper.title)}</b></p>"]
    for piece in paper.pieces:
        if piece.kind == "heading":
            body.append(f"<h{piece.level}>{escape(piece.text)}</h{piece.level}>")
        elif piece.kind == "table":
            body.append(_html_table(piece))
        else:
            text = piece.text if piece.text.startswith("<b>") else escape(piece.text)
            body.append(f"<p>{text}</p>")
    return (
        f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>{escape(paper.title)}</title><style>{css}</style>"
        + "\n".join(body)
    )


def _html_table(piece: Piece) -> str:
    rows = ["<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in piece.rows]
    if piece.header:
        first = rows[0].replace("<td>", "<th>").replace("</td>", "</th>")
        return f"<table><thead>{first}</thead><tbody>{''.join(rows[1:])}</tbody></table>"
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def to_latex(paper: Paper, house: House) -> str:
    """The paper as LaTeX: longtable, sections, lists as paragraphs."""
    lines = [
        r"\documentclass[a4paper,10pt]{article}\usepackage[utf8]{inputenc}\usepackage[T1]{fontenc}\usepackage{longtable}",
        r"\usepackage[margin=22mm]{geometry}\setlength{\parindent}{0pt}\setlength{\parskip}{4pt}\begin{document}",
        rf"{{\LARGE\bfseries {_tex(paper.title)}\par}}",
    ]
    for piece in paper.pieces:
        if piece.kind == "heading":
            command = ("section", "subsection", "subsubsection")[piece.level - 1]
            lines.append(rf"\{command}*{{{_tex(piece.text)}}}")
        elif piece.kind == "table":
            lines.append(_latex_table(piece, house))
        else:
            lines.append(_tex(piece.text.replace("<b>", "").replace("</b>", "")) + r"\par")
    return "\n".join([*lines, r"\end{document}"])


def _latex_table(piece: Piece, house: House) -> str:
    bar = "|" if house.ruled == "grid" else ""
    rule = r"\hline" if house.ruled != "none" else ""
    columns = bar + bar.join(["l"] + ["p{2.2cm}"] * (len(piece.rows[0]) - 1)) + bar
    rows = [" & ".join(_tex(text) for text in row) + rf" \\ {rule}" for row in piece.rows]
    head = ""
    if piece.header:
        bold = " & ".join(rf"\textbf{{{_tex(text)}}}" for text in piece.rows[0])
        head = rf"{rule} {bold} \\ {rule}" + (r" \endhead" if house.repeat else "") + "\n"
        rows = rows[1:]
    return rf"\begin{{longtable}}{{{columns}}} {head}" + "\n".join(rows) + r"\end{longtable}"


def _tex(text: str) -> str:
    text = text.replace("–", "--").replace("•", r"\textbullet{}")
    return "".join("\\" + char if char in "&%$#_{}" and "\\textbullet" not in text else char for char in text)


def print_with(producer: str, paper: Paper, house: House) -> bytes:
    """The paper as PDF by "reportlab", "weasyprint", "libreoffice" or "pdftex". Raises OSError, subprocess errors.

    The last three are programs that must be installed (Debian: weasyprint, libreoffice-writer-nogui, texlive-latex-base).
    """
    if producer == "reportlab":
        return to_reportlab(paper, house)
    with TemporaryDirectory() as folder:
        source = Path(folder) / ("paper.tex" if producer == "pdftex" else "paper.html")
        source.write_text(
            to_latex(paper, house) if producer == "pdftex" else to_html(paper, house), encoding="utf-8"
        )
        commands = {
            "weasyprint": [["weasyprint", "-q", "paper.html", "paper.pdf"]],
            "libreoffice": [["soffice", f"-env:UserInstallation=file://{folder}/home", "--headless", "--convert-to",
                             "pdf:writer_web_pdf_Export", "paper.html"]],
            "pdftex": [["pdflatex", "-interaction=batchmode", "paper.tex"]] * 2,
        }  # fmt: skip
        for command in commands[producer]:
            subprocess.run(command, cwd=folder, check=False, capture_output=True, timeout=120)
        return (Path(folder) / "paper.pdf").read_bytes()


def single(house: House) -> House:
    """The house style in one column, for producers that set no columns here."""
    return replace(house, columns=1)
