import json
from pathlib import Path

import numpy as np

from benchmarks.fit_structure import (
    PAPERS,
    best_threshold,
    cut,
    fit,
    pair_rows,
    paper,
    paper_truth,
    read_bytes,
    second_look,
)
from benchmarks.structure_rows import rows_of
from metier.extract.structure.features import CONTEXT, FEATURES
from metier.extract.structure.models import read_models, shipped, write_models


def test_models_are_fitted_written_and_read_again(tmp_path: Path):
    rows, pairs = [], []
    for number in (*range(6), PAPERS):
        written, content = paper(number)
        raw = read_bytes(content)
        rows.append(rows_of(written.id, "reportlab", raw, paper_truth(raw, written)))
        pairs.append(pair_rows(cut(raw), written))
    assert sum(part.heading.sum() for part in rows) >= 0.8 * sum(len(part.true) for part in rows)
    models = fit(rows, pairs)
    write_models(tmp_path / "models.npz", models)
    again = read_models(tmp_path / "models.npz")
    assert again.heading_at == models.heading_at
    for part in rows:
        chance = second_look(models.first, models.heading, part)
        assert np.array_equal(chance, second_look(again.first, again.heading, part))
        assert chance[part.heading].mean() > chance[part.asked & ~part.heading].mean()
    assert 0.2 <= best_threshold(models.first, models.heading, rows) <= 0.75


def test_the_models_that_ship_say_what_they_were_fitted_on():
    models = shipped()
    card = json.loads(models.card)
    assert card["script"] == "benchmarks/fit_structure.py"
    assert card["half"].startswith("tuning")
    assert models.first.features == FEATURES
    assert models.heading.features == (*FEATURES, *CONTEXT)
