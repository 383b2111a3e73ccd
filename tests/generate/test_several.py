import numpy as np

from metier.generate.candidates import Candidate, candidates
from metier.generate.ranking import Ranked
from metier.generate.several import misses_year, several, table_to_find
from metier.types import Passage
from tests.builders import evidence, passage, table

STEPS = "Open the app.\nScan the code.\nKeep the spare codes."


def options(*passages: Passage) -> list[Candidate]:
    return list(candidates(evidence(*passages)))


def ranked(items: list[Candidate], *chance: float) -> Ranked:
    return Ranked(items, np.array([*chance, *[0.0] * (len(items) - len(chance))]), chance[0])


def texts(question: str, among: Ranked, every: list[Candidate], language: str = "en") -> list[str]:
    found = several(question, language, among, among.items[:3], every)
    return [item.text for item in found.items] if found else []


def test_steps_are_told_in_their_order_however_likely_each_is() -> None:
    every = options(passage(STEPS), passage("The app is free.", "d2"))
    among = ranked([every[1], every[3], every[0]], 0.3, 0.25, 0.2)
    assert texts("How do I set up the app?", among, every) == STEPS.split("\n")
    assert among.together(every[:3]) > among.certain


def test_a_sentence_that_is_likelier_than_the_list_stays_alone() -> None:
    every = options(passage(STEPS), passage("The app is set up by the service desk.", "d2"))
    assert texts("How do I set up the app?", ranked([every[3], every[0]], 0.6, 0.2), every) == []
    assert texts("When is the app set up?", ranked([every[0], every[1]], 0.4, 0.3), every) == []


def test_sentences_of_a_paragraph_are_no_list() -> None:
    every = options(passage("Open the app. Scan the code. Keep the spare codes."))
    assert texts("How do I set up the app?", ranked(every, 0.4, 0.3), every) == []


MANUAL = "Notes are short.\n\n\\todo[noline]{A note.}\n\nThe note stands inside.\n\n\\draw[red] (0, 0);\n\nThe figure floats."


def test_code_and_the_lines_around_it_are_no_list() -> None:
    every = options(passage(MANUAL))
    assert texts("How do I put a note in the margin?", ranked(every, 0.2, 0.3, 0.2), every) == []


def test_lines_with_marks_and_lines_without_are_two_lists() -> None:
    steps = ["• Open the app.", "• Scan the code.", "• Keep the spare codes."]
    every = options(passage("\n\n".join(["The app is free.", *steps, "The desk helps."])))
    among = ranked([every[2], every[1], every[0]], 0.3, 0.25, 0.2)
    assert texts("How do I set up the app?", among, every) == steps


CUSTOMERS = [
    passage("Northgate Water Ltd receives a discount of 7.5 per cent on list prices.", "d1"),
    passage("Eastmoor Paper Ltd receives a discount of 3 per cent on list prices.", "d2"),
    passage("Kingsbury Ceramics Ltd receives a discount of 9 per cent on list prices.", "d3"),
    passage("Pemberton Plastics Ltd receives a discount of 5 per cent on list prices.", "d4"),
    passage("Customers complain in writing.", "d5"),
]


def test_all_things_of_which_the_same_is_said() -> None:
    every = options(*CUSTOMERS)
    among = ranked(every, 0.5, 0.02, 0.02, 0.02, 0.02)
    found = several("Which customers have a discount?", "en", among, every[:1], every)
    assert found is not None
    assert [item.passage.document for item in found.items] == ["d1", "d2", "d3", "d4"]
    assert found.notes == ("This is what was found; other documents may name more.",)
    assert texts("Which customer has a discount of 7.5 per cent?", among, every) == []


def test_what_is_not_said_of_the_year_asked_for_is_no_list() -> None:
    every = options(*CUSTOMERS)
    assert texts("Which customers have a discount in 2027?", ranked(every, 0.5), every) == []


ROWS = "Machine | Work | By\nLathe | oil spindle | Maintenance\nCrane | inspect rope | Expert\nOven | check heat | Expert"


def test_rows_of_a_table_in_its_order_that_say_what_is_asked() -> None:
    every = options(table(ROWS))
    among = ranked([every[1], every[0]], 0.5, 0.1)
    assert [
        text.split(";")[0] for text in texts("Which machines does the expert look after?", among, every)
    ] == [
        "Machine: Crane",
        "Machine: Oven",
    ]
    assert len(texts("Which works are planned?", among, every)) == 3


