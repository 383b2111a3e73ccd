import pytest

from metier.verify.negation import Negation
from tests.verify.conftest import Run


@pytest.mark.parametrize(
    ("statement", "source", "ok"),
    [
        ("Smoking is allowed.", "Smoking is not allowed.", False),
        ("Smoking is not allowed.", "Smoking is allowed.", False),
        ("Smoking isn't allowed.", "Smoking is not allowed.", True),
        ("Smoking is prohibited.", "Smoking is not permitted.", True),
        ("Smoking is prohibited.", "Smoking is permitted.", False),
        ("Die Kosten werden erstattet.", "Die Kosten werden nicht erstattet.", False),
        ("Es besteht kein Anspruch auf Bonus.", "Es besteht ein Anspruch auf Bonus.", False),
        ("Es besteht kein Anspruch auf Bonus.", "Ein Anspruch auf Bonus besteht nicht.", True),
        ("At least 5 people must attend.", "At most 5 people must attend.", False),
        ("Der Umsatz ist gesunken.", "Der Umsatz ist gestiegen.", False),
        ("Delivery with insurance.", "Delivery without insurance.", False),
        ("Lunch is free.", "Lunch is free. Dinner is not free.", True),
        ("No, overtime is paid.", "Overtime is paid.", True),
        ("They report their address.", "This lets (non-fixed address) devices report their address.", True),
        ("The deposit is non-refundable.", "The deposit is refundable.", False),
        ("Members pay 20 euros.", "Non-members pay 20 euros.", False),
        ("The share is not 96.7%.", "The share is 96.7%.", False),
        (
            "A receipt is needed unless the amount is below 20 euros.",
            "A receipt is needed for amounts above 20 euros.",
            True,
        ),
        (
            "Overtime is paid unless it is shorter than ten minutes.",
            "Overtime is not paid if it is shorter than ten minutes.",
            True,
        ),
        ("Entry is free unless the hall is rented.", "Entry is free if the hall is rented.", False),
        (
            "Der Eintritt ist frei, es sei denn, die Halle ist vermietet.",
            "Der Eintritt ist frei, wenn die Halle vermietet ist.",
            False,
        ),
        ("All parts are covered except seals.", "Seals are not covered.", True),
        ("It fails if it cannot find a script.", "If a script cannot be found, it fails.", True),
        ("It runs regardless of the period.", "It runs without looking at the period.", True),
        ("It does not touch the data.", "The data are unaffected by it.", True),
        ("Es entstehen keine Kopfzeilen.", "Laufende Kopfzeilen werden unterdrückt.", True),
        (
            "Die Garantie endet nicht, und es kommt zu Fehlern.",
            "Die Garantie endet nicht. Es kommt zu Fehlern.",
            True,
        ),
        (
            "Die Garantie endet nicht, und es kommt zu Fehlern.",
            "Die Garantie endet, und es kommt zu Fehlern.",
            False,
        ),
        (
            "In practice it does not: small steps serve little purpose.",
            "Small steps serve little purpose.",
            True,
        ),
        ("This does not, however, apply to trainees.", "This does apply to trainees.", False),
        ("Not by default; the list is sorted on demand.", "The list is sorted on demand.", True),
        ("The default is None.", "The default is None, any host is served.", True),
        ("Then export.txt is used.", "If no name is specified, export.txt is used.", True),
        ("They are kept together.", "They are kept separately.", False),
        (
            "Before the merge it works locally; afterwards clients reach the copies.",
            "After the merge clients reach the copies. Before the merge it works locally.",
            True,
        ),
        (
            "Each employee has 45 days of leave, and unused days are paid out.",
            "Each employee has 29 days of leave, and unused days are not paid out. Each employee has 45 days of leave, and unused days are not paid out.",
            False,
        ),
        ("All parts are covered except seals.", "All parts are covered, also seals.", False),
        (
            "Alle Teile außer Dichtungen sind versichert.",
            "Alle Teile außer Dichtungen sind versichert.",
            True,
        ),
    ],
)
def test_negation(run: Run, statement: str, source: str, ok: bool) -> None:
    (finding,) = run(Negation(), statement, source)
    assert finding.ok is ok, finding.detail


def test_the_detail_says_on_which_side(run: Run) -> None:
    assert (
        "in the cited text only"
        in run(Negation(), "Smoking is allowed.", "Smoking is not allowed.")[0].detail
    )
    assert (
        "in the statement only" in run(Negation(), "Smoking is not allowed.", "Smoking is allowed.")[0].detail
    )
    assert "direction" in run(Negation(), "Sales increased.", "Sales decreased.")[0].detail
