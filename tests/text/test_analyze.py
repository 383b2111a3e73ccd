import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.text import analyze
from metier.text.analyze import content_set, content_words, plain_set, stem, terms


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Kuendigung", "Kündigungen", "de"),
        ("Strasse", "Straße", "de"),
        ("1.000,50", "1,000.50", "de"),
        ("1.000,50", "1,000.50", "en"),
        ("AX-4711/B", "AX4711B", "en"),
        ("E-Mail", "Email", "de"),
        ("01.03.2025", "1. März 2025", "de"),
        ("1 March 2025", "2025-03-01", "en"),
        ("§ 7.2", "§7.2", "de"),
        ("company's policies", "companies’ policy", "en"),
        ("Kündi-\ngung", "Kündigung", "de"),
        ("Mueller", "Müller", "en"),
        ("U.S.", "US", "en"),
    ],
)
def test_two_spellings_share_a_term(one: str, other: str, language: str) -> None:
    assert set(terms(one, language)) & set(terms(other, language))


def test_identifiers_come_whole_and_in_parts() -> None:
    assert terms("AX-4711/B", "en") == ["ax", "4711", "b", "ax4711b"]
    assert {"info@acme.de", "acme"} <= set(terms("Mail an info@acme.de", "de"))
    assert terms("§ 7.2", "de") == ["§7.2", "7.2"]


def test_clause_numbers_that_end_in_zero_are_kept_apart() -> None:
    assert "2.10" in terms("clause 2.10", "en")
    assert "2.10" not in terms("clause 2.1", "en")


def test_stop_words_go_unless_asked_for() -> None:
    assert terms("How many days do we have?", "en") == ["day"]
    assert terms("nicht ohne dich", "de") == ["dich"]
    assert "mani" in terms("How many days do we have?", "en", stop_words=True)


def test_content_words_have_one_term_per_word() -> None:
    assert content_words("Die AX-4711/B kostet 1.000,50 Euro.", "de") == [
        "ax4711b",
        "kost",
        "1000.5",
        "euro",
    ]
    assert content_words("The well-known rule isn't new.", "en") == ["well", "known", "rule", "new"]


def test_plain_words_are_those_without_figures_and_codes() -> None:
    text = "The pump AX-4711 weighs 12 kg."
    assert content_set(text, "en") == frozenset(content_words(text, "en"))
    assert plain_set(text, "en") == {"pump", "weigh", "kg"}


def test_stems_do_not_depend_on_the_thread() -> None:
    words = [f"Kündigungen{number % 7}frist{number % 11}en" for number in range(400)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda word: stem(word, "de"), words))
    assert together == [stem(word, "de") for word in words]


def test_nothing_gives_nothing() -> None:
    assert terms("") == []
    assert terms("—!?") == []
    assert content_words("") == []


@given(st.text(st.characters(max_codepoint=127), max_size=80))
def test_text_in_ascii_falls_into_the_same_pieces(text: str) -> None:
    assert analyze._ASCII_CHUNK.findall(text) == analyze._CHUNK.findall(text)


@given(st.text(alphabet="abZ019 \n.,-'/_&:+@§\u00a0\u2009äßé\t", max_size=60), st.booleans())
def test_the_terms_of_a_text_are_those_of_its_chunks(text: str, stop_words: bool) -> None:
    chunks = analyze._CHUNK.findall(analyze._normal(text))
    wanted = [term for chunk in chunks for term in analyze._chunk_terms(chunk, "en", stop_words)]
    found = terms(text, "en", stop_words)
    assert found[: len(wanted)] == wanted  # dates come behind


def test_words_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyze, "_MOST_KNOWN", 3)
    known = analyze._Known("en", False)
    for word in ("keys", "cards", "papers", "gates", "x" * 41):
        assert known[word] == tuple(analyze._chunk_terms(word, "en", False))
        assert len(known) <= 3
    assert "x" * 41 not in known


@given(st.text(alphabet="1290.x", max_size=12))
def test_what_may_be_a_date_is_found_as_by_both_forms(text: str) -> None:
    wanted = re.search(r"(?:19|20)\d\d|\d\d?\.\d\d?\.\d\d", text)
    assert bool(analyze._YEAR.search(text)) == bool(wanted)
