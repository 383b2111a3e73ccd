from dataclasses import replace

from metier.generate.candidates import candidates
from tests.builders import evidence, passage, table


def test_every_sentence_and_row_is_a_candidate_with_its_own_citation():
    text = passage("Claims are due in 30 days. Late claims are refused.", start=50)
    rows = table("Product | Price\nAX-100 | 120 EUR")
    found = list(candidates(evidence(text, rows)))
    assert [item.text for item in found] == [
        "Claims are due in 30 days.",
        "Late claims are refused.",
        "Product: AX-100; Price: 120 EUR",
    ]
    assert [item.rank for item in found] == [0, 0, 1]
    assert found[0].after == found[1].text
    assert found[1].before == found[0].text
    citation = found[2].cite("c1")
    assert citation.quote == "AX-100 | 120 EUR" == rows.text[citation.start : citation.end]
    assert found[1].cite("c2").start == 50 + len("Claims are due in 30 days. ")


def test_fragments_and_endless_sentences_are_no_candidates():
    assert list(candidates(evidence(passage("Yes.")))) == []
    assert list(candidates(evidence(passage("word " * 200 + ".")))) == []


def test_lines_of_a_table_of_contents_are_no_candidates():
    dotted = (
        "4.4.1 Aims of the file rules . . . . . . . . . . . 26\n4.4.2 The given file rules ........... 27"
    )
    assert list(candidates(evidence(passage(dotted)))) == []
    under = replace(
        passage("1 Introduction 2 Usage of the pump 3\n\n2 4 7"), heading_path=("Manual", "Contents")
    )
    assert list(candidates(evidence(under))) == []
    told = replace(passage("The course covers safety and first aid."), heading_path=("Training", "Inhalt"))
    assert [item.text for item in candidates(evidence(told))] == [told.text]
    (elision,) = candidates(evidence(passage("Whoever signs here ............ agrees to the terms.")))
    assert elision.text.endswith("agrees to the terms.")


def test_a_row_has_cells_and_a_sentence_has_none():
    (row,) = candidates(evidence(table("Pump | Weight\nOndara | 12 kg")))
    assert row.cells == (("Pump", "Ondara"), ("Weight", "12 kg"))
    (sentence,) = candidates(evidence(passage("Note: the pump weighs 12 kg.")))
    assert sentence.cells == ()


def test_a_sentence_that_only_announces_is_no_candidate_but_a_list_with_its_lead_is():
    announced = passage("The components of receivables are as follows (in thousands): Opening hours: 8 to 5.")
    assert [item.text for item in candidates(evidence(announced))] == [announced.text]
    for text in (
        "The components are as follows (in thousands):",
        "Die Anteile setzen sich wie folgt zusammen:",
    ):
        assert list(candidates(evidence(passage(text)))) == []
    (kept,) = candidates(evidence(passage("The price of the pump is 40 EUR:")))
    assert kept.text.startswith("The price")


def test_the_title_of_a_document_is_no_statement():
    text = "Printing and scanning\n\nThere is one queue."
    found = candidates(evidence(passage(text, title="Printing and scanning")))
    assert [item.text for item in found] == ["There is one queue."]


def test_a_numbered_heading_is_no_statement():
    text = "13. Disposal\n\nResidues go to the disposal company.\n\n1. January is a holiday."
    found = candidates(evidence(passage(text)))
    assert [item.text for item in found] == [
        "Residues go to the disposal company.",
        "1. January is a holiday.",
    ]
