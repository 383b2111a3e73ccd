"""Scope is decided before anything is read."""

import pytest

from metier.models.open import open_embedder
from metier.policy.admission import ScopePolicy
from metier.settings import Models, Scope
from metier.text.understand import understand
from metier.types import Access, Outcome

EMBED = open_embedder(Models().static).embed_queries
ME = Access("me", frozenset({"all"}))
THRESHOLDS = {"near": 0.6, "near_customer": 0.5, "margin": 0.05}
SCOPE = Scope.model_validate(
    {
        "in": ["Travel expenses and travel booking of employees"],
        "out": ["Tax advice"],
        "prohibited": [
            "Personal data of applicants",
            {"use": "Medical advice", "examples": ["Which pills help against a headache?"]},
        ],
        "examples": {
            "in": ["What may a hotel cost per night?", "Which headache does the travel form cause?"],
            "out": ["Who won the football match?"],
        },
    }
)


def outcome(question: str, customer: bool = False, scope: Scope = SCOPE, purpose: str = "travel") -> str:
    policy = ScopePolicy(scope, purpose, customer, EMBED, THRESHOLDS)
    settled = policy.admit(understand(question, ()), ME)
    if settled is None:
        return "admitted"
    assert settled.outcome is Outcome.REFUSED
    assert settled.statements == ()
    assert settled.abstention is not None
    return settled.abstention.reason


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("What may a hotel cost per night?", "admitted"),
        ("What may a taxi cost?", "admitted"),
        ("Which pills help against a headache?", "Medical advice"),
        ("Which pills help against headache", "Medical advice"),
        ("Personal data of applicants", "Personal data"),
        ("Who won the football match?", "outside"),
        ("Who won the football match yesterday?", "outside"),
        ("How long is the notice period?", "admitted"),
    ],
)
def test_the_nearest_example_decides(question: str, reason: str) -> None:
    assert reason in outcome(question)


def test_without_examples_nothing_is_declined_here() -> None:
    assert outcome("Who won the football match?", scope=Scope()) == "admitted"


def test_an_example_of_both_sides_is_admitted() -> None:
    """The border is the user's to draw: as near to the inside as to the outside is inside."""
    both = Scope.model_validate({"examples": {"in": ["What costs a taxi?"], "out": ["What costs a taxi?"]}})
    assert outcome("What costs a taxi?", scope=both) == "admitted"


def test_customers_are_declined_at_a_lower_nearness() -> None:
    questions = [
        f"Who {verb} the football {noun}?"
        for verb in ("won", "saw", "lost")
        for noun in ("match", "cup", "final")
    ]
    internal = {question for question in questions if outcome(question) != "admitted"}
    customer = {question for question in questions if outcome(question, customer=True) != "admitted"}
    assert internal <= customer


def test_a_refusal_says_what_the_system_is_for() -> None:
    policy = ScopePolicy(SCOPE, "travel questions", False, EMBED, THRESHOLDS)
    settled = policy.admit(understand("Who won the football match?", ()), ME)
    assert settled is not None
    assert settled.abstention is not None
    assert "travel questions" in settled.abstention.next


def test_one_word_in_common_declines_nothing() -> None:
    scope = Scope.model_validate(
        {"prohibited": [{"use": "Rating, ranking or profiling individual employees or applicants"}]}
    )
    assert outcome("How many employees do we have?", scope=scope) == "admitted"
    assert "Rating" in outcome("Please do a ranking of individual employees", scope=scope)
