import numpy as np

from metier.extract.raw import RawBlock, RawPage, RawRun
from metier.extract.structure.corrections import (
    ROLES,
    Example,
    Layout,
    apply_layout,
    base_scores,
    fit_layout,
    looks,
    read_corrections,
    signature,
)
from metier.extract.structure.features import describe
from metier.extract.structure.prepare import Piece
from metier.extract.structure.style import Body, Style, lines_of
from metier.types import Feedback

BODY = Body(Style(10, family="helvetica"))


def row(id: str, value: object, kind: str = "extraction", supersedes: str = "") -> Feedback:
    return Feedback(id, "doc1", kind, value, "ann", "2026-01-01T00:00:00Z", supersedes=supersedes)


def block_looks(text: str, font: str, size: float) -> list[str]:
    line = lines_of([RawRun(text, (50, 50, 50 + 5 * len(text), 50 + size), font, size)])
    block = RawBlock("paragraph", text)
    return looks(describe([Piece(block, line, block)])[0], BODY)


SMALL = block_looks("Delivery terms", "Helvetica-Oblique", 10)
OTHER = block_looks("Payment", "Helvetica-Oblique", 10)
PLAIN = block_looks("The supplier delivers on time.", "Helvetica", 10)


def test_rows_are_read_and_later_ones_replace_earlier_ones():
    rows = [
        row("1", {"page": 2, "text": "Terms", "role": "heading", "level": 2}),
        row("2", {"page": 2, "text": "Terms", "role": "paragraph"}, supersedes="1"),
        row("3", {"page": 3, "joined": True}),
        row("4", {"page": 3, "text": "x", "role": "poem"}),
        row("5", "up", kind="thumb"),
        row("6", "not a mapping"),
    ]
    found = read_corrections(rows)
    assert [(item.document, item.page, item.text, item.role, item.joined) for item in found] == [
        ("doc1", 2, "Terms", "paragraph", None),
        ("doc1", 3, "", "", True),
    ]


def test_corrections_move_what_looks_alike_and_nothing_else():
    sure = base_scores(np.array([0.03, 0.02]), ["paragraph", "paragraph"])
    corrected = [Example(SMALL, sure[0], "heading", 2)] * 3
    layout = fit_layout("sign", corrected)
    heading = ROLES.index("heading")
    moved = apply_layout(layout, sure, [OTHER, PLAIN])
    assert moved[0].argmax() == heading
    assert ROLES[int(moved[1].argmax())] == "paragraph"
    assert layout.levels[OTHER[0]] == 2
    assert layout.corrections == 3


def test_without_corrections_nothing_changes():
    scores = base_scores(np.array([0.9, 0.2]), ["paragraph", "list_item"])
    assert np.array_equal(apply_layout(fit_layout("sign", []), scores, [SMALL, PLAIN]), scores)
    assert [ROLES[int(best)] for best in scores.argmax(axis=1)] == ["heading", "list_item"]


def test_corrected_joins_shift_the_odds():
    never = fit_layout("sign", [], joined=[(1.5, False)] * 4)
    assert never.join < -1.5
    assert fit_layout("sign", [], joined=[(-1.0, True)] * 4).join > 1.0
    assert fit_layout("sign", [], header_rows=[2, 2, 1]).header_rows == 2


def test_a_layout_survives_its_dictionary():
    layout = fit_layout("sign", [Example(SMALL, np.zeros(len(ROLES)), "caption")], joined=[(0.0, True)])
    assert Layout.from_dict(layout.to_dict()) == layout


def test_documents_of_one_layout_share_a_signature():
    pages, other = [RawPage(1, 595.3, 841.9)], [RawPage(1, 612, 792)]
    assert signature("Word 16.1", BODY, pages) == signature("Word 17.0", BODY, pages)
    assert signature("Word 16.1", BODY, pages) != signature("Word 16.1", BODY, other)
    assert signature("Word 16.1", BODY, pages) != signature("LibreOffice 7", BODY, pages)
    assert signature("", BODY, []) == signature("", BODY, [])
