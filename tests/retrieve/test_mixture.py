import pytest

from metier.retrieve.mixture import (
    BEGUN,
    Begun,
    ConvexMixer,
    Following,
    cap_per_document,
    following_of,
    mixer_of,
    normalised,
    query_class,
    reciprocal,
)
from metier.text.echo import ECHO
from metier.text.vocabulary import Vocabulary, count_terms
from metier.types import Hit, Query
from tests.builders import evidence, passage

QUERY = Query("anything")


def hits(*pairs):
    return [Hit(passage(f"text of {name}", name), score) for name, score in pairs]


def test_scores_are_mapped_to_0_1():
    assert normalised(hits(("a", 4.0), ("b", 3.0), ("c", 2.0))) == [1.0, 0.5, 0.0]
    assert normalised(hits(("a", 4.0))) == [1.0]
    assert normalised(hits(("a", 4.0), ("b", 4.0))) == [1.0, 1.0]
    assert normalised([]) == []


def test_the_mixture_is_convex_and_keeps_what_each_retriever_said():
    rankings = {"keyword": hits(("a", 10.0), ("b", 0.0)), "static": hits(("b", 0.9), ("c", 0.5), ("a", 0.4))}
    mixed = ConvexMixer({"keyword": 0.75, "static": 0.25}, per_document=5).mix(QUERY, rankings, 10)
    scores = {item.passage.document: item.score for item in mixed}
    # a: .75 * 1 + .25 * 0; b: .75 * 0 + .25 * 1; c: .25 * .2
    assert scores == pytest.approx({"a": 0.75, "b": 0.25, "c": 0.05})
    assert mixed[0].scores == {"keyword": 10.0, "static": 0.4}
    assert mixed[0].ranks == {"keyword": 1, "static": 3}


def test_a_retriever_that_found_nothing_takes_no_weight():
    mixed = ConvexMixer({"keyword": 0.5, "static": 0.5}, 5).mix(
        QUERY, {"keyword": hits(("a", 1.0)), "static": []}, 10
    )
    assert mixed[0].score == 1.0


def begun(share, *documents, retriever="sentence"):
    return lambda: Begun(retriever, frozenset(documents), share)


PARTLY = {
    "keyword": hits(("a", 3.0), ("b", 2.0), ("c", 1.0)),
    "static": hits(("b", 0.9), ("a", 0.5), ("c", 0.1)),
    "sentence": hits(("c", 0.8), ("d", 0.6)),
}
WEIGHTS = {"keyword": 0.2, "static": 0.1, "sentence": 0.7}


def scores_of(mixer, rankings=PARTLY):
    return {item.passage.document: item.score for item in mixer.mix(QUERY, rankings, 9)}


def test_a_retriever_that_knows_a_part_says_nothing_against_the_rest():
    found = scores_of(ConvexMixer(WEIGHTS, 5, begun=begun(0.5, "c", "d")))
    # a and b are not deepened: by words and static alone, 2 to 1. c: .35 of .65 is the sentence leg's, which puts it first
    assert found == pytest.approx(
        {"a": 2 / 3 + 1 / 3 * 0.5, "b": 2 / 3 * 0.5 + 1 / 3, "c": 0.35 / 0.65, "d": 0.0}
    )
    told = ConvexMixer(WEIGHTS, 5, begun=begun(0.5, "c", "d")).mix(QUERY, PARTLY, 9)
    assert {item.scores[BEGUN] for item in told} == {0.5}


def test_the_less_is_known_the_nearer_is_the_order_to_that_without_the_retriever():
    without = scores_of(ConvexMixer(WEIGHTS, 5), {k: v for k, v in PARTLY.items() if k != "sentence"})
    hardly = scores_of(ConvexMixer(WEIGHTS, 5, begun=begun(1e-9, "c", "d")))
    assert {name: hardly[name] for name in without} == pytest.approx(without, abs=1e-6)


def test_what_is_wholly_known_is_mixed_as_ever():
    whole = ConvexMixer(WEIGHTS, 5).mix(QUERY, PARTLY, 9)
    assert ConvexMixer(WEIGHTS, 5, begun=lambda: None).mix(QUERY, PARTLY, 9) == whole
    assert all(BEGUN not in item.scores for item in whole)
    # a retriever that is begun and found nothing takes no weight, and nothing is said of it
    silent = {**PARTLY, "sentence": []}
    assert ConvexMixer(WEIGHTS, 5, begun=begun(0.5, "c")).mix(QUERY, silent, 9) == ConvexMixer(
        WEIGHTS, 5
    ).mix(QUERY, silent, 9)


