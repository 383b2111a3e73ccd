"""What twenty corrections of one recurring layout are worth on documents of that layout that nobody corrected.

Houses are drawn at random; in each, a person corrects the first twenty blocks whose role is wrong, in the order of reading,
through feedback rows of kind "extraction". Errors are counted on other documents of the house, before and after.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.fit_structure import read_bytes
from benchmarks.layouts import House, Paper, to_reportlab, write_house, write_paper
from metier.extract.raw import RawDocument
from metier.extract.structure.apply import structure
from metier.extract.structure.corrections import read_corrections
from metier.extract.structure.learn import learn
from metier.extract.structure.numbering import fold
from metier.types import Feedback

CORRECTIONS = 20
TAUGHT, UNSEEN = 6, 6  # documents of each house


@dataclass(frozen=True, slots=True)
class Taught:
    """Blocks with a wrong role in the house's unseen documents, of how many, and the corrections given."""

    house: str
    before: int
    after: int
    blocks: int
    corrections: int


def truth_of(paper: Paper) -> dict[str, tuple[str, int]]:
    """Folded text -> role and level, for the roles that a reader would correct."""
    roles: dict[str, tuple[str, int]] = {}
    for piece in paper.pieces:
        if piece.kind in ("heading", "paragraph", "list_item", "caption"):
            roles[fold(piece.text.replace("<b>", "").replace("</b>", ""))] = piece.kind, piece.level
    return roles


def wrong_blocks(raw: RawDocument, paper: Paper) -> tuple[list[tuple[int, str, str, int]], int]:
    """(page, text, true role, true level) of the structured document's blocks whose role is wrong; blocks judged."""
    known = truth_of(paper)
    wrong, judged = [], 0
    for block in raw.blocks:
        if block.kind in ("table", "header", "footer") or fold(block.text) not in known:
            continue
        role, level = known[fold(block.text)]
        judged += 1
        if block.kind != role:
            wrong.append((block.page, block.text, role, level))
    return wrong, judged


def teach(number: int, corrections: int = CORRECTIONS) -> Taught:
    """One house: correct, learn, count."""
    rng = random.Random(90_000 + number)
    house = write_house(f"House{number}", rng)
    taught = [write_paper(f"t{n}", rng, house) for n in range(TAUGHT)]
    unseen = [write_paper(f"u{n}", rng, house) for n in range(UNSEEN)]
    rows = _correct(taught, house, corrections)
    documents = {paper.id: (read_bytes(to_reportlab(paper, house)), "ReportLab") for paper in taught}
    layouts = {layout.signature: layout for layout in learn(read_corrections(rows), documents)}
    before = after = blocks = 0
    for paper in unseen:
        content = to_reportlab(paper, house)
        plain, fitted = read_bytes(content), read_bytes(content)
        structure(plain, producer="ReportLab")
        structure(fitted, layouts=layouts, producer="ReportLab")
        wrong, judged = wrong_blocks(plain, paper)
        before, after, blocks = (
            before + len(wrong),
            after + len(wrong_blocks(fitted, paper)[0]),
            blocks + judged,
        )
    return Taught(house.name, before, after, blocks, len(rows))


def _correct(papers: Sequence[Paper], house: House, most: int) -> list[Feedback]:
    rows: list[Feedback] = []
    for paper in papers:
        raw = read_bytes(to_reportlab(paper, house))
        structure(raw, producer="ReportLab")
        for page, text, role, level in wrong_blocks(raw, paper)[0]:
            if len(rows) < most:
                value = {"document": paper.id, "page": page, "text": text, "role": role, "level": level}
                rows.append(
                    Feedback(
                        f"{paper.id}/{len(rows)}",
                        paper.id,
                        "extraction",
                        value,
                        "ann",
                        "2026-11-26T00:00:00Z",
                    )
                )
    return rows
