"""What `specialize` asks a stronger model with, and when it asks none."""

from pathlib import Path

import pytest

from metier.errors import UserError
from metier.models.endpoint import EndpointModel
from metier.settings import Model, Models, Settings
from metier.specialize.revisions import Limits, Prices
from metier.specialize.run import Recipe
from metier.specialize.verb import reviser_of
from metier.store.workspace import Workspace

WORK = Workspace(Path("work"))
JUDGE = Model(
    source="endpoint:http://127.0.0.1:9", name="large", price_per_million_in=2, price_per_million_out=8
)
ASKED = Recipe(revise=Limits(5, 0.5))


def settings(**models: Model) -> Settings:
    return Settings.model_construct(models=Models(**models))  # type: ignore[arg-type]


def test_nobody_is_asked_unless_somebody_says_so() -> None:
    assert reviser_of(settings(judge=JUDGE), WORK, Recipe()) is None


def test_the_judge_of_the_settings_is_asked_within_the_limits() -> None:
    found = reviser_of(settings(judge=JUDGE), WORK, ASKED)
    assert found is not None
    assert isinstance(found.model, EndpointModel)
    assert (found.limits, found.prices, found.kept) == (Limits(5, 0.5), Prices(2, 8), WORK.revisions)


def test_without_a_stronger_model_it_says_what_is_missing() -> None:
    with pytest.raises(UserError, match=r"models\.judge"):
        reviser_of(settings(), WORK, ASKED)
    with pytest.raises(UserError, match="its own answers"):
        reviser_of(settings(judge=JUDGE, generator=JUDGE), WORK, ASKED)
