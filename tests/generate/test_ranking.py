import numpy as np

from metier.generate.candidates import candidates
from metier.generate.ranking import Ranker, section_of
from metier.text.vocabulary import count_terms
from tests.builders import WordEmbedder, evidence, passage

WEIGHTS = {"bias": -3.0, "sentence_coverage": 4.0, "cosine_sentence": 4.0}
VOCABULARY = count_terms(["claim day", "pump store"])
OPTIONS = list(
    candidates(evidence(passage("The pump is stored dry.", "d1"), passage("Claims are due in June.", "d2")))
)


class LikesPumps:
    def score(self, question, texts):
        return np.array([5.0 if "pump" in text else -5.0 for text in texts])


def ranker(models, reader=None):
    return Ranker(models, WordEmbedder(), lambda: VOCABULARY, reader=reader)


def test_the_candidate_that_says_the_words_comes_first():
    ranked = ranker({"weights": WEIGHTS}).rank("When are claims due?", "en", OPTIONS)
    assert [item.passage.document for item in ranked.items] == ["d2", "d1"]
    assert ranked.chance[0] > ranked.chance[1]
    assert 0 < ranked.certain < 1


def test_the_reader_has_the_last_word_and_only_on_what_it_read():
    models = {"weights": WEIGHTS, "read": {"weights": {"read": 4.0}}}
    reading = ranker(models, LikesPumps())
    assert reading.reads
    first, last = reading.looks("When are claims due?", "en", OPTIONS)
    assert (first.section, last.section) == ((), ("read",))
    assert reading.rank("When are claims due?", "en", OPTIONS).items[0].passage.document == "d1"
    assert len(reading.rank("When are claims due?", "en", OPTIONS, most=1).items) == 1


def test_without_sentence_vectors_the_shallow_section_is_used():
    models = {"weights": WEIGHTS, "shallow": {"weights": {"bias": 1.0}}}
    (look,) = ranker(models).looks("When are claims due?", "en", OPTIONS)
    assert look.section == ("shallow",)
    assert section_of(models, look.section) == {"weights": {"bias": 1.0}}


def test_a_sentence_without_a_figure_gives_way_where_a_figure_is_asked_for():
    texts = ["A claim costs what the claim list says.", "Each claim costs 30 EUR.", "The pump is stored."]
    options = list(candidates(evidence(*(passage(text, f"d{place}") for place, text in enumerate(texts)))))
    models = {"weights": {"bias": -1.0, "sentence_coverage": 3.0}}
    plain = ranker(models).rank("Who says what a claim costs?", "en", options)
    assert plain.items[0].passage.document == "d0"
    asked = ranker(models).rank("What does a claim cost?", "en", options)
    assert [item.passage.document for item in asked.items] == ["d1"]
    assert asked.certain == plain.certain or asked.certain > 0.05


def test_who_asks_for_a_figure_is_told_nothing_for_sure_where_none_is():
    ranked = ranker({"weights": WEIGHTS}).rank("How many claims are due?", "en", OPTIONS)
    assert len(ranked.items) == len(OPTIONS)
    assert ranked.certain <= 0.05


def test_what_does_not_speak_of_the_acronym_gives_way_to_what_does():
    texts = ["The equity ratio was 44 per cent.", "Earnings before interest and taxes came to 7 million."]
    options = list(candidates(evidence(*(passage(text, f"d{place}") for place, text in enumerate(texts)))))
    asks = ranker({"weights": {"bias": 0.0, "sentence_coverage": 1.0}})
    assert [item.passage.document for item in asks.rank("How high was EBIT?", "en", options).items] == ["d1"]
    # where nothing speaks of it, nothing is left out
    assert len(asks.rank("How high was NDA?", "en", options).items) == 2


SHEETS = (
    ("Gloves of nitrile rubber are worn.", "Safety Data Sheet Fettlos"),
    ("Gloves of butyl rubber are to be worn.", "Safety Data Sheet Descalit"),
    ("Gloves are worn in the hall.", "House rules"),
)


def sheets(*chosen):
    found = [passage(SHEETS[number][0], f"d{number}", title=SHEETS[number][1]) for number in chosen]
    return list(candidates(evidence(*found)))


