import random

from benchmarks.structure_restyle import body_type, draw_looks, restyled
from benchmarks.structure_truth import Heading, true_headings
from metier.extract.raw import RawBlock, RawDocument, RawPage, RawRun
from metier.extract.structure.outline import Entry


def run(text: str, x: float, y: float, font: str = "Times", size: float = 10.0) -> RawRun:
    return RawRun(text, (x, y, x + 5 * len(text), y + 1.2 * size), font, size)


def manual() -> RawDocument:
    page = RawPage(
        1,
        600,
        800,
        runs=[
            run("2.1", 50, 10, "CMBX12", 14),
            run("Scope of work", 90, 10, "CMBX12", 14),
            run("This holds for all divisions and their parts.", 50, 40),
        ],
    )
    blocks = [
        RawBlock("heading", "2.1 Scope of work", 1, 2, (50, 10, 160, 27)),
        RawBlock("paragraph", "This holds for all divisions and their parts.", 1, 0, (50, 40, 300, 52)),
    ]
    return RawDocument("", "", [page], blocks)


TRUE = [Heading(1, "Scope of work", 1)]


def test_headings_change_their_look_and_nothing_else_does():
    seen = set()
    for seed in range(30):
        raw = restyled(manual(), TRUE, random.Random(seed))
        *title, text = raw.pages[0].runs
        assert text == manual().pages[0].runs[-1]
        assert raw.blocks[1] == manual().blocks[1]
        assert len({(r.font, r.size) for r in title}) == 1
        assert true_headings(raw, [Entry("Scope of work", 1, 1)]) == TRUE
        assert "".join(r.text for r in title).replace(" ", "") == raw.blocks[0].text.replace(" ", "")
        seen.add((title[0].font, raw.blocks[0].kind, raw.blocks[0].text))
    assert {text for *_, text in seen} == {"2.1 Scope of work", "Scope of work"}
    assert {kind for _, kind, _ in seen} == {"heading", "paragraph", "code"}
    assert len({font for font, *_ in seen}) > 5
    assert manual().blocks[0].text == "2.1 Scope of work"  # the original is left alone


def test_no_level_looks_like_the_body_and_sizes_fall():
    for seed in range(200):
        looks = draw_looks(random.Random(seed))
        assert all(look.size >= 1.05 or look.bold or look.italic or look.face for look in looks)
        assert looks[0].size >= looks[-1].size >= 1


def test_the_body_is_what_most_characters_are_set_in():
    assert body_type(manual().pages) == (10.0, "Times")
    assert body_type([]) == (10.0, "Times")
