import json
import random
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from benchmarks.ledger_scale import (
    Outcome,
    Sample,
    Seen,
    at_the_end,
    distinct,
    forecast_errors,
    growth,
    kill_often,
    laws,
    look,
    main,
    measured,
    write_texts,
)

BEFORE = Seen(Counter(live=3, received=2), frozenset("abc"), {}, 0, 0, 0)


def test_kills_lose_nothing_and_what_is_poison_is_named(tmp_path: Path):
    outcome = kill_often(tmp_path, 150, 2, 0.02, seed=3)
    assert outcome.broken == []
    assert outcome.kills >= 1
    seen = look(tmp_path / "state")
    assert (seen.states["live"], seen.states["quarantined"]) == (147, 3)
    figures = measured(outcome, 150)
    assert figures["violations"].value == 0
    assert 0 < figures["ledger_share"].value < 1


def test_laws_are_seen_broken():
    assert laws(BEFORE, BEFORE, 5) == []
    assert "done and are not" in laws(replace(BEFORE, done=frozenset("ab")), BEFORE, 5)[0]
    assert "rows for" in laws(replace(BEFORE, states=Counter(live=6)), BEFORE, 5)[0]
    assert "rows are gone" in laws(replace(BEFORE, states=Counter(live=4)), BEFORE, 5)[0]
    assert "twice" in laws(replace(BEFORE, twice=1), BEFORE, 5)[0]
    assert "no passages" in laws(replace(BEFORE, without=1), BEFORE, 5)[0]
    assert "unknown states" in laws(replace(BEFORE, states=Counter(live=4, gone=1)), BEFORE, 5)[0]


def test_at_the_end_every_document_is_live_or_the_poison():
    good = Seen(Counter(live=4, quarantined=1), frozenset("abcde"), {"e": "corrupt"}, 0, 0, 0)
    assert at_the_end(good, 5, {"e"}) == []
    assert at_the_end(good, 5, {"d"})
    assert at_the_end(replace(good, reasons={"e": "timeout"}), 5, {"e"})
    assert at_the_end(replace(good, orphans=1), 5, {"e"})
    assert at_the_end(replace(good, states=Counter(live=3, quarantined=1, in_flight=1)), 5, {"e"})


def test_the_state_is_looked_at_from_outside(tmp_path: Path):
    assert look(tmp_path).states == Counter()
    with sqlite3.connect(tmp_path / "ledger.db") as ledger:
        ledger.execute("CREATE TABLE documents (id, uri, state, reason)")
        rows = [("1", "a", "live", ""), ("2", "a", "live", ""), ("3", "b", "quarantined", "corrupt"), ("4", "c", "in_flight", "")]  # fmt: skip
        ledger.executemany("INSERT INTO documents VALUES (?, ?, ?, ?)", rows)
    with sqlite3.connect(tmp_path / "passages.db") as passages:
        passages.execute("CREATE TABLE passages (id, document)")
        passages.executemany("INSERT INTO passages VALUES (?, ?)", [("1.0", "1"), ("4.0", "4")])
    seen = look(tmp_path)
    assert (seen.twice, seen.without, seen.orphans) == (1, 1, 1)
    assert seen.done == {"a", "b"}
    assert seen.reasons == {"b": "corrupt"}


def test_texts_and_poison_are_drawn(tmp_path: Path):
    bad = write_texts(tmp_path, 50, 0.1, random.Random(1))
    assert len(bad) == 5
    assert sum(1 for _ in tmp_path.rglob("*.txt")) == 50
    assert all((tmp_path / uri).read_text().startswith("poison") for uri in bad)


def test_memory_and_forecasts_are_judged_over_the_run():
    samples = [
        Sample(float(n), n * 10, 100.0 + (50 if 7 <= n < 10 else 0), 2.0 * (10 - n)) for n in range(11)
    ]
    assert growth(samples) == pytest.approx(1.5)
    assert growth(samples[:1]) != growth(samples[:1])  # nan: too short to tell
    errors = forecast_errors(samples, 100)
    assert {name: round(metric.value, 6) for name, metric in errors.items()} == dict.fromkeys(errors, 1.0)
    assert len(errors) == 3


def test_no_runs_have_no_resume():
    assert measured(Outcome(), 10)["resume_s"].n == 0


def test_real_pdfs_are_watched(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "pdfs"
    folder.mkdir()
    for name, says in (("a", "One"), ("b", "Two"), ("c", "One")):
        canvas = Canvas(str(folder / f"{name}.pdf"), invariant=1)
        canvas.drawString(72, 700, f"{says} supplier delivers in ten days.")
        canvas.save()
    assert len(distinct(folder, 9)) == 2
    assert main(["--folder", str(folder), "--plot", str(tmp_path / "plot.csv")]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert metrics["lost"]["value"] == 0
    assert metrics["live"]["value"] == 2
    assert metrics["peak_tree_mb"]["value"] > 10
    assert (tmp_path / "plot.csv").read_text().startswith("seconds,documents,mb,forecast_s")