def test_where_only_the_begun_retriever_has_a_weight_the_others_speak_for_what_it_does_not_know():
    found = scores_of(
        ConvexMixer({"keyword": 0.0, "static": 0.0, "sentence": 1.0}, 5, begun=begun(0.4, "c", "d"))
    )
    assert found == pytest.approx({"a": 0.75, "b": 0.75, "c": 1.0, "d": 0.0})


def test_ties_go_by_id_and_k_is_kept():
    mixed = ConvexMixer({}, 5).mix(QUERY, {"keyword": hits(("b", 1.0), ("a", 1.0), ("c", 1.0))}, 2)
    assert [item.passage.document for item in mixed] == ["a", "b"]


def test_one_document_or_one_text_cannot_fill_the_top():
    many = evidence(*(passage(f"text {n}", "d1", start=100 * n) for n in range(5)))
    copies = evidence(*(passage("the same text", f"copy{n}") for n in range(4)))
    assert len(cap_per_document(many, 2)) == 2
    assert [item.passage.document for item in cap_per_document(copies, 9)] == ["copy0", "copy1"]


def test_reciprocal_ranks_make_it_reciprocal_rank_fusion():
    rankings = {"keyword": hits(("a", 9.0), ("b", 1.0)), "static": hits(("b", 0.9), ("c", 0.5))}
    mixed = ConvexMixer({}, 5, scale=reciprocal).mix(QUERY, rankings, 10)
    assert [item.passage.document for item in mixed] == ["b", "a", "c"]
    assert mixed[0].score == pytest.approx((61 / 62 + 1) / 2)


def test_what_only_legs_of_weight_0_found_comes_last():
    rankings = {"keyword": hits(("a", 2.0), ("b", 1.0)), "static": hits(("c", 0.9), ("b", 0.5))}
    mixed = ConvexMixer({"keyword": 1.0, "static": 0.0}, 5).mix(QUERY, rankings, 10)
    assert [(item.passage.document, item.score) for item in mixed] == [("a", 1.0), ("b", 0.0), ("c", 0.0)]


def test_if_the_trusted_leg_has_nothing_the_others_speak():
    mixed = ConvexMixer({"keyword": 0.0, "sentence": 1.0}, 5).mix(
        QUERY, {"keyword": hits(("a", 2.0), ("b", 1.0)), "sentence": []}, 10
    )
    assert [(item.passage.document, item.score) for item in mixed] == [("a", 1.0), ("b", 0.0)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("How heavy is AX-100?", "code"), ("notice period", "short"), ("", "short"),
     ("which rules decide whether an employee may carry over leave to the following year", "plain")],
)  # fmt: skip
def test_classes_of_questions(text, expected):
    assert query_class(Query(text, "en")) == expected


def test_a_class_may_have_weights_of_its_own():
    rankings = {"keyword": hits(("a", 2.0), ("b", 1.0)), "static": hits(("b", 0.9), ("a", 0.5))}
    release = {
        "weights": {"keyword": 0.2, "static": 0.8},
        "classes": {"code": {"keyword": 0.9, "static": 0.1}},
        "per_document": 5,
    }
    mixer = mixer_of(release, Vocabulary)
    assert mixer.mix(Query("heavy"), rankings, 1)[0].passage.document == "b"
    assert mixer.mix(Query("AX-100"), rankings, 1)[0].passage.document == "a"


def test_neighbours_lift_a_candidate():
    wing, drag, soup = (
        passage("the lift of a swept wing at high speed", "wing"),
        passage("lift and drag of a swept wing", "drag"),
        passage("boil potatoes with salt", "soup"),
    )
    rankings = {"keyword": [Hit(wing, 3.0), Hit(soup, 1.2), Hit(drag, 1.0), Hit(passage("x", "x"), 0.5)]}
    release = {"weights": {}, "per_document": 5, "neighbours": 0.5}
    assert [item.passage.document for item in mixer_of(release, Vocabulary).mix(QUERY, rankings, 3)] == [
        "wing",
        "drag",
        "soup",
    ]


