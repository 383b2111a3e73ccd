from metier.extract.furniture import mark_furniture, mark_unless_all
from metier.extract.raw import RawBlock, RawPage


def kinds(*blocks: RawBlock, pages: int = 4) -> list[str]:
    mark_furniture(blocks, [RawPage(number, 400, 600) for number in range(1, pages + 1)])
    return [block.kind for block in blocks]


def top(text: str, page: int, y: float = 20) -> RawBlock:
    return RawBlock("heading", text, page, 1, (50, y, 200, y + 14))


def test_texts_on_top_of_several_pages_are_headers_whatever_their_numbers():
    assert kinds(*(top(f"ACME report, part {page}", page) for page in range(1, 4))) == ["header"] * 3


def test_two_pages_of_four_are_not_enough_but_two_of_two_are():
    two = [top("ACME report", 1), top("ACME report", 2)]
    assert kinds(*two) == ["heading", "heading"]
    assert kinds(*two, pages=2) == ["header", "header"]


def test_page_numbers_at_the_edge_and_nothing_else():
    def at(text: str, y: float) -> list[str]:
        return kinds(RawBlock("paragraph", text, 1, rect=(50, y, 90, y + 12)), pages=1)

    assert at("Page 3 of 9", 580) == ["footer"]
    assert at("Seite 3 von 9", 580) == ["footer"]
    assert at("- 12 -", 10) == ["header"]
    assert at("iv", 580) == ["footer"]
    assert at("12", 300) == ["paragraph"]
    assert at("Total 12", 580) == ["paragraph"]
    assert at("page", 580) == ["paragraph"]


def test_the_same_text_at_other_heights_is_text():
    assert kinds(top("ACME", 1, 5), top("ACME", 2, 20), top("ACME", 3, 44)) == ["heading"] * 3


def test_a_file_that_is_furniture_alone_is_text_whoever_called_it_furniture():
    blocks = [RawBlock("header", "Potato", page, rect=(72, 49, 120, 60)) for page in (1, 2)]
    mark_unless_all(blocks, [RawPage(number, 612, 792) for number in (1, 2)])
    assert [block.kind for block in blocks] == ["paragraph", "paragraph"]
