from dataclasses import replace

from metier.generate.candidates import candidates
from metier.generate.stating import in_words_of_source, led_by, restated, shortened, statements_of
from metier.types import Citation, Finding, Query, Statement
from tests.builders import evidence, passage

TEXT = "Suitable extinguishing agents: foam."


def test_a_copy_in_a_document_of_another_name_is_not_cited() -> None:
    sheets = evidence(
        passage(TEXT, "d1", title="Safety data sheet Rinsol"),
        passage(TEXT, "d2", title="Safety data sheet Descal"),
    )
    options = list(candidates(sheets))

    def cited_for(question: str) -> list[str]:
        (statement,) = statements_of(question, [((options[0],), TEXT)], options)
        return [citation.document for citation in statement.citations]

    assert cited_for("Which extinguishing agents are suitable for Rinsol?") == ["d1"]
    assert cited_for("Which extinguishing agents does a safety data sheet name?") == ["d1", "d2"]


def test_a_document_stands_before_the_copy_that_an_e_mail_holds() -> None:
    found = evidence(
        replace(passage(TEXT, "d1"), uri="mail.eml//report.pdf"),
        replace(passage(TEXT, "d2"), uri="report.pdf"),
    )
    options = list(candidates(found))
    (statement,) = statements_of("Which agents?", [((options[0],), TEXT)], options)
    assert [citation.uri for citation in statement.citations] == ["report.pdf", "mail.eml//report.pdf"]


def test_a_bullet_is_not_said_and_a_number_is() -> None:
    for line, said in (
        ("• The lid is shut.", "The lid is shut."),
        ("2. The lid is shut.", "2. The lid is shut."),
    ):
        options = list(candidates(evidence(passage(line))))
        (statement,) = statements_of("Is the lid shut?", [((options[0],), options[0].text)], options)
        assert (statement.text, statement.citations[0].quote) == (said, line)


def test_a_version_that_is_not_in_force_is_not_cited_beside_the_one_that_is() -> None:
    new, old = evidence(passage(TEXT, "new"), passage(TEXT, "old"))
    old = replace(old, scores={**old.scores, "superseded": 1.0})
    options = list(candidates([old, new]))
    for said in options:
        (statement,) = statements_of("Which agents?", [((said,), TEXT)], options)
        assert [citation.document for citation in statement.citations] == ["new"]
    (alone,) = statements_of("Which agents?", [((options[0],), TEXT)], options[:1])
    assert [citation.document for citation in alone.citations] == ["old"]


def test_citations_are_numbered_on_and_a_result_cites_all_it_rests_on() -> None:
    found = evidence(passage("The pump weighs 12 kg.", "d1"), passage("The mixer weighs 15 kg.", "d2"))
    one, two = candidates(found)
    said = [((one, two), "Difference: 15 - 12 = 3 kg."), ((two,), two.text)]
    result, other = statements_of("How much heavier is the mixer?", said, [one, two])
    assert (result.id, [citation.id for citation in result.citations]) == ("s1", ["c1", "c2"])
    assert (other.id, [citation.id for citation in other.citations]) == ("s2", ["c3"])


def test_a_sentence_holds_its_short_answer() -> None:
    found = evidence(passage("Claims are due within 30 days.", "d1"))
    (item,) = candidates(found)
    query = Query("Within how many days are claims due?", "en")
    (statement,) = statements_of(query.text, [((item,), item.text)], [item])
    assert shortened(query, statement, item, found).values == ("30 days",)


def test_what_a_table_answers_is_not_said_again_by_its_row() -> None:
    first = Statement("s1", "Average: 3.", (_cited("c1", 10), _cited("c2", 0)))
    same = Statement("s1", "Rent; 2024: 3", (_cited("c1", 10),))
    other = Statement("s2", "Rent is paid monthly.", (_cited("c2", 50),))
    led = led_by(first, [same, other])
    assert [(item.id, item.text) for item in led] == [("s1", "Average: 3."), ("s2", "Rent is paid monthly.")]
    assert [item.citations[0].id for item in led] == ["c1", "c3"]


def _cited(identity: str, start: int) -> Citation:
    return Citation(identity, "d", "d", "", "", 1, start, start + 5, "quote")


def test_a_sentence_in_another_language_than_its_source_leaves_in_the_words_of_the_source() -> None:
    (item,) = evidence(passage("Claims are due within 30 days. Late claims lapse for good."))
    cited = item.passage.cite("c1", item.passage.start, item.passage.start + 30)
    german = Statement("s1", "Die Abrechnung ist innerhalb von 30 Tagen einzureichen.", (cited,))
    assert in_words_of_source(german, [item]).text == "Claims are due within 30 days."
    assert in_words_of_source(german, [item]).citations == (cited,)
    english = replace(german, text="They are due within 30 days after the journey.")
    assert in_words_of_source(english, [item]) == english
    assert in_words_of_source(german, []) == german


def test_what_was_not_confirmed_is_said_in_the_words_it_cites_if_these_were_meant() -> None:
    (item,) = evidence(passage("Claims are due within 30 days. Late claims lapse for good."))
    cited = item.passage.cite("c1", item.passage.start + 3, item.passage.start + 20)
    written = Statement("s1", "You have 45 days for a claim.", (cited,))
    held, other = (Finding("support", "s1", score > 0.5, score) for score in (0.6, 0.2))
    said = restated(Query("How long is there time for claims?", "en"), written, [item], [held])
    assert said is not None
    assert said.text == "Claims are due within 30 days."
    assert said.values == ("30 days",)
    assert restated(Query("?", "en"), written, [item], [other]) is None
    assert restated(Query("?", "en"), written, [], [held]) is None
    assert restated(Query("?", "en"), written, [replace(item, suspicious=("override",))], [held]) is None
