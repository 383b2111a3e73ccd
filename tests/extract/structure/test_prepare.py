from metier.extract.raw import RawBlock, RawDocument, RawPage, RawRun
from metier.extract.structure.prepare import prepare


def run(text: str, y: float, font: str = "Times-Roman") -> RawRun:
    return RawRun(text, (50, y, 50 + 5 * len(text), y + 12), font, 10)


def test_pieces_know_their_block_and_what_stood_between():
    runs = [run("Scope", 10, "Times-Bold"), run("All divi-", 22), run("sions.", 34), run("Elsewhere.", 300)]
    first = RawBlock("paragraph", "Scope\nAll divisions.", rect=(50, 10, 200, 46))
    second = RawBlock("paragraph", "Elsewhere.", rect=(50, 300, 200, 312))
    pieces = prepare(RawDocument("", "", [RawPage(1, 600, 800, runs=runs)], [first, second]))
    assert [piece.block.text for piece in pieces] == ["Scope", "All divisions.", "Elsewhere."]
    assert [piece.origin is first for piece in pieces] == [True, True, False]
    assert pieces[1].glue == "\n"
    assert pieces[2].block is second
    assert [len(piece.lines) for piece in pieces] == [1, 2, 1]
