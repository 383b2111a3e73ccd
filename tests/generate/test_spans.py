"""The stretches of a sentence that may be the answer."""

from metier.generate.spans import spans

SENTENCE = "Our common stock is traded on the NASDAQ Global Select Market under the symbol “JACK.”"


def test_what_stands_in_quotation_marks_or_after_a_verb() -> None:
    found = {one.text: one for one in spans("What symbol does the stock use?", SENTENCE, "en")}
    assert found["JACK"].after == "quoted"
    assert found["the NASDAQ Global Select Market under the symbol “JACK"].after == "word"
    assert all(one.text in SENTENCE for one in found.values()), "nothing is invented"


def test_figures_come_with_how_well_their_neighbours_are_asked_for() -> None:
    text = "We borrowed $72.3 million under our credit facilities during 2019, of which $18.5 million was repaid."
    found = spans("How much was borrowed under credit facilities during 2019?", text, "en")
    figures = [one for one in found if one.after == "figure"]
    assert [one.text for one in figures] == ["$72.3 million", "$18.5 million"]
    assert figures[0].told > figures[1].told
    assert [one.place for one in figures] == [0, 1]


def test_a_figure_of_the_question_is_no_answer() -> None:
    assert [one.text for one in spans("What costs 5 EUR?", "The 5 EUR are the fee.", "en")] == ["the fee"]


def test_each_text_once_and_not_too_many() -> None:
    text = ", ".join(f"of part {n} for whom it is" for n in range(40))
    found = [one.text for one in spans("Who?", text, "en")]
    assert len(found) == len(set(found)) <= 14
