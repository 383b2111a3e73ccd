from metier.extract.raw import RawBlock, RawPage, RawRun
from metier.extract.structure.style import Style, body_of, lines_by_block, lines_of, style_of


def run(text: str, x: float, y: float, font: str = "Helvetica", size: float = 10.0) -> RawRun:
    return RawRun(text, (x, y, x + 5 * len(text), y + size * 1.2), font, size)


def test_weight_slant_and_face_are_read_from_font_names():
    assert style_of([run("a", 0, 0, "ABCDEF+CMBX12", 12)]) == Style(12, bold=True, family="cmbx")
    assert style_of([run("a", 0, 0, "Helvetica-BoldOblique")]) == Style(
        10, bold=True, italic=True, family="helvetica"
    )
    assert style_of([run("a", 0, 0, "Courier")]).mono
    assert style_of([run("a", 0, 0, "NimbusRomNo9L-Medi")]).bold
    assert not style_of([run("a", 0, 0, "NimbusRomNo9L-Regu")]).bold
    assert style_of([run("a", 0, 0, "CMTI10")]).italic


def test_the_style_is_that_of_most_characters():
    assert style_of([run("Note", 0, 0, "Times-Bold"), run("that this is so", 30, 0, "Times-Roman")]) == Style(
        10, family="times"
    )
    assert style_of([]) == Style()


def test_runs_become_lines_from_top_to_bottom_and_left_to_right():
    lines = lines_of([run("second", 0, 30), run("right", 60, 11), run("left", 0, 10)])
    assert [line.text for line in lines] == ["left right", "second"]


def test_a_run_belongs_to_the_smallest_block_around_it():
    page = RawPage(1, 600, 800, runs=[run("inner", 60, 100), run("outer", 60, 200)])
    blocks = [
        RawBlock("table", rect=(0, 0, 600, 800)),
        RawBlock("paragraph", "inner", rect=(50, 95, 200, 120)),
    ]
    assert [[line.text for line in lines] for lines in lines_by_block(page, blocks)] == [["outer"], ["inner"]]


def test_body_text_is_what_most_characters_look_like():
    text = lines_of([run("some words of running text", 50, 12 * n) for n in range(6)])
    heading = lines_of([run("A Heading", 50, 100, "Helvetica-Bold", 16)])
    body = body_of([text, heading])
    assert body.style == Style(10, family="helvetica")
    assert body.leading == 12
    assert body.left == 50


def test_a_document_without_text_has_a_body_too():
    assert body_of([]).leading > 0
