from metier.types import Citation, Evidence, Passage, Statement
from metier.verify.align import align

SOURCE = "Remote work is open to all. The notice period is three months. It starts at the end of a month. Lunch is free. Dogs stay out."


def evidence(text: str = SOURCE, kind: str = "text", **fields: object) -> Evidence:
    known = {
        "id": "p", "document": "d", "uri": "u", "title": "Handbook", "page": 1, "start": 100, "end": 100 + len(text),
        "text": text, "heading_path": ("Leaving",), "kind": kind, "language": "en", "version_date": "", "groups": (),
    }  # fmt: skip
    return Evidence(Passage(**{**known, **fields}), 1.0)  # type: ignore[arg-type]


def cite(quote: str, text: str = SOURCE) -> Citation:
    start = 100 + text.index(quote)
    return Citation("c", "d", "u", "Handbook", "", 1, start, start + len(quote), quote)


def test_a_quote_brings_its_neighbours_and_nothing_else() -> None:
    found = align(
        Statement("s", "The notice period is 3 months.", (cite("The notice period is three months."),)),
        (evidence(),),
    )
    assert "Remote work" in found.cited
    assert "It starts" in found.cited
    assert "Lunch" not in found.cited
    assert found.span == found.closest == "The notice period is three months."
    assert (found.words, found.tokens, found.order, found.novel) == (1.0, 1.0, 1.0, 0)


def test_text_that_is_not_cited_does_not_count() -> None:
    found = align(Statement("s", "Dogs stay out.", (cite("Remote work is open to all."),)), (evidence(),))
    assert found.words == 0
    assert found.novel == 3


def test_titles_and_headings_are_context() -> None:
    found = align(
        Statement("s", "Leaving: the period is three months.", (cite("The notice period is three months."),)),
        (evidence(),),
    )
    assert found.words == 1.0


def test_without_citations_nothing_is_shared() -> None:
    found = align(Statement("s", "The notice period is three months.", ()), (evidence(),))
    assert (found.words, found.tokens, found.order, found.pairs, found.anywhere) == (0, 0, 0, 0, 0)


def test_a_quote_that_is_not_in_its_passage_stands_alone() -> None:
    wrong = Citation("c", "d", "u", "", "", 1, 100, 110, "Invented text.")
    assert align(Statement("s", "Invented text.", (wrong,)), (evidence(),)).cited == "Invented text."


def test_a_table_row_brings_the_head_of_the_table() -> None:
    table = "Item | Price\nAX-1 | 5 EUR\nAX-2 | 6 EUR\nAX-3 | 7 EUR\nAX-4 | 8 EUR"
    found = align(
        Statement("s", "The price of AX-4 is 8 EUR.", (cite("AX-4 | 8 EUR", table),)),
        (evidence(table, "table"),),
    )
    assert found.cited == "Item: AX-4; Price: 8 EUR"
    assert (found.words, found.order, found.novel) == (1.0, 1.0, 0)


def test_beside_a_row_only_text_right_above_the_table_counts() -> None:
    table, above = "Item | Price\nAX-1 | 5\nAX-2 | 6", "An intro.\nThis list.\nPrices in EUR."
    near = evidence(above, start=99 - len(above), end=99)
    far = evidence("Prices in USD.", start=0, end=14, document="other")
    found = align(
        Statement("s", "AX-2 costs EUR 6.", (cite("AX-2 | 6", table),)), (evidence(table, "table"), near, far)
    )
    assert "This list.\nPrices in EUR." in found.context
    assert "intro" not in found.context
    assert "USD" not in found.context


def test_the_closest_sentence_is_one_even_if_a_second_brings_a_word() -> None:
    text = "Data are deleted after at most 20 months. Smoking is allowed at least 38 metres away."
    found = align(
        Statement("s", "Smoking is allowed at most 38 metres away.", (cite(text, text),)), (evidence(text),)
    )
    assert found.closest == "Smoking is allowed at least 38 metres away."


def test_units_numbers_and_dates_in_another_spelling_are_the_same_words() -> None:
    text = "Es kostet 5 Euro, 12 Prozent mehr, ab 1. März 2025 und dauert zwei Tage."
    said = "Es kostet 5 €, 12 % mehr, ab 01.03.2025 und dauert 2 Tage."
    found = align(Statement("s", said, (cite(text, text),)), (evidence(text),))
    assert (found.words, found.tokens, found.order) == (1.0, 1.0, 1.0)


def test_what_stands_above_a_list_is_said_of_its_items() -> None:
    text = (
        "The server checks:\n- that you have a home directory\n- that it holds a key\n\nThen it lets you in."
    )
    item = align(
        Statement("s", "The server checks that it holds a key.", (cite("- that it holds a key", text),)),
        (evidence(text),),
    )
    assert item.words == item.tokens == 1.0
    other = align(
        Statement("s", "The server checks.", (cite("Then it lets you in.", text),)), (evidence(text),)
    )
    assert other.words < 1.0
    plain = text.replace("checks:", "checks.")
    assert (
        "checks"
        not in align(Statement("s", "?", (cite("- that it holds a key", plain),)), (evidence(plain),)).context
    )


def test_clauses_are_held_against_the_sentence_of_each() -> None:
    text = "Lunch is free for guests. The shop opens at nine. Dogs stay out. The gate closes early on Friday."
    said = "The gate closes early on Friday, and lunch is free for guests."
    quotes = (cite("Lunch is free for guests.", text), cite("The gate closes early on Friday.", text))
    found = align(Statement("s", said, quotes), (evidence(text),))
    assert found.parts == (
        ("The gate closes early on Friday,", "The gate closes early on Friday."),
        ("and lunch is free for guests.", "Lunch is free for guests."),
    )
    assert found.span == "Lunch is free for guests.\nThe gate closes early on Friday."
    assert (found.words, found.order) == (1.0, 11 / 12)
    turned = align(Statement("s", "Lunch is early on Friday for the gate.", quotes), (evidence(text),))
    assert not turned.parts
    assert turned.order < 0.7