def test_who_asks_about_one_product_is_told_nothing_of_another():
    rare = count_terms(["gloves"] * 50 + ["descalit", "fettlos"])
    asks = Ranker({"weights": {"sentence_coverage": 3.0}}, WordEmbedder(), lambda: rare)
    found = asks.rank("Which gloves are worn for Descalit?", "en", sheets(0, 1, 2))
    assert [item.passage.document for item in found.items] == ["d1"]
    # nothing that was found is about it: nothing is left out, nobody knows better
    assert len(asks.rank("Which gloves are worn for Descalit?", "en", sheets(0, 2)).items) == 2


def test_a_name_that_stands_everywhere_tells_nothing_apart():
    common = count_terms(["gloves descalit"] * 50 + ["fettlos"])
    asks = Ranker({"weights": {"sentence_coverage": 3.0}}, WordEmbedder(), lambda: common)
    assert len(asks.rank("Which gloves are worn for Descalit?", "en", sheets(0, 1, 2)).items) == 3


def test_what_stands_beside_the_name_may_be_meant():
    rare = count_terms(["machine"] * 50 + ["eastmoor", "dosimar"])
    asks = Ranker({"weights": {"sentence_coverage": 3.0}}, WordEmbedder(), lambda: rare)
    found = (
        passage("Eastmoor buys pumps of the type Dosimar from us.", "contract", title="Agreement 7"),
        passage("The machine makes 67 decibel.", "manual", title="Operating manual Dosimar"),
        passage("The machine makes 61 decibel.", "other", title="Operating manual Ondara"),
    )
    ranked = asks.rank(
        "How many decibel does the machine of Eastmoor make?", "en", list(candidates(evidence(*found)))
    )
    assert [item.passage.document for item in ranked.items] == ["manual"]


def test_another_kind_of_value_gives_way_to_the_kind_that_is_asked_for():
    texts = ["The pump has a flow of 25 l/h.", "The pump takes up 180 W of power."]
    options = list(candidates(evidence(*(passage(text, f"d{place}") for place, text in enumerate(texts)))))
    asks = ranker({"weights": {"bias": 0.0, "passage_score": 0.0}})
    assert [item.passage.document for item in asks.rank("How many watts?", "en", options).items] == ["d1"]


def test_what_is_told_apart_by_a_number_is_not_taken_for_another():
    texts = ["Scope 1 and 2 emissions fell to 4,770 tonnes.", "Scope 3 emissions rose to 9,000 tonnes."]
    options = list(candidates(evidence(*(passage(text, f"d{place}") for place, text in enumerate(texts)))))
    found = ranker({"weights": WEIGHTS}).rank("How high were scope 3 emissions?", "en", options)
    assert [item.passage.document for item in found.items] == ["d1"]


def test_a_quarter_is_no_answer_about_its_year():
    quarter, year = ("Revenue in Q3 2025 was 22,206.", "Revenue in 2025 was 87,737.")
    both = list(candidates(evidence(passage(quarter, "d0"), passage(year, "d1"))))
    asks = ranker({"weights": WEIGHTS})
    asked = "How high was revenue in 2025?"
    assert [item.passage.document for item in asks.rank(asked, "en", both).items] == ["d1"]
    assert len(asks.rank("How high was revenue in Q3 2025?", "en", both).items) == 2
    assert asks.rank(asked, "en", both[:1]).certain <= 0.05, "nothing else was found, and it is not the year"


def test_english_texts_tell_which_german_nouns_are_names():
    rare = count_terms(["rent"] * 50 + ["derby", "halle"])
    asks = Ranker({"weights": {"sentence_coverage": 3.0}}, WordEmbedder(), lambda: rare)
    lease = passage("The warehouse stands in Derby. The rent is EUR 21,000.", "derby")
    other = passage("Die Miete beträgt 8.400 EUR im Monat.", "other", language="de")
    found = asks.rank("Wie hoch ist die Miete in Derby?", "de", list(candidates(evidence(lease, other))))
    assert {item.passage.document for item in found.items} == {"derby"}


def test_beside_a_place_stand_other_places():
    rare = count_terms(["scrap"] * 50 + ["derby", "siegen"])
    asks = Ranker({"weights": {"sentence_coverage": 3.0}}, WordEmbedder(), lambda: rare)
    found = (
        passage("The plants are in Siegen and Derby.", "history", title="History of Siegen"),
        passage("Scrap in Siegen was 3 per cent.", "report", title="Quality report"),
    )
    ranked = asks.rank("How much scrap was there in Derby?", "en", list(candidates(evidence(*found))))
    assert {item.passage.document for item in ranked.items} == {"history"}
