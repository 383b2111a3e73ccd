"""Which of several answers is right: those that say the same count together, saying nothing counts against them."""

import pytest

from metier.generate.sampling import FEATURES, WEIGHTS, say_the_same, weighed
from metier.types import Citation, Draft, Option, Query, Sample, Statement

QUERY = Query("How many days of leave does level 3 get?", "en")
DRAFT = Draft((), "language_model:x", confidence=0.4)


def statement(text: str, start: int = 0, values: tuple[str, ...] = (), support: float = 0.9) -> Statement:
    place = Citation("s1c1", "d1", "d1.txt", "Leave", "", 1, start, start + 10, text)
    return Statement("s1", text, (place,), support, values)


def sample(*statements: Statement, seed: int = 8, logprob: float | None = -0.1) -> Sample:
    return Sample(seed, 0.7, statements, logprob=logprob)


THIRTY = sample(statement("Level 3 gets 30 days.", values=("30 days",)))
ALSO_THIRTY = sample(statement("There are 30 days of leave.", start=90))
FORTY = sample(statement("Level 3 gets 40 days.", values=("40 days",)))
SILENT = sample()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (THIRTY, ALSO_THIRTY, True),
        (THIRTY, FORTY, False),  # the same place, other figures
        (sample(statement("It needs consent.")), sample(statement("Consent is needed.", start=5)), True),
        (sample(statement("It needs consent.")), sample(statement("Consent is needed.", start=50)), False),
        (THIRTY, SILENT, False),
        (SILENT, SILENT, False),
        # what the question says itself is no answer
        (sample(statement("Level 3.", values=("3",))), sample(statement("Level 3 of 9.", start=50)), False),
    ],
    ids=["short answer", "figures", "place", "another place", "silence", "both silent", "of the question"],
)
def test_who_says_the_same(one: Sample, other: Sample, same: bool) -> None:
    assert say_the_same(QUERY, one, other) == say_the_same(QUERY, other, one) == same


def test_chances_sum_to_less_than_one_and_agreeing_samples_share_theirs() -> None:
    found = weighed(QUERY, DRAFT, [THIRTY, FORTY, ALSO_THIRTY, SILENT])
    assert [item.statements for item in found] == [
        item.statements for item in (THIRTY, FORTY, ALSO_THIRTY, SILENT)
    ]
    assert found[0].chance == found[2].chance > found[1].chance > 0 == found[3].chance
    assert found[0].chance + found[1].chance < 1
    assert set(FEATURES) <= found[0].features.keys()
    assert found[0].features["agreement"] == 0.5
    assert found[0].features["silence"] == 0.25


def test_every_sign_moves_the_chance_in_its_direction() -> None:
    def chance(*samples: Sample, draft: Draft = DRAFT) -> float:
        return weighed(QUERY, draft, samples)[0].chance

    alone = chance(THIRTY)
    assert chance(THIRTY, SILENT) < alone
    assert chance(THIRTY, FORTY) < chance(THIRTY, ALSO_THIRTY)
    assert chance(sample(*THIRTY.statements, logprob=-3.0)) < alone
    doubted = statement("Level 3 gets 30 days.", values=("30 days",), support=0.5)
    assert chance(sample(doubted)) < alone
    assert chance(THIRTY, draft=Draft((), "x", confidence=0.1)) < alone
    options = (Option("Level 3 gets 30 days.", "p1", 0.2), Option("Level 4 gets 31 days.", "p2", 0.1))
    quoted = Draft((), "x", confidence=0.4, options=options)
    assert weighed(QUERY, quoted, [THIRTY])[0].features["quoted"] == 1.0, "the policy's first choice"
    assert chance(THIRTY, draft=quoted) > alone
    asked = Draft((), "x", confidence=0.4, prompt=({"role": "user", "content": "?"},))
    assert chance(THIRTY, draft=asked) < alone, "the first answer was silence"


def test_weights_may_come_from_a_release() -> None:
    assert weighed(QUERY, DRAFT, [THIRTY], {"bias": -50.0})[0].chance < 1e-9
    assert weighed(QUERY, DRAFT, [THIRTY], {**WEIGHTS, "bias": 50.0})[0].chance > 0.99
    assert weighed(QUERY, DRAFT, []) == []
