from metier.extract.lines import join_lines
from metier.extract.raw import RawBlock


def line(text: str, top: float, right: float = 300, left: float = 50, kind: str = "paragraph") -> RawBlock:
    return RawBlock(kind, text, rect=(left, top, right, top + 14))


def texts(*blocks: RawBlock) -> list[str]:
    return [block.text for block in join_lines(blocks)]


def test_lines_of_one_sentence_become_one_paragraph():
    blocks = join_lines(
        [line("The lease ends when the", 100), line("tenant gives notice of the", 112), line("end.", 124, 80)]
    )
    assert [block.text for block in blocks] == ["The lease ends when the tenant gives notice of the end."]
    assert blocks[0].rect == (50, 100, 300, 138)


def test_a_divided_word_is_mended():
    assert texts(line("The agree-", 100), line("ment ends.", 112)) == ["The agreement ends."]
    assert texts(line("The EU-", 100), line("Kommission", 112)) == ["The EU- Kommission"]


def test_what_its_author_divided_stays_divided():
    ended = [line("It ends here.", 100), line("A new one", 112)]
    far = [line("The lease ends when", 100), line("tenant", 130)]
    short = [line("Jana Novak", 100, 90), line("Main Street 5 in Springfield", 112)]
    indented = [line("The lease ends when", 100), line("tenant", 112, left=70)]
    heading = [line("The lease ends when", 100, kind="heading"), line("tenant", 112)]
    for blocks in (ended, far, short, indented, heading):
        assert len(join_lines(blocks)) == 2
