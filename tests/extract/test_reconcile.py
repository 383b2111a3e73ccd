"""Two readings of one page become one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from metier.extract.assemble import assemble
from metier.extract.raw import RawBlock, RawCell, RawDocument, RawPage, RawWord
from metier.extract.reconcile import lines_of, reconcile


def words(*placed: tuple[str, float, float]) -> list[RawWord]:
    return [RawWord(text, (x, y, x + 6 * len(text), y + 10)) for text, x, y in placed]


PAGE = RawPage(
    1,
    400,
    600,
    words=words(("Leave", 50, 50), ("Days", 50, 80), ("30", 200, 80), ("Weeks", 50, 100), ("6", 200, 100)),
)
CHEAP = [RawBlock("paragraph", "Leave Days 30 Weeks 6", rect=(40, 40, 300, 120))]
TABLE = [RawCell(0, 0, "Days"), RawCell(0, 1, "30"), RawCell(1, 0, "Weeks"), RawCell(1, 1, "6")]
COSTLY = [
    RawBlock("heading", "Leave", level=1, rect=(40, 45, 200, 65)),
    RawBlock("table", rect=(40, 75, 300, 115), cells=TABLE),
]


def test_roles_and_order_are_the_structure_engines() -> None:
    blocks = reconcile(CHEAP, COSTLY, PAGE)
    assert [block.kind for block in blocks] == ["heading", "table"]
    assert [cell.text for cell in blocks[1].cells] == ["Days", "30", "Weeks", "6"]


def test_cells_get_the_boxes_of_their_words() -> None:
    assert reconcile(CHEAP, COSTLY, PAGE)[1].cells[1].rect == (200, 80, 212, 90)


def test_a_reading_that_leaves_out_most_of_the_page_is_not_believed() -> None:
    assert reconcile(CHEAP, COSTLY[:1], PAGE) == CHEAP


def test_a_picture_gets_the_words_printed_in_it() -> None:
    picture = RawBlock("figure", rect=(40, 75, 300, 115))
    blocks = reconcile(CHEAP, [COSTLY[0], picture], PAGE)
    assert (blocks[1].kind, blocks[1].text) == ("figure", "Days 30\nWeeks 6")


def test_a_region_without_words_says_nothing() -> None:
    assert len(reconcile(CHEAP, [*COSTLY, RawBlock("figure", rect=(0, 300, 400, 500))], PAGE)) == 2


def test_what_people_typed_into_the_page_is_kept() -> None:
    note = RawBlock("paragraph", "Comment: ask Vera", rect=(50, 300, 60, 310), added=True)
    assert reconcile([*CHEAP, note], COSTLY, PAGE)[-1] is note


def test_lines_run_from_the_top_and_from_the_left() -> None:
    page = words(("b", 50, 10), ("c", 10, 30), ("a", 10, 11))
    assert lines_of(page, range(3)) == [[2, 0], [1]]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["word", "42", "Ltd", "x-ray", "pos-"]), min_size=1, max_size=12),
    st.lists(
        st.tuples(
            st.sampled_from(["heading", "paragraph", "figure", "table"]),
            st.integers(0, 300),
            st.integers(0, 200),
            st.sampled_from(["", "word 42", "xray pos word", "quite another text"]),
        ),
        max_size=4,
    ),
)
def test_no_printed_word_is_lost_whatever_the_structure_engine_says(texts, found) -> None:
    page = RawPage(
        1,
        400,
        600,
        words=words(*((f"{text}{n}", 60.0 * (n % 4), 20.0 * (n // 4)) for n, text in enumerate(texts))),
    )
    costly = [
        RawBlock(
            kind,
            "" if kind == "table" else text,
            rect=(x, y, x + 150.0, y + 60.0),
            cells=[RawCell(0, 0, text), RawCell(0, 1, "word0")] if kind == "table" else [],
        )
        for kind, x, y, text in found
    ]
    cheap = [RawBlock("paragraph", " ".join(word.text for word in page.words), rect=(0, 0, 400, 600))]
    document = assemble(
        RawDocument("application/pdf", "test", [page], reconcile(cheap, costly, page)), "d", "u"
    )
    squeezed = "".join(document.text.split())
    for word in page.words:
        assert word.text in squeezed or word.text.rstrip("-") in squeezed
