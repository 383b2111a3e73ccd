import pytest

from metier.text.echo import ECHO, echo_of, echoed
from metier.text.vocabulary import count_terms
from metier.types import Evidence, Hit, Query
from tests.builders import passage

VOCABULARY = count_terms(["claim day", "pump store", "travel claim"])
FULL = passage("Travel claims are due within 30 days.", title="")


def test_the_first_hit_alone_tells_and_its_headings_count():
    asked = Query("When are travel claims due?", "en")
    nothing = passage("Pumps are stored.", "d2", title="")
    assert echoed(asked, [Hit(FULL, 2.0), Hit(nothing, 1.0)], VOCABULARY) == 1.0
    assert echoed(asked, [Hit(nothing, 2.0), Hit(FULL, 1.0)], VOCABULARY) == 0.0
    assert echoed(asked, [], VOCABULARY) == 0.0
    assert echoed(Query("", "en"), [Hit(FULL, 2.0)], VOCABULARY) == 0.0
    under = passage("Due within 30 days.", title="Travel", heading_path=("Claims",))
    assert echoed(asked, [Hit(under, 2.0)], VOCABULARY) == 1.0


def test_rare_words_count_more_and_parts_of_the_question_are_asked_too():
    rare, common = (
        echoed(Query("claim pump", "en"), [Hit(passage(word), 1.0)], VOCABULARY) for word in ("pump", "claim")
    )
    assert 0 < common < rare < 1
    assert common + rare == pytest.approx(1)
    whole = Query("claims", "en", rewrites=("zeppelin",))
    assert echoed(whole, [Hit(FULL, 1.0)], VOCABULARY) < 0.5


def test_it_is_read_from_the_evidence_of_the_question():
    assert echo_of([Evidence(FULL, 1.0, {ECHO: 0.3})]) == 0.3
    assert echo_of([Evidence(FULL, 1.0)]) == 0.0
    assert echo_of([]) == 0.0
