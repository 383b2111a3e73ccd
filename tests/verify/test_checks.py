from metier.types import Draft, Query
from metier.verify.checks import all_checks


def test_every_check_has_a_name_of_its_own_and_nothing_to_say_about_nothing() -> None:
    checks = all_checks()
    assert len({check.name for check in checks}) == len(checks) == 10
    assert [finding for check in checks for finding in check.check(Query("?"), Draft((), "test"), ())] == []
