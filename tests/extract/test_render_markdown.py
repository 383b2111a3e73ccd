"""Documents as Markdown: what is a heading, a table or a list reads as one, and what is not does not."""

from metier.extract.assemble import assemble
from metier.extract.raw import RawBlock, RawCell, RawDocument, RawPage
from metier.extract.render_markdown import to_markdown
from metier.types import Document


def document(*blocks: RawBlock, pages: int = 1) -> Document:
    return assemble(
        RawDocument("text/plain", "test", [RawPage(n + 1) for n in range(pages)], list(blocks)), "d", "u"
    )


def test_blocks_in_order() -> None:
    got = document(
        RawBlock("heading", "Leave", level=2),
        RawBlock("paragraph", "Thirty days."),
        RawBlock("list_item", "• one"),
        RawBlock("list_item", "2. two"),
        RawBlock("code", "x = 1"),
    )
    assert to_markdown(got) == "## Leave\n\nThirty days.\n\n- one\n2. two\n\n```\nx = 1\n```\n"


def test_a_plain_table_has_pipes() -> None:
    cells = [RawCell(0, 0, "Item", True), RawCell(0, 1, "a|b", True), RawCell(1, 0, "x"), RawCell(1, 1, "1")]
    assert to_markdown(document(RawBlock("table", cells=cells))) == (
        "| Item | a\\|b |\n| --- | --- |\n| x | 1 |\n"
    )


def test_a_table_with_merged_cells_is_html() -> None:
    cells = [RawCell(0, 0, "A & B", True, column_span=2), RawCell(1, 0, "x"), RawCell(1, 1, "1")]
    assert to_markdown(document(RawBlock("table", cells=cells))) == (
        '<table>\n<tr><th colspan="2">A &amp; B</th></tr>\n<tr><td>x</td><td>1</td></tr>\n</table>\n'
    )


def test_missing_cells_stay_empty() -> None:
    cells = [RawCell(0, 0, "a"), RawCell(0, 2, "c"), RawCell(1, 1, "y")]
    assert to_markdown(document(RawBlock("table", cells=cells))).splitlines()[0] == "| a |  | c |"


def test_text_that_looks_like_a_mark_is_escaped() -> None:
    assert to_markdown(document(RawBlock("paragraph", "# 4 of the list"))) == "\\# 4 of the list\n"


def test_furniture_and_pages_can_be_left_out() -> None:
    got = document(
        RawBlock("header", "Handbook"),
        RawBlock("paragraph", "one"),
        RawBlock("paragraph", "two", page=2),
        pages=2,
    )
    assert to_markdown(got) == "Handbook\n\none\n\ntwo\n"
    assert to_markdown(got, furniture=False) == "one\n\ntwo\n"
    assert to_markdown(got, pages=[2]) == "two\n"


def test_nothing_is_the_empty_text() -> None:
    assert to_markdown(document()) == ""
