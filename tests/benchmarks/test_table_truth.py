from benchmarks.layouts import Paper, Piece
from benchmarks.table_truth import judge, keys, printed_keys, table_of, true_breaks
from metier.extract.raw import RawBlock, RawDocument, RawPage, RawWord
from metier.extract.tables import grid_cells

PAPER = Paper("p", "t", (
    Piece("table", "one", 0, (("No.", "x"), ("AA1-001", "a"), ("AA1-002", "b"))),
    Piece("table", "two", 0, (("BA1-001", "a"), ("BA1-002", "b")), header=False),
))  # fmt: skip
KNOWN = keys(PAPER)


def page(number: int, *words: str) -> RawPage:
    return RawPage(number, 1, 1, words=[RawWord(word, (0, 0, 1, 1)) for word in words])


def table(number: int, *first: str) -> RawBlock:
    return RawBlock("table", page=number, cells=grid_cells([(key, "x") for key in first], 0))


def test_the_truth_is_read_off_the_print():
    raw = RawDocument("", "", [page(1, "AA1-001"), page(2, "AA1-", "002", "BA1-001", "BA1-002")], [])
    assert true_breaks(raw, PAPER) == {("one", 1)}
    assert table_of(table(1, "AA1- 001"), KNOWN) == "one"
    assert table_of(table(1, "nothing"), KNOWN) == ""


def test_a_key_that_a_narrow_column_divides_is_found():
    words = [
        ("BA1-", 50, 10),
        ("Pump", 90, 14),
        ("BA1-", 50, 50),
        ("001", 50, 20),
        ("002", 50, 60),
        ("003", 90, 20),
    ]
    assert set(printed_keys([RawWord(t, (x, y, x + 20, y + 9)) for t, x, y in words])) == {
        "BA1-001",
        "BA1-002",
    }


def test_joins_are_right_wrong_or_missed():
    blocks = [table(1, "AA1-001"), table(2, "AA1-002"), table(2, "BA1-001")]
    breaks = {("one", 1)}
    assert judge(blocks, [(0, 1)], breaks, KNOWN).f1 == 1
    wrong = judge(blocks, [(0, 2)], breaks, KNOWN)
    assert (wrong.right, wrong.wrong, wrong.missed, wrong.unseen) == (0, 1, 1, 0)
    assert judge(blocks[:1], [], breaks, KNOWN).unseen == 1
