from collections import Counter

import pytest

from metier.errors import UserError
from metier.evaluate.making.make import make_suite
from metier.settings import parse_settings
from tests.evaluate.making.world import ALL, LEASE, OLD, RULES, STAFF, document, settings, world


def test_the_same_seed_makes_the_same_suite() -> None:
    one, same, other = (make_suite(world(documents), settings(), 14, seed) for documents, seed in (
        (ALL, 1), (ALL[::-1], 1), (ALL, 2)))  # fmt: skip
    assert one.suite.fingerprint == same.suite.fingerprint != other.suite.fingerprint


def test_no_document_gives_more_than_twice_its_share() -> None:
    for n in (8, 14, 20):
        made = make_suite(world(), settings(), n)
        assert made.most <= max(1, 2 * made.fair)
        load = Counter(quote.uri for case in made.suite.cases for quote in case.evidence)
        assert max(load.values()) <= max(1, 2 * made.fair)
        assert OLD.uri not in load


def test_askers_may_see_what_they_ask_for_unless_that_is_the_point() -> None:
    made = make_suite(world(), settings(), 30)
    for case in made.suite.cases:
        uris = {quote.uri for quote in case.evidence}
        if case.kind == "permission":
            assert (case.user, uris) == ("otto", {STAFF.uri})
        elif STAFF.uri in uris:
            assert case.user == "hanna"


def test_tied_documents_are_one_group_on_one_side() -> None:
    made = make_suite(world(), settings(), 30)
    split = {case.group: case.split for case in made.suite.cases}
    assert all(split[case.group] == case.split for case in made.suite.cases)
    hops = [case for case in made.suite.cases if "two_hop" in case.tags]
    assert hops
    (group,) = {case.group for case in hops}
    assert {STAFF.uri, RULES.uri} >= {group}


def test_noise_comes_beside_each_case() -> None:
    plain, noisy = (make_suite(world(), settings(), 10, noise=noise) for noise in (False, True))
    assert len(noisy.suite) > 2 * len(plain.suite)
    assert plain.accepted == noisy.accepted


def test_what_is_left_out_is_counted() -> None:
    made = make_suite(world(), settings(), 1000)
    assert made.accepted < 1000
    assert made.drafts == made.accepted + sum(made.refused.values())
    assert sum(made.by_maker.values()) == made.accepted


def test_without_users_or_facts_nothing_is_made() -> None:
    with pytest.raises(UserError, match="users is empty"):
        make_suite(world(), parse_settings({}, "test", {}), 5)
    with pytest.raises(UserError, match="none of 1 documents says"):
        make_suite(world((document("a.md", "A", "Hello."),)), settings(), 5)
    assert make_suite(world((LEASE,)), settings(), 5).used == 1
