from dataclasses import replace

from metier.generate.candidates import candidates
from metier.generate.standing import best_known_first
from metier.generate.stating import statements_of
from tests.builders import evidence, passage

TEXT = "Suitable extinguishing agents: foam."
COPY = replace(passage(TEXT, "d1", title="Annual report 2025"), uri="inbox/offer-final.docx")
REPORT = replace(passage(TEXT, "d2", title="Annual report 2025"), uri="finance/annual-report-2025.pdf")
OTHER = passage("The pump weighs 12 kg.", "d3")


def test_a_file_that_is_called_what_it_is_takes_the_place_of_its_copy() -> None:
    found = best_known_first(evidence(COPY, OTHER, REPORT))
    assert [item.passage.document for item in found] == ["d2", "d3", "d1"]
    held = replace(COPY, uri="annual-report-2025.eml//annual-report-2025.pdf")
    assert [item.passage.document for item in best_known_first(evidence(held, REPORT))] == ["d2", "d1"]


def test_it_is_cited_first() -> None:
    options = list(candidates(evidence(COPY, REPORT)))
    (statement,) = statements_of("Which agents?", [((options[0],), TEXT)], options)
    assert [citation.document for citation in statement.citations] == ["d2", "d1"]
