import math

import pytest

from metier.errors import UserError
from metier.types import Citation, Draft, Evidence, Finding, Query, Statement
from metier.verify.checks import all_checks
from metier.verify.combine import DEFAULT, SupportModel, features
from tests.verify.conftest import passage

SOURCE = "The notice period is 30 days. Smoking is not allowed. Complaints go to Anna Weber by 1 March 2025."
CITATION = Citation("c1", "d", "rules.md", "", "", 1, 0, len(SOURCE), SOURCE)
WEIGHTS = {"bias": -7.0, "weights": {"words": 2.0, "numbers": -3.0}}


def probabilities(*texts: str) -> list[float]:
    draft = Draft(tuple(Statement(f"s{i}", text, (CITATION,)) for i, text in enumerate(texts)), "test")
    found = [
        finding
        for check in all_checks()
        for finding in check.check(Query(""), draft, (Evidence(passage(SOURCE), 1.0),))
    ]
    each = ([one for one in found if one.statement == statement.id] for statement in draft.statements)
    return list(map(SupportModel().probability, each))


def test_a_logistic_of_the_features_by_hand() -> None:
    found = [Finding("support", "s", True, 0.75)]
    assert SupportModel(WEIGHTS).probability(found) == pytest.approx(1 / (1 + math.exp(7.0 - 1.5)))


@pytest.mark.parametrize("fault", ["", "numbers", "negation", "dates", "names", "voice"])
def test_no_release_lets_through_more_than_what_ships(fault: str) -> None:
    soft = {"bias": 0.0, "weights": dict.fromkeys(("words", "tokens", "order", "pairs", "known"), 50.0)}
    faults = [Finding(fault, "s", False, 0.0)] if fault else []
    for share in (0.0, 0.3, 0.8, 1.0):
        overlap = ("support", "support_tokens", "support_order", "support_pairs", "support_known")
        found = [*(Finding(check, "s", True, share) for check in overlap), *faults]
        shipped = SupportModel().probability(found)
        assert SupportModel(soft).probability(found) == shipped
        strict = SupportModel({**DEFAULT, "bias": -9.0}).probability(found)
        assert strict < shipped


def test_supported_statements_stand_and_swapped_ones_fall() -> None:
    good = probabilities(
        "The notice period is 30 days.",
        "Smoking is not allowed.",
        "Complaints go to Anna Weber by 1 March 2025.",
    )
    assert min(good) > 0.8
    bad = probabilities(
        "The notice period is 60 days.",
        "The notice period is 30 weeks.",
        "Smoking is allowed.",
        "Complaints go to Peter Weber by 1 March 2025.",
        "Complaints go to Anna Weber by 1 March 2026.",
        "Dogs are welcome in the canteen on Fridays.",
    )
    assert max(bad) < 0.3


@pytest.mark.parametrize("check", ["citation", "links", "personal"])
def test_no_overlap_outvotes_a_veto(check: str) -> None:
    found = [Finding("support", "s", True, 1.0), Finding(check, "s", False, 0.0)]
    assert SupportModel().probability(found) == 0


def test_nobody_looked_is_not_support() -> None:
    assert SupportModel().probability([]) == 0


def test_more_overlap_never_lowers_the_probability() -> None:
    values = [SupportModel().probability([Finding("support", "s", True, share / 10)]) for share in range(11)]
    assert values == sorted(values)


@pytest.mark.parametrize(
    "weights",
    [
        {},
        {"bias": "x", "weights": {}},
        {"bias": 0, "weights": {"words": "1"}},
        {"bias": 0, "weights": {"wrds": 1}},
        {"bias": True, "weights": {}},
        {"bias": float("nan"), "weights": {}},
        {"bias": float("-inf"), "weights": {}},
        {"bias": -1, "weights": {"words": 1e9}},
        {"bias": 5, "weights": {}},
        {"bias": -1, "weights": {"words": -1}},
        {"bias": -1, "weights": {"numbers": 1}},
    ],
)
def test_weights_of_another_shape_are_refused(weights: dict[str, object]) -> None:
    with pytest.raises(UserError, match=r"verifier\.json"):
        SupportModel(weights)


def test_shipped_weights_say_what_they_were_fitted_on() -> None:
    shipped = DEFAULT
    assert {row["half"] for row in shipped["fitted"]["sets"]} == {"tuning"}
    assert all(row["licence"] for row in shipped["fitted"]["sets"])
    assert set(shipped["weights"]) <= set(features([]))
