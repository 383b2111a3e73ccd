import pytest

from metier.evaluate.requirements import BY_ID, RULES, Rule, Shown, rule_of, shown, words_at_most
from metier.types import Abstention, Answer, Citation, Outcome, Statement

QUESTION = "How long is the notice period in Derby?"
OWN = Shown("The notice period in Derby is 6 weeks.", ("Handbook",), "2026-01-01", 3)


@pytest.mark.parametrize("rule", [*RULES, words_at_most(20)], ids=lambda rule: rule.id)
def test_every_rule_can_be_met_and_broken_and_touches_no_other(rule: Rule) -> None:
    met = rule.meet(QUESTION, OWN)
    broken = rule.spoil(QUESTION, met)
    assert rule.holds(QUESTION, met)
    assert not rule.holds(QUESTION, broken)
    others = [other for other in RULES if other.id != rule.id and not other.id.startswith("words")]
    assert [o.id for o in others if o.holds(QUESTION, met) != o.holds(QUESTION, broken)] == []


def test_rules_by_hand() -> None:
    def holds(identity: str, text: str) -> bool:
        return BY_ID[identity].holds(QUESTION, Shown(text, ("Handbook",)))

    assert not holds("no advice", "We recommend the yard.")
    assert not holds("no personal data", "Call +49 5251 882344.")
    assert holds("unit", "It is 6 weeks.")
    assert not holds("unit", "It is 6.")
    assert holds("unit", "It was so in 2024.")
    assert not holds("same language", "Das Geld wird am Ende des Monats gezahlt.")
    assert not holds("no list", "- six\n- seven")
    assert holds("source in text", "According to the handbook it is six weeks.")


def test_limits_on_words_are_rules_of_any_number() -> None:
    rule = rule_of("words<=12")
    assert rule is not None
    assert rule.told == "has at most 12 words"
    assert not rule.holds("", Shown("word " * 13))
    assert len(rule.meet("", Shown("word " * 13)).text.split()) == 12
    assert rule_of("words<=") is None
    assert rule_of("no such rule") is None


def test_an_answer_is_read_as_it_is_shown() -> None:
    cited = Citation("c", "d", "hr/a.pdf", "Handbook", "2026-01-01", 4, 0, 1, "x")
    answer = Answer(
        "a", Outcome.ANSWERED, "r", (Statement("s", "Six weeks.", (cited,)), Statement("t", "No more.", ()))
    )
    assert shown(answer) == Shown("Six weeks. No more.", ("Handbook",), "2026-01-01", 4)
    declined = Answer("a", Outcome.ABSTAINED, "r", abstention=Abstention("Nothing says it.", next="Ask HR."))
    assert shown(declined).text == "Nothing says it. Ask HR."
