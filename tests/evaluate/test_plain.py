import json
import math

from metier.evaluate.plain import plain
from metier.types import Estimate, Outcome


def test_values_become_json_and_the_unknown_becomes_null() -> None:
    found = plain({"e": (Estimate(math.nan, -math.inf, 0.5, 3),), "o": Outcome.ANSWERED, 1: [None, True]})
    assert json.loads(json.dumps(found, allow_nan=False)) == {
        "e": [{"value": None, "low": None, "high": 0.5, "n": 3}], "o": "answered", "1": [None, True],
    }  # fmt: skip
