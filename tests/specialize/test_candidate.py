"""What a candidate release holds on disk."""

from pathlib import Path

from metier.specialize.candidate import write_candidate
from metier.store.releases import FileReleases, release_id

MANIFEST = {
    "name": "specialized x",
    "parents": ["p" * 64],
    "snapshot": "s",
    "seeds": [7],
    "gate": {"verdict": "pass", "reason": "more right"},
    "components": [
        {"name": "mixture", "kept": False, "reason": "too few", "examples": 3, "gain": None, "unit": ""},
        {
            "name": "thresholds",
            "kept": True,
            "reason": "gains",
            "examples": 9,
            "gain": [0.1, 0, 0.2],
            "unit": "u",
        },
    ],
    "ledger": {"parent": 0.5, "all": 0.75},
    "ledger_questions": 8,
    "pairs": {"mixture + thresholds": -0.05},
    "learnt_from": {"rows": 9, "examples": 8, "dropped_rows": 1, "dropped": {"said before": 1}},
    "access": ["hr"],
}


def test_only_what_changed_is_written_and_a_child_keeps_its_parents_parts(tmp_path: Path) -> None:
    releases = FileReleases(tmp_path / "releases", tmp_path / "live")
    zero = releases.install_release_0()
    write_candidate(tmp_path / "one", zero, {"thresholds": {"extractive": 0.3}}, MANIFEST)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["card.md", "manifest.json", "thresholds.json"]
    first = releases.add(tmp_path / "one")
    assert first.parts["thresholds"] == {"extractive": 0.3}
    assert first.parts["generator"] == zero.parts["generator"]
    write_candidate(tmp_path / "two", first, {"scope": {"near": 0.1}}, MANIFEST | {"parents": [first.id]})
    second = releases.add(tmp_path / "two")
    assert second.parts["thresholds"] == {"extractive": 0.3}
    write_candidate(tmp_path / "again", first, {"scope": {"near": 0.1}}, MANIFEST | {"parents": [first.id]})
    assert release_id(tmp_path / "again") == second.id
