"""A component is kept only for a gain that its own spread does not explain."""

from metier.specialize.tuning import Component, changed, judge


def test_judging() -> None:
    groups = [str(n) for n in range(10)]
    assert judge([0.1] * 9 + [0.2], groups)[0]
    kept, gain, reason = judge([0.5, -0.5] * 5, groups)
    assert (kept, gain.value) == (False, 0.0)
    assert "no sure gain" in reason
    assert "loses" in judge([-0.1] * 9 + [-0.2], groups)[2]
    assert "only 4 examples" in judge([1.0] * 4, groups[:4])[2]
    assert not judge([1.0] * 10, ["one"] * 10)[0], "one group is no evidence"


def test_changes_touch_nothing_else() -> None:
    parts = {
        "generator": {"read": {"weights": {"a": 1}, "confidence": 2}, "weights": {"a": 3}},
        "mixture": {"x": 1},
    }
    found = changed(parts, {("generator", "read", "weights"): {"a": 9}, ("thresholds", "extractive"): 0.3})
    assert found == {
        "generator": {"read": {"weights": {"a": 9}, "confidence": 2}, "weights": {"a": 3}},
        "thresholds": {"extractive": 0.3},
    }
    assert parts["generator"]["read"]["weights"] == {"a": 1}
    assert changed(parts, {("mixture",): {"y": 2}}) == {"mixture": {"y": 2}}


def test_a_component_as_json_has_no_changes() -> None:
    made = Component("mixture", True, "why", 3, None, "nDCG", {("mixture",): {}})
    assert made.as_json() == {
        "name": "mixture", "kept": True, "reason": "why", "examples": 3, "gain": None, "unit": "nDCG", "tuned_on": 0,
    }  # fmt: skip
