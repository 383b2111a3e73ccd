from metier.flow.filtering import nothing_left, with_filter_told
from metier.types import Abstention, Chosen, Filter, Outcome, Query, Settled

WANTED = Filter(("contracts/**",), since="2025-01-01")
QUERY = Query("How long is the notice period?", filter=WANTED)
UNSURE = Settled(Outcome.ABSTAINED, abstention=Abstention("Not clear enough.", next="Ask the owner."))


def test_a_filter_that_leaves_nothing_is_an_abstention_that_says_why() -> None:
    settled = nothing_left(QUERY, Chosen(frozenset(), ("no document matches 'x/**'",), undated=2))
    assert settled is not None
    assert settled.outcome is Outcome.ABSTAINED
    assert settled.abstention is not None
    assert (
        "(in contracts/**; since 2025-01-01): no document matches 'x/**'; 2 state no date"
        in settled.abstention.reason
    )
    assert "without the filter" in settled.abstention.next
    every = nothing_left(QUERY, Chosen(frozenset()))
    assert every is not None
    assert every.abstention is not None
    assert "no document meets all of it" in every.abstention.reason


def test_a_filter_that_leaves_something_goes_on() -> None:
    assert nothing_left(QUERY, Chosen(frozenset({"d"}))) is None
    assert nothing_left(Query("a"), None) is None


def test_an_abstention_tells_how_few_documents_were_searched() -> None:
    told = with_filter_told(UNSURE, WANTED, Chosen(frozenset({"a", "b"}), ("no document matches 'y'",), 3))
    assert told.notes == ("no document matches 'y'",)
    assert told.abstention is not None
    assert told.abstention.next.startswith(
        "2 documents were searched (in contracts/**; since 2025-01-01; 3 state no date"
    )
    assert with_filter_told(UNSURE, None, None) == UNSURE