def test_a_long_table_is_cut_and_that_is_said() -> None:
    rows = "\n".join(f"Article {number} | {number * 10}" for number in range(15))
    every = options(table(f"Name | Price\n{rows}"))
    found = several("Which articles are there?", "en", ranked(every, 0.5), every[:1], every)
    assert found is not None
    assert (len(found.items), found.notes) == (12, ("12 of 15 are shown.",))


def test_a_sentence_that_points_at_the_table_below_is_said_with_it() -> None:
    text = "Company cars are given to the functions in the following table."
    every = options(
        passage(text, "d1"),
        table("Function | Limit\nSales | 600\nService | 400", "d1", start=len(text) + 1),
        table("Function | Limit\nBoard | 900", "d2"),
    )
    assert texts("Who gets a company car?", ranked(every, 0.6), every) == [
        text,
        "Function: Sales; Limit: 600",
        "Function: Service; Limit: 400",
    ]


def test_a_list_of_a_year_needs_the_year_or_a_document_called_by_the_kind() -> None:
    (line,) = options(passage("Contracts are kept by the office.", "d1", title="Handbook 2026"))
    (plan,) = options(passage("The crane is inspected.", "d2", title="Maintenance plan of machines 2026"))
    assert misses_year("Which contracts end in 2026?", "en", line)
    assert not misses_year("Which contracts are there?", "en", line)
    assert not misses_year("When does the contract end in 2026?", "en", line)
    assert not misses_year("Which machines are inspected in 2026?", "en", plan)


def test_the_kind_that_is_likelier_together_is_told() -> None:
    every = options(
        passage("Invoices of Castings GmbH are paid within 45 days by the buyer.", "s1"),
        passage("Northgate Ltd pays its bills net in 10 days of the date.", "c1"),
        passage("Eastmoor Ltd pays its bills net in 30 days of the date.", "c2"),
        passage("Kingsbury Ltd pays its bills net in 20 days of the date.", "c3"),
    )
    among = ranked(every, 0.3, 0.2, 0.15, 0.1)
    assert [text.split()[0] for text in texts("Which terms of payment are agreed?", among, every)] == [
        "Northgate",
        "Eastmoor",
        "Kingsbury",
    ]


def test_a_line_that_is_no_sentence_outdoes_no_list() -> None:
    every = options(passage(STEPS), passage("Guide of the IT, edition 2026", "d2"))
    among = ranked([every[3], every[0], every[1]], 0.6, 0.2, 0.1)
    assert texts("How do I set up the app?", among, every) == STEPS.split("\n")


def test_a_table_that_is_pointed_at_and_was_not_found_is_searched_for() -> None:
    text = "Cars are given to the functions in the following table."
    pointing = passage(text, "d1", title="Car policy", heading_path=("Who is entitled",))
    below = table(
        "Function | Limit\nSales | 600", "d1", start=len(text) + 1, heading_path=("Who is entitled",)
    )
    assert table_to_find(options(pointing)) == f"Car policy Who is entitled {text}"
    assert table_to_find(options(pointing, below)) == ""
    assert table_to_find(options(passage("Cars are white.", "d2"))) == ""


def test_the_highest_of_what_is_said_of_several_things_comes_first() -> None:
    every = options(*CUSTOMERS)
    among = ranked(every, 0.5, 0.1, 0.1, 0.1)
    most = several("Which customer has the highest discount?", "en", among, every[:1], every)
    assert most is not None
    assert [item.passage.document for item in most.items] == ["d3", "d1", "d4", "d2"]
    assert most.notes == ("Of the 4 that were found; other documents may name more.",)
    least = several("Which customer has the lowest discount?", "en", among, every[:1], every)
    assert least is not None
    assert least.items[0].passage.document == "d2"


def test_figures_of_two_units_are_not_put_in_order() -> None:
    every = options(
        passage("The warranty for deliveries to Northgate Ltd is 36 months long.", "d1"),
        passage("The warranty for deliveries to Eastmoor Ltd is 2 percent long.", "d2"),
    )
    assert texts("Which customer has the longest warranty?", ranked(every, 0.5, 0.4), every) == []
