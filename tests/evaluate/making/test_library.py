from metier.evaluate.making.library import key_words
from tests.evaluate.making.world import LEASE, OLD, PUMPS, RULES, STAFF, world


def test_old_versions_are_known_and_not_current() -> None:
    made = world()
    assert OLD.id not in made.current()
    assert made.replaced_by == {OLD.id: RULES.uri}
    assert made.kin(RULES.id) == {RULES.id, OLD.id}
    assert made.kin(LEASE.id) == {LEASE.id}


def test_words_are_found_where_they_stand_together() -> None:
    made = world()
    assert {place.document for place in made.together(key_words("monthly rent", "en"))} == {LEASE.id}
    assert made.together(key_words("monthly budget", "en")) == []
    assert made.together([]) == []
    assert made.in_one_document(key_words("weight of the Ondara", "en"))
    assert not made.in_one_document(key_words("weight of the lease", "en"))
    assert made.columns(PUMPS.id, PUMPS.blocks[1].id) == {"Weight kg", "Flow l/h"}


def test_people_are_named_in_columns_of_names() -> None:
    assert world().people == ["Anna Berg", "Ida Lund", "Otto Kern"]
    assert world((LEASE,)).people == []
    assert STAFF.id in world().current()
