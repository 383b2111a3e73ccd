import random
from dataclasses import replace

from benchmarks.fit_structure import read_bytes
from benchmarks.layouts import Paper, Piece, to_reportlab, write_house
from metier.extract.raw import RawDocument
from metier.extract.structure.apply import structure
from metier.extract.structure.corrections import Correction
from metier.extract.structure.learn import learn

# Labels in the body's own type: nothing but people's word makes them headings.
HOUSE = replace(
    write_house("Acme", random.Random(1)),
    size=10.0,
    columns=1,
    looks=("italic", "italic", "italic"),
    numbered=False,
)
TEXT = (
    "The supplier delivers the goods to the site within ten days after the order was placed by the buyer. "
    * 2
)
TITLES = [
    "Delivery of goods",
    "Payment terms",
    "Liability for damage",
    "Records kept",
    "Training of staff",
    "Site inspection",
]


def paper(id: str, titles: list[str]) -> RawDocument:
    pieces = [piece for title in titles for piece in (Piece("heading", title, 1), Piece("paragraph", TEXT))]
    return read_bytes(to_reportlab(Paper(id, "Handbook", tuple(pieces)), HOUSE))


def test_corrections_of_one_document_hold_for_others_of_its_layout():
    said = [Correction("a", 1, title, "caption") for title in TITLES]
    layouts = {layout.signature: layout for layout in learn(said, {"a": (paper("a", TITLES), "RL 4")})}
    assert len(layouts) == 1
    other = paper("b", ["Review of plans", "Corrective measures"])
    structure(other, layouts=layouts, producer="RL 5")
    assert {block.text: block.kind for block in other.blocks}["Review of plans"] == "caption"

    elsewhere = paper("b", ["Review of plans", "Corrective measures"])
    structure(elsewhere, layouts=layouts, producer="Word")
    assert {block.text: block.kind for block in elsewhere.blocks}["Review of plans"] != "caption"


def test_corrections_without_their_document_or_text_say_nothing():
    assert learn([Correction("gone", 1, "x", "heading")], {}) == []
    assert learn([Correction("a", 1, "not printed", "heading")], {"a": (paper("a", TITLES), "RL")}) == []
    assert learn([Correction("a", 1, "x", "heading")], {"a": (RawDocument("", "", [], []), "RL")}) == []
