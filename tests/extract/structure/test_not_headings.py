from metier.extract.raw import RawBlock, RawDocument, RawPage, RawRun
from metier.extract.structure.features import Described, describe
from metier.extract.structure.not_headings import contents_lists, demote
from metier.extract.structure.prepare import Piece
from metier.extract.structure.style import lines_of

HEIGHT = 800.0


def run(text: str, y: float, x: float = 50, size: float = 10.0, font: str = "Times-Roman") -> RawRun:
    return RawRun(text, (x, y, x + 5 * len(text), y + size), font, size)


def entry(title: str, number: int, y: float) -> list[RawRun]:
    end = f"{number}"
    return [run(title, y), run(end, y, x=500 - 5 * len(end))]


def document(*pages: list[tuple[str, list[RawRun]]]) -> tuple[RawDocument, list[Described]]:
    """Pages of (kind, runs) as blocks, described."""
    raw = RawDocument("application/pdf", "test", [], [])
    pieces = []
    for number, blocks in enumerate(pages, start=1):
        raw.pages.append(RawPage(number, 600, HEIGHT, runs=[item for _, runs in blocks for item in runs]))
        for kind, runs in blocks:
            left, top = min(r.rect[0] for r in runs), min(r.rect[1] for r in runs)
            right, bottom = max(r.rect[2] for r in runs), max(r.rect[3] for r in runs)
            text = " ".join(r.text for r in runs)
            block = RawBlock(kind, text, page=number, rect=(left, top, right, bottom))  # type: ignore[arg-type]
            raw.blocks.append(block)
            pieces.append(Piece(block, lines_of(runs), block))
    return raw, describe(pieces)


def kinds(*pages: list[tuple[str, list[RawRun]]]) -> list[tuple[str, str]]:
    raw, items = document(*pages)
    demote(raw, items)
    return [(block.kind, block.text) for block in raw.blocks]


LIST = [("Licence", 3), ("Installing", 4), ("From source", 4), ("Settings", 9), ("Index", 12)]


def test_entries_of_a_list_of_contents_are_no_headings_and_its_title_is_one():
    entries = [
        ("heading", entry(title, number, 120 + 14 * place)) for place, (title, number) in enumerate(LIST)
    ]
    page = [("heading", [run("Contents", 80)]), *entries, ("heading", [run("1 Licence", 400)])]
    found = kinds(page)
    assert [text for kind, text in found if kind == "heading"] == ["Contents", "1 Licence"]
    assert len(found) == len(page)


def test_an_entry_whose_number_is_a_block_of_its_own_is_none_either():
    page = [
        (kind, runs)
        for place, (title, number) in enumerate(LIST)
        for kind, runs in zip(
            ("heading", "paragraph"), ([part] for part in entry(title, number, 120 + 14 * place)), strict=True
        )
    ]
    assert not [text for kind, text in kinds(page) if kind == "heading"]


def test_values_that_fall_and_lists_with_space_between_are_no_contents():
    def lists(numbers: list[int], step: float = 14) -> int:
        return len(
            contents_lists(
                lines_of(
                    [
                        part
                        for place, number in enumerate(numbers)
                        for part in entry(f"Pump {'ABCDEFGH'[place]}", number, 100 + step * place)
                    ]
                )
            )
        )

    assert lists([3, 4, 4, 9, 12]) == 1
    assert lists([90, 12, 45, 7, 60]) == 0
    assert lists([5, 5, 5, 5, 5]) == 0, "nothing that counts"
    assert lists([3, 4, 9]) == 0, "too few"
    assert contents_lists([]) == []


def test_numbers_inside_sentences_are_no_page_numbers():
    lines = lines_of([run(f"It was sold in 20{place:02d}", 100 + 14 * place) for place in range(8)])
    assert contents_lists(lines) == []


def test_a_running_title_is_a_header_and_the_section_stays():
    first = [("heading", [run("1.3 Notes", 300, font="Times-Bold", size=14)])]
    same_page = [
        ("heading", [run("Warnings", 40)]),
        ("heading", [run("1.4 Warnings", 300, font="Times-Bold", size=14)]),
    ]
    later = [("heading", [run("Notes", 40)]), ("paragraph", [run("It goes on.", 90)])]
    numbered = [("heading", [run("1.3 Notes", 40, font="Times-Bold", size=14)])]
    found = kinds(first, same_page, later, numbered)
    assert [kind for kind, _ in found] == ["heading", "header", "heading", "header", "paragraph", "header"]


def test_a_heading_that_many_sections_have_stays_one_on_top_of_a_page():
    exports = [("heading", [run("Exports", 60, font="Times-Bold")])]
    assert kinds(exports, exports) == [("heading", "Exports")] * 2


def test_titles_that_come_again_later_were_listed():
    titles = ["Licence", "Installing", "Settings"]
    listed = [("heading", [run(title, 300 + 20 * place)]) for place, title in enumerate(titles)]
    found = kinds(listed, *[[("heading", [run(title, 300)])] for title in titles])
    assert [kind for kind, _ in found] == ["paragraph"] * 3 + ["heading"] * 3
