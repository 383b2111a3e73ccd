import dataclasses
from pathlib import Path

import pytest

from metier.errors import UserError
from metier.evaluate.run import Run
from metier.evaluate.stress import (
    Stress,
    as_stress,
    confined,
    documents_of,
    ladder,
    nested,
    read_stress,
    stress_text,
    table_of,
)  # fmt: skip
from metier.evaluate.suites import Suite
from metier.types import EvidenceQuote
from tests.evaluate.made import case, row, run_of


def on(number: int, uri: str) -> object:
    return case(number, evidence=(EvidenceQuote(uri, "six weeks"),))


def grown(rights: list[int], n: int = 300) -> Stress:
    """Runs of growing corpora in which so many of `n` cases are right, the others wrong and shown."""
    cases = [case(i) for i in range(n)]
    runs: list[Run] = []
    for size, count in enumerate(rights, start=1):
        run = run_of([row(item, right=i < count) for i, item in enumerate(cases)])
        runs.append(dataclasses.replace(run, about={"documents": str(20 * 10**size), "files": "9"}))
    return as_stress(Suite("suite", tuple(cases)), runs)


def test_sizes() -> None:
    assert ladder(9_000, 5) == [20, 200, 2000, 9000]
    assert ladder(9_000, 150) == [150, 200, 2000, 9000]
    assert ladder(100, 5, [10, 50, 500]) == [10, 50, 100]
    with pytest.raises(UserError, match="--distractors"):
        ladder(100, 100)
    with pytest.raises(UserError, match="1 document or more"):
        ladder(100, 5, [0, 20])


def test_samples_are_nested_and_begin_with_the_documents_of_the_suite() -> None:
    own = [f"{i}.txt" for i in range(50)]
    order = nested(own, ["x/a", "x/b"], {"7.txt", "30.txt"}, seed=1)
    assert set(order[:2]) == {"7.txt", "30.txt"}
    assert set(order[50:]) == {"x/a", "x/b"}
    assert sorted(order) == sorted([*own, "x/a", "x/b"])
    assert nested(reversed(own), ["x/b", "x/a"], {"7.txt", "30.txt"}, seed=1) == order
    assert nested(own, [], set(), seed=2) != nested(own, [], set(), seed=1)


def test_what_a_case_rests_on_and_a_suite_of_fewer_documents() -> None:
    cases = [on(0, "a.zip//x.pdf"), on(1, "a.zip//y.pdf"), on(2, "b.txt"), case(3, kind="unanswerable")]
    assert documents_of(cases) == {"a.zip", "b.txt"}  # type: ignore[arg-type]
    few = confined(Suite("s", tuple(cases)), 1)  # type: ignore[arg-type]
    assert [item.id for item in few.cases] == ["c0000", "c0001", "c0003"]


def test_a_curve_that_falls_does_not_hold() -> None:
    found = grown([270, 268, 240])
    assert found.holds is False
    assert "At 20,000 documents 10.0 points fewer right (95% interval -1" in found.sentence
    assert "10.0 points more wrong and shown" in found.sentence
    assert "what was seen on 200 documents does not hold" in found.sentence
    assert found.steps[2].verdict == "worse"
    assert found.steps[0].change is None
    assert found.steps[2].change is not None
    assert found.steps[2].more_wrong is not None
    assert found.steps[2].more_wrong.value == pytest.approx(0.1)


def test_more_wrong_answers_count_even_if_as_many_are_right() -> None:
    cases = [case(i) for i in range(200)]
    then = run_of([row(item, right=i < 150, declined=i >= 150) for i, item in enumerate(cases)])
    now = run_of([row(item, right=i < 150) for i, item in enumerate(cases)])
    runs = [
        dataclasses.replace(run, about={"documents": size, "files": size})
        for run, size in ((then, "20"), (now, "200"))
    ]
    found = as_stress(Suite("s", tuple(cases)), runs)
    assert found.steps[1].verdict == "cannot tell"
    assert found.holds is False


def test_a_flat_curve_holds_and_a_short_one_cannot_tell() -> None:
    assert grown([270, 270]).holds is True
    assert "holds, within 3 points" in grown([270, 270]).sentence
    short = grown([27, 26], n=30)
    assert short.holds is None
    assert "cannot tell" in short.sentence
    assert "needs" in short.sentence
    assert grown([5, 1], n=8).holds is None  # too few independent cases for an interval
    assert grown([270]).holds is None


def test_it_is_kept_and_read_again(tmp_path: Path) -> None:
    found = grown([8, 2], n=12)  # so few that the 95th percentile has no upper end
    (tmp_path / "s.json").write_text(stress_text(found))
    assert read_stress(tmp_path / "s.json") == found
    assert [cells[0] for cells in table_of(found)] == ["200", "2,000"]
    for text in ("[]", "{}", "{", '{"metier_stress": 1}'):
        (tmp_path / "s.json").write_text(text)
        with pytest.raises(UserError, match="nothing that"):
            read_stress(tmp_path / "s.json")
