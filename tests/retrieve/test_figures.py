from metier.retrieve.figures import FigureSearch
from metier.text.vocabulary import Vocabulary
from metier.types import Access, Box, DescribedFigure, Entry, Figure, Query, State
from tests.builders import passage

READER = Access("me", frozenset({"all"}))


def described(document: str, text: str, number: int = 1, caption: str = "") -> DescribedFigure:
    figure = Figure(f"{document}.f{number}", document, Box(2, 0, 0, 9, 9), caption, 40, 50)
    return DescribedFigure(figure, f"{document}.pdf", "Report", "en", text, "eye", "now")


def search(*found: DescribedFigure, closed: str = "", gone: str = "") -> FigureSearch:
    known = {item.figure.id: item for item in found}
    live = {item.figure.document: Entry(item.figure.document, item.uri, "", "", State.LIVE) for item in found}
    live.pop(gone, None)
    passages = [
        passage("Before it.", "a", 0, page=1),
        passage("The figure's place in words.", "a", 30, page=2),
    ]
    return FigureSearch(
        lambda: known,
        lambda: live,
        lambda uri: ("boss",) if uri == closed else ("all",),
        lambda document, access: [item for item in passages if item.document == document],
        lambda: Vocabulary(100, {"sale": 5}),
    )


HARBOUR = described(
    "a", "A line chart of ship arrivals in the harbour by month, with its peak of 318 in August."
)
QUERY = Query("In which month did ship arrivals in the harbour peak?", "en")


def test_a_question_finds_the_figure_and_the_passage_that_it_stands_in() -> None:
    (found,) = search(HARBOUR, described("b", "A photograph of a pump.")).find(QUERY, READER)
    assert found.shown == HARBOUR
    assert found.passage is not None
    assert (found.passage.text, found.passage.document) == ("The figure's place in words.", "a")
    assert search(HARBOUR).find(Query("How heavy is the pump in the harbour?", "en"), READER) == []
    assert search().find(QUERY, READER) == []


def test_words_of_title_and_caption_count_too() -> None:
    item = described(
        "a", "A line chart by month with a peak.", caption="Figure 2: Ship arrivals in the harbour"
    )
    assert [found.shown for found in search(item).find(QUERY, READER)] == [item]


def test_what_the_asker_may_not_see_or_is_gone_is_not_found() -> None:
    assert search(HARBOUR, closed="a.pdf").find(QUERY, READER) == []
    assert search(HARBOUR, closed="a.pdf").find(QUERY, Access("boss", frozenset({"boss"})))
    assert search(HARBOUR).find(QUERY, Access("nobody", frozenset())) == []
    assert search(HARBOUR, gone="a").find(QUERY, READER) == []


def test_a_question_to_one_document_finds_its_figures_alone() -> None:
    found = search(HARBOUR, described("b", HARBOUR.description)).find
    assert [item.shown.figure.document for item in found(QUERY, READER)] == ["a", "b"]
    inside = Query(QUERY.text, "en", within="b")
    assert [item.shown.figure.document for item in found(inside, READER)] == ["b"]


def test_what_the_filter_of_a_question_leaves_out_is_not_found() -> None:
    found = search(HARBOUR, described("b", HARBOUR.description)).find
    asked = Access("me", READER.groups, documents=frozenset({"b"}))
    assert [item.shown.figure.document for item in found(QUERY, asked)] == ["b"]


def test_at_most_three_are_shown_the_best_first() -> None:
    many = [described("a", HARBOUR.description, number) for number in range(1, 6)]
    worse = described("b", "Ship arrivals in the harbour by month.")
    found = search(worse, *many).find(QUERY, READER)
    assert [item.shown.figure.id for item in found] == ["a.f1", "a.f2", "a.f3"]