def test_near_copies_are_collapsed_unless_switched_off():
    text = (
        "whoever leaves gives back all keys, cards and papers to the office that issued them on the last day"
    )
    texts = (
        text,
        text.replace("keys", "keyes"),
        text.replace("cards", "card"),
        text.replace("papers", "paper"),
    )
    copies = [Hit(passage(item, f"copy{n}"), 9.0 - n) for n, item in enumerate(texts)]
    for collapse, expected in ((True, 2), (False, 4)):
        mixer = ConvexMixer({}, 9, collapse=collapse)
        assert len(mixer.mix(QUERY, {"keyword": copies}, 10)) == expected


# --- weights that follow the echo -----------------------------------------------------------------------------------

RARE = count_terms(["claim day", "pump store", "travel claim"])
FOLLOWS = {
    "low": 0.2,
    "high": 0.6,
    "first": {"keyword": 0.1, "static": 0.05, "sentence": 0.85},
    "last": {"keyword": 0.3, "static": 0.15, "sentence": 0.55},
}
FOLLOWING = {"weights": {"keyword": 0.2}, "follows": FOLLOWS, "per_document": 9}
ASKED = Query("When are travel claims due?", "en")
HELD = passage("Travel claims are due within 30 days.", "held")  # holds the whole question
OTHER = passage("Pumps are stored.", "other")  # holds nothing of it


def follow(**rankings):
    return mixer_of(FOLLOWING, lambda: RARE).mix(ASKED, rankings, 10)


def test_between_its_ends_the_weights_move_in_proportion():
    following = following_of(FOLLOWING)
    assert [following.echo(share) for share in (0.0, 0.2, 0.4, 0.6, 1.0)] == pytest.approx([0, 0, 0.5, 1, 1])
    assert following.at(0.0) == pytest.approx(FOLLOWS["first"])
    assert following.at(1.0) == pytest.approx(FOLLOWS["last"])
    assert following.at(0.5) == pytest.approx({"keyword": 0.2, "static": 0.1, "sentence": 0.7})
    assert Following(0.0, 1.0, {"keyword": 0.5}, {"sentence": 0.0}).at(0.5) == {
        "keyword": 0.75,
        "sentence": 0.5,
    }
    assert following_of({"weights": {}}) is None


def test_words_count_more_where_the_first_hit_by_words_holds_the_question():
    by_meaning = [Hit(OTHER, 0.9), Hit(passage("x", "x"), 0.1)]
    echoed = follow(keyword=[Hit(HELD, 9.0), Hit(OTHER, 1.0)], sentence=by_meaning)
    assert echoed[0].scores[ECHO] == 1.0
    unlike = follow(keyword=[Hit(OTHER, 9.0), Hit(HELD, 1.0)], sentence=by_meaning)
    assert unlike[0].scores[ECHO] == 0.0
    score = {item.passage.document: item.score for item in echoed}
    assert score == pytest.approx({"held": 0.3 / 0.85, "other": 0.55 / 0.85, "x": 0.0})
    assert {item.passage.document: item.score for item in unlike}["held"] == 0.0
    assert all(item.scores[ECHO] == 1.0 for item in echoed), "it is the question's, not the passage's"


def test_rare_words_tell_more_of_the_echo():
    """Half of the words is not half of the question."""
    asked = Query("claim pump", "en")
    found = [
        mixer_of(FOLLOWING, lambda: RARE)
        .mix(asked, {"keyword": [Hit(passage(text, "a"), 1.0)]}, 1)[0]
        .scores[ECHO]
        for text in ("claim", "pump")
    ]
    assert found[0] < found[1]


def test_legs_that_are_missing_leave_the_others_their_proportion():
    """Keyword and static stand two to one at both ends; without hits by words there is no echo."""
    hits_a, hits_b = [Hit(HELD, 2.0), Hit(OTHER, 1.0)], [Hit(OTHER, 0.9), Hit(HELD, 0.5)]
    both = follow(keyword=hits_a, static=hits_b, sentence=[])
    assert {item.passage.document: item.score for item in both} == pytest.approx(
        {"held": 2 / 3, "other": 1 / 3}
    )
    meaning = follow(keyword=[], static=hits_b)
    assert [(item.passage.document, item.score, item.scores[ECHO]) for item in meaning] == [
        ("other", 1.0, 0.0),
        ("held", 0.0, 0.0),
    ]
    assert follow() == []


def test_weights_that_follow_nothing_tell_no_echo():
    mixed = mixer_of({"weights": {}, "per_document": 5}, Vocabulary).mix(
        ASKED, {"keyword": [Hit(HELD, 1.0)]}, 5
    )
    assert ECHO not in mixed[0].scores
