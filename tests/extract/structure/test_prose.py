from metier.extract.raw import RawBlock, RawRun
from metier.extract.structure.prose import as_prose
from metier.extract.structure.style import lines_of
from metier.extract.tables import grid_cells


def run(text: str, x: float, y: float) -> RawRun:
    return RawRun(text, (x, y, x + 5 * len(text), y + 12), "Times", 10)


def test_running_text_comes_out_of_its_table():
    lines = lines_of([
        run("4", 50, 10), run("Future work", 80, 10),
        run("There is unlikely to be any further work, the pack-", 50, 30), run("age is finished and everybody is happy with it.", 50, 42),
    ])  # fmt: skip
    table = RawBlock("table", cells=grid_cells([("4", "Future work"), ("There is unlikely to be any further work, the pack-",
        "age is finished and everybody is happy with it.")], 0))  # fmt: skip
    found = as_prose(table, lines)
    assert found is not None
    assert (found.kind, found.cells) == ("paragraph", [])
    assert (
        found.text
        == "4 Future work There is unlikely to be any further work, the package is finished and everybody is happy with it."
    )


def test_tables_stay_tables():
    rows = [("Pump for the boiler house", "12.50 a piece"), ("Valve for the boiler house", "7.00 a piece")]
    lines = lines_of(
        [run(text, 50 + 250 * c, 20.0 * r) for r, row in enumerate(rows) for c, text in enumerate(row)]
    )
    assert as_prose(RawBlock("table", cells=grid_cells(rows, 0)), lines) is None


def test_what_the_lines_do_not_print_is_not_thrown_away():
    lines = lines_of(
        [
            run("All of the words of the first line stand here", 50, 10),
            run("and those of the second line stand here", 50, 22),
        ]
    )
    table = RawBlock(
        "table", cells=grid_cells([("Some other words altogether, quite different ones", "xyz")], 0)
    )
    assert as_prose(table, lines) is None
