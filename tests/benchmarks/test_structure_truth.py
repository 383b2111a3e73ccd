from benchmarks.structure_truth import Heading, compare, likeness, printed_lines, true_headings
from metier.extract.raw import RawDocument, RawPage, RawRun
from metier.extract.structure.outline import Entry


def run(text: str, x: float, y: float) -> RawRun:
    return RawRun(text, (x, y, x + 5 * len(text), y + 12), "Times", 10)


PAGE = RawPage(
    1,
    600,
    800,
    runs=[
        run("2.1", 50, 10),
        run("Scope of work", 75, 10),
        run("beside", 400, 10),
        run("A long", 50, 40),
        run("title", 50, 54),
    ],
)


def test_lines_of_columns_are_kept_apart():
    assert printed_lines(PAGE) == ["21scopeofwork", "beside", "along", "title"]


def test_bookmarks_count_if_their_title_has_lines_of_its_own():
    raw = RawDocument("", "", [PAGE], [])
    entries = [
        Entry("Scope of Work", 1, 1),
        Entry("A long title", 2, 2),
        Entry("of work", 1, 2),
        Entry("X", 1, 2),
        Entry("Scope of Work", 1, 1),
    ]
    assert true_headings(raw, entries) == [Heading(1, "Scope of Work", 1), Heading(1, "A long title", 2)]


def test_headings_are_paired_one_to_one_on_nearby_pages():
    true = [Heading(1, "Scope", 1), Heading(5, "Terms", 1), Heading(9, "Notes", 1)]
    found = [Heading(1, "1 Scope", 1), Heading(1, "Scope", 2), Heading(6, "Terms", 1), Heading(7, "Notes", 1)]
    pairs, wrong, missed = compare(found, true)
    assert [known.text for _, known in pairs] == ["Scope", "Terms"]
    assert wrong == [Heading(1, "Scope", 2), Heading(7, "Notes", 1)]
    assert missed == [Heading(9, "Notes", 1)]


def test_likeness_forgives_a_letter_not_a_word():
    assert likeness("2.3 Delivery terms", "Delivery terms") == 1
    assert likeness("Deiivery terms", "Delivery terms") > 0.85
    assert likeness("Delivery", "Payment") < 0.5
    assert likeness("", "Payment") == 0


def test_a_title_that_is_bookmarked_and_printed_twice_counts_twice():
    page = RawPage(1, 600, 800, runs=[run("Results", 50, 10), run("1.2 Results", 50, 40)])
    raw = RawDocument("", "", [page], [])
    assert len(true_headings(raw, [Entry("Results", 1, 1)] * 3)) == 2
