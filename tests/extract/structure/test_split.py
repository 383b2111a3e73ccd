from metier.extract.raw import RawBlock, RawCell, RawRun
from metier.extract.structure.split import split_block, split_table
from metier.extract.structure.style import Body, Style, lines_of


def run(text: str, y: float, font: str = "Times-Roman", size: float = 10.0, x: float = 50) -> RawRun:
    return RawRun(text, (x, y, x + 5 * len(text), y + size * 1.2), font, size)


def cut(block: RawBlock, *runs: RawRun) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece, _ in split_block(block, lines_of(runs))]


TITLE, FIRST, SECOND = (
    run("2.3 Scope", 0, "Times-Bold"),
    run("This holds for all divi-", 12),
    run("sions.", 24),
)


def test_a_title_is_cut_from_the_paragraph_below_it():
    block = RawBlock("paragraph", "2.3 Scope This holds for all divisions.")
    assert cut(block, TITLE, FIRST, SECOND) == [
        ("paragraph", "2.3 Scope"),
        ("paragraph", "This holds for all divisions."),
    ]


def test_what_changes_its_look_all_the_time_is_cut_at_its_titles():
    source = [
        run(f"name {n} is", 12 * n, ("Courier", "Times-Roman")[n % 2], (9.0, 10.0)[n % 2])
        for n in range(1, 31)
    ]
    title = run("3.3 Names", 12 * 31, "Times-Bold", 12)
    texts = [f"name {n} is" for n in range(1, 31)]
    block = RawBlock("paragraph", " ".join([*texts, "3.3 Names", "And more."]))
    assert [text for _, text in cut(block, *source, title, run("And more.", 12 * 32 + 5))] == [
        " ".join(texts),
        "3.3 Names",
        "And more.",
    ]
    block = RawBlock("paragraph", " ".join(texts))
    assert cut(block, *source) == [("paragraph", block.text)]


def test_marks_of_emphasis_that_are_not_printed_go():
    block = RawBlock("paragraph", "*2.3 Scope* This holds for all divisions.")
    assert [text for _, text in cut(block, TITLE, FIRST, SECOND)] == [
        "2.3 Scope",
        "This holds for all divisions.",
    ]


def test_a_text_that_is_not_what_the_lines_print_stays_whole():
    block = RawBlock("paragraph", "2.3 Scope Something else altogether.")
    assert cut(block, TITLE, FIRST, SECOND) == [("paragraph", block.text)]


def test_one_look_stays_whole():
    block = RawBlock("paragraph", "This holds for all divisions.")
    assert cut(block, FIRST, SECOND) == [("paragraph", block.text)]
    assert cut(RawBlock("table"), FIRST, SECOND) == [("table", "")]


def test_only_what_stands_out_is_taken_from_code():
    code = [run("first = 1", 12, "Courier"), run("last = 2", 24, "Courier")]
    block = RawBlock("code", "1.2 Names\nfirst = 1\nlast = 2")
    assert cut(block, run("1.2 Names", 0, "Helvetica-Bold", 14), *code) == [
        ("paragraph", "1.2 Names"),
        ("code", "first = 1\nlast = 2"),
    ]
    assert cut(block, run("1.2 Names", 0, "Helvetica", 11), *code) == [
        (
            "code",
            block.text,
        )  # the face alone changes to typewriter: code that begins with a comment stays whole
    ]
    prose = [run("Inets is a set", 12), run("of clients.", 24)]
    block = RawBlock("code", "1.2 Names\nInets is a set\nof clients.")
    assert cut(block, run("1.2 Names", 0, "Helvetica-Bold", 14), *prose) == [
        ("paragraph", "1.2 Names"),
        ("code", "Inets is a set\nof clients."),
    ]


def grid(*rows: tuple[str, ...]) -> RawBlock:
    cells = [
        RawCell(r, c, text, header=r == 0, rect=(50 + 100 * c, 20.0 * r, 150 + 100 * c, 20.0 * r + 14))
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    ]
    return RawBlock("table", cells=cells, rect=(50, 0, 250, 20.0 * len(rows)))


BODY = Body(Style(10, family="times"))


def test_a_title_taken_into_a_table_comes_out_again():
    table = grid(("4 Results", ""), ("Item", "Price"), ("Pump", "12"), ("Valve", "7"))
    runs = [run("4 Results", 1, "Times-Bold", 14)] + [
        run(text, 20 * r + 1, x=50 + 100 * c)
        for r, row in enumerate((("Item", "Price"), ("Pump", "12"), ("Valve", "7")), start=1)
        for c, text in enumerate(row)
    ]
    parts = split_table(table, runs, BODY)
    assert parts is not None
    assert [(piece.kind, piece.text) for piece, _ in parts] == [("paragraph", "4 Results"), ("table", "")]
    assert [(cell.row, cell.column, cell.text) for cell in parts[1][0].cells][:3] == [
        (0, 0, "Item"),
        (0, 1, "Price"),
        (1, 0, "Pump"),
    ]


def test_bold_rows_that_head_groups_stay_in_their_table():
    table = grid(("Item", "Price"), ("Pumps", ""), ("Pump", "12"), ("Valve", "7"))
    runs = [
        run(
            text,
            20 * r + 1,
            "Times-Bold" if text in ("Item", "Price", "Pumps") else "Times-Roman",
            x=50 + 100 * c,
        )
        for r, row in enumerate((("Item", "Price"), ("Pumps", ""), ("Pump", "12"), ("Valve", "7")))
        for c, text in enumerate(row)
        if text
    ]
    assert split_table(table, runs, BODY) is None
