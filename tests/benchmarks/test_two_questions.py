from benchmarks.two_questions import joined
from metier.types import Case


def case(name: str, question: str, user: str = "me", kind: str = "answerable") -> Case:
    return Case(name, question, user, kind, ("5",))  # type: ignore[arg-type]


def test_two_of_one_user_and_language_make_a_sentence() -> None:
    cases = [
        case("a", "How long is the notice period?"),
        case("b", "Who signs the contract?"),
        case("c", "Wie lange ist die Kündigungsfrist?"),
        case("d", "Who signs for somebody else?", user="you"),
        case("e", "Is it paid?"),
        case("f", "What is not there?", kind="unanswerable"),
    ]
    (pair,) = joined(cases)
    assert {one.id for one in pair.cases} == {"a", "b"}
    assert pair.question in (
        "How long is the notice period and who signs the contract?",
        "Who signs the contract and how long is the notice period?",
    )
    assert joined(cases[::-1]) == [pair]
