import numpy as np

from metier.generate.extractive import ExtractiveGenerator
from metier.text.vocabulary import count_terms
from metier.types import Query
from tests.builders import WordEmbedder, evidence, passage, table

WEIGHTS = {"bias": -3.0, "sentence_coverage": 4.0, "cosine_sentence": 4.0, "superseded": -1.0}
VOCABULARY = count_terms(["claim day", "claim refuse", "pump store", "notice week"])


def generator(**models):
    return ExtractiveGenerator({"weights": WEIGHTS} | models, WordEmbedder(), lambda: VOCABULARY)


def test_the_sentence_that_answers_is_quoted_and_cited():
    found = evidence(
        passage("The pump is stored dry.", "d1"), passage("Claims are due within 30 days.", "d2")
    )
    draft = generator().generate(Query("Within how many days are claims due?", "en"), found)
    assert draft.statements[0].text == "Claims are due within 30 days."
    (citation,) = draft.statements[0].citations
    assert (citation.document, citation.quote) == ("d2", "Claims are due within 30 days.")
    assert draft.confidence > 0.5


def test_a_question_nothing_speaks_of_gets_little_confidence():
    found = evidence(passage("The pump is stored dry.", "d1"))
    assert (
        generator().generate(Query("Who won the chess tournament in Lisbon?", "en"), found).confidence < 0.2
    )


def test_no_evidence_no_statements():
    draft = generator().generate(Query("Anything?", "en"), [])
    assert (draft.statements, draft.confidence) == ((), 0.0)
    assert draft.reason


def test_a_copy_in_another_document_is_cited_too():
    text = "Claims are due within 30 days."
    draft = generator().generate(
        Query("When are claims due?", "en"), evidence(passage(text, "d1"), passage(text, "d2"))
    )
    assert [citation.document for citation in draft.statements[0].citations] == ["d1", "d2"]
    assert len(draft.statements) == 1


def test_an_outdated_sentence_does_not_stand_beside_the_current_one():
    current, old = evidence(
        passage("Claims are due within 30 days.", "new"), passage("Claims are due within 60 days.", "old")
    )
    old.scores["superseded"] = 1.0  # type: ignore[index]
    draft = generator().generate(Query("Within how many days are claims due?", "en"), [current, old])
    assert [citation.document for item in draft.statements for citation in item.citations] == ["new"]


def test_both_sides_of_a_comparison_are_shown():
    found = evidence(table("Pump | Weight\nOndara | 12 kg\nTempora | 15 kg\nPulsano | 9 kg"))
    query = Query(
        "Which pump is heavier, Ondara or Tempora?", "en", ("Which pump, Ondara?", "Which pump, Tempora?")
    )
    texts = [item.text for item in generator().generate(query, found).statements]
    assert texts == ["Pump: Ondara; Weight: 12 kg", "Pump: Tempora; Weight: 15 kg"]


def test_evidence_without_sentence_vectors_has_weights_of_its_own():
    found = evidence(passage("Claims are due within 30 days.", "d2"))
    query = Query("When are claims due?", "en")
    timid = generator(shallow={"weights": {"bias": -30.0}})
    assert timid.generate(query, found).confidence < 1e-6 < generator().generate(query, found).confidence


def test_the_second_step_is_asked_for_only_where_it_helps():
    policy = passage("Business class requires the consent of the Chief Financial Officer.", "policy")
    asks = generator().needs
    assert asks(Query("Who, by name, must agree to business class?", "en"), evidence(policy)) == (
        "Chief Financial Officer: name, extension, e-mail",
    )
    assert asks(Query("What does business class require?", "en"), evidence(policy)) == ()
    assert asks(Query("Who, by name, must agree?", "en"), []) == ()


def test_a_role_in_another_language_is_bridged_by_the_reader():
    class Reader:
        def score(self, question, texts):
            same = [question == "Wer ist Brandschutzbeauftragte?" and "Fire Safety" in text for text in texts]
            asked = [question != "Wer ist Brandschutzbeauftragte?" and "Rundgang" in text for text in texts]
            return np.array([6.0 if one or other else -6.0 for one, other in zip(same, asked, strict=True)])

    rule = passage("Den Rundgang macht die Brandschutzbeauftragte im Mai.", "rule", language="de")
    directory = table(
        "Name | Function | Extension\nAda Quist | Fire Safety Officer | 117\nBo Lund | Cook | 118",
        "directory",
    )
    weights = {"bias": 0.0, "read": 4.0}
    models = {
        "weights": {"bias": 0.0},
        "read": {"weights": weights},
    }
    reading = ExtractiveGenerator(models, WordEmbedder(), lambda: VOCABULARY, reader=Reader())
    asked = Query("Wie heißt die Person, die den Rundgang macht?", "de")
    assert reading.needs(asked, evidence(rule)) == ("Brandschutzbeauftragte: Name, Durchwahl, E-Mail",)
    draft = reading.generate(asked, evidence(rule, directory))
    assert [item.text for item in draft.statements] == [
        rule.text,
        "Name: Ada Quist; Function: Fire Safety Officer; Extension: 117",
    ]


def test_what_a_row_is_about_is_searched_for_and_answers():
    store = table("Product | Room | Litres\nRinsol | C-112 | 2000", "store")
    sheet = passage("The flash point is 74 degrees.", "sheet", title="Safety Data Sheet Rinsol")
    query = Query("What flash point has the product in room C-112?", "en")
    assert generator().needs(query, evidence(store)) == ("What flash point has the product in room Rinsol?",)
    draft = generator().generate(query, evidence(store, sheet))
    assert [item.text for item in draft.statements] == [
        "Product: Rinsol; Room: C-112; Litres: 2000",
        "The flash point is 74 degrees.",
    ]


def test_what_is_put_together_says_so_and_what_is_replaced_is_named() -> None:
    pumps = evidence(table("Pump | Weight\nOndara | 12 kg\nTempora | 15 kg", "pumps"))
    sides = ("Which pump, Ondara?", "Which pump, Tempora?")
    compared = Query("Which pump is heavier, Ondara or Tempora?", "en", sides, compares=True)
    assert generator().generate(compared, pumps).composed
    rule = passage("The working week has 39 hours.", "d1", title="Working time")
    change = passage("The working week has 35 hours.", "d2", title="Working time, amendment 1")
    draft = generator().generate(Query("How many hours has the working week?", "en"), evidence(rule, change))
    assert not draft.composed
    assert draft.replaced == (("d1", 0, len(rule.text)),)
