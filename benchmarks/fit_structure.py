"""Fits the models of structure that ship: python -m benchmarks.fit_structure --data DIR

Boosted trees on the tuning halves: headings and their levels from the bookmarks of real manuals by pdfTeX and LuaTeX (DIR as in
`benchmarks.structure_data`), each once more as another house would print it (`benchmarks.structure_restyle`), and from our
own papers (`benchmarks.layouts`), tables that go on from our own papers by ReportLab
alone. Writes src/metier/extract/structure/weights/structure.npz: numbers and where they come from, never text. Not a
benchmark: `benchmarks.extract_structure` measures on the checking half and on producers that nothing was fitted on.
"""

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.common import half, parser, say
from benchmarks.layouts import Paper, to_reportlab, write_house, write_paper
from benchmarks.structure_data import Read, choose, manuals, read_all
from benchmarks.structure_restyle import restyled
from benchmarks.structure_rows import Rows, rows_of
from benchmarks.structure_truth import Heading, compare, true_headings, unjudged
from benchmarks.table_truth import keys, table_of
from metier.extract import pdf_liteparse
from metier.extract.furniture import mark_unless_all
from metier.extract.raw import RawDocument
from metier.extract.structure.continuation import PAIR_FEATURES, pair_features, pairs_of
from metier.extract.structure.features import CONTEXT, FEATURES, with_context
from metier.extract.structure.levels import DEEPEST, LEVEL_FEATURES, level_features
from metier.extract.structure.models import WEIGHTS, Models, write_models
from metier.extract.structure.outline import Entry
from metier.extract.structure.prepare import prepare
from metier.extract.structure.trees import Trees, from_nodes

MANUALS, PAPERS, DENSE = 300, 90, 60
FOLDS = 3  # the second look learns from first looks at documents that the first look has not learnt from
LEAST_TRUE = 5
RESTYLED = " restyled"  # ends the id of a copy


def paper(number: int) -> tuple[Paper, bytes]:
    """One of our own papers, in a house style of its own."""
    rng = random.Random(1000 + number)
    house = write_house(f"House{number}", rng)
    dense = number >= PAPERS  # tables on tables: page breaks between two of them are what is rare elsewhere
    sections, tables, twins = (4, 12, 0.7) if dense else (6, 4, 0.25)
    written = write_paper(f"reportlab-{number}", rng, house, sections, tables, twins)
    return written, to_reportlab(written, house)


def read_bytes(content: bytes) -> RawDocument:
    """The PDF as liteparse reads it. Raises ParseError."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "paper.pdf"
        path.write_bytes(content)
        return pdf_liteparse.read(path)


def paper_truth(raw: RawDocument, written: Paper) -> list[Heading]:
    """The paper's headings on the pages where their text is printed."""
    entries = [
        Entry(piece.text, page.number, piece.level)
        for piece in written.pieces
        if piece.kind == "heading"
        for page in raw.pages
    ]
    found = true_headings(raw, entries)
    return list({(heading.text, heading.page): heading for heading in found}.values())


def trees_of(model: HistGradientBoostingClassifier, features: Sequence[str]) -> Trees:
    """The model as arrays; `tests/benchmarks/test_fit_structure.py` compares their answers."""
    forest: list[list[list[dict[str, Any]]]] = []
    for step in model._predictors:
        forest.append(
            [
                [
                    {
                        "feature": int(node["feature_idx"]),
                        "threshold": float(node["num_threshold"]),
                        "missing_left": bool(node["missing_go_to_left"]),
                        "left": int(node["left"]),
                        "right": int(node["right"]),
                        "value": float(node["value"]),
                        "leaf": bool(node["is_leaf"]),
                    }
                    for node in tree.nodes
                ]
                for tree in step
            ]
        )
    base = np.ravel(model._baseline_prediction).tolist()
    return from_nodes(features, [str(name) for name in model.classes_], forest, base)


def boosted(
    table: NDArray[np.float64],
    truth: NDArray[Any],
    weight: NDArray[np.float64],
    rounds: int = 100,
    leaves: int = 12,
) -> HistGradientBoostingClassifier:
    """Small trees, many of them. Rounds and leaves by a third of the tuning half; 200 rounds gained < 0.003 F1."""
    model = HistGradientBoostingClassifier(
        max_iter=rounds,
        max_leaf_nodes=leaves,
        learning_rate=0.1,
        l2_regularization=1.0,
        min_samples_leaf=20,
        max_bins=64,
    )
    return model.fit(table, truth, sample_weight=weight / weight.mean())


def document_of(rows: Rows) -> str:
    """The document that the rows are of; a restyled copy is of the same."""
    return rows.id.removesuffix(RESTYLED)


def fit_headings(train: Sequence[Rows], seed: int = 0) -> tuple[Trees, Trees]:
    """First and second look. Documents count by the square root of their length."""
    ids = list(dict.fromkeys(document_of(rows) for rows in train))
    drawn = dict(zip(ids, np.random.default_rng(seed).integers(0, FOLDS, len(ids)), strict=True))
    fold = [drawn[document_of(rows)] for rows in train]
    chances: dict[str, NDArray[np.float64]] = {}
    for number in range(FOLDS):
        look = _heading_trees([rows for rows, own in zip(train, fold, strict=True) if own != number], None)
        for rows, own in zip(train, fold, strict=True):
            if own == number:
                chances[rows.id] = first_look(look, rows)
    first = _heading_trees(train, None)
    return first, _heading_trees(train, chances)


def first_look(first: Trees, rows: Rows) -> NDArray[np.float64]:
    """Chances of the first look; 0 for what is not asked."""
    chance = np.zeros(len(rows.asked))
    if rows.asked.any():
        chance[rows.asked] = first.probabilities(rows.table[rows.asked])[:, 1]
    return chance


def _heading_trees(train: Sequence[Rows], chances: dict[str, NDArray[np.float64]] | None) -> Trees:
    tables = [
        (rows.table if chances is None else with_context(rows.table, chances[rows.id], rows.groups))[
            rows.asked
        ]
        for rows in train
    ]
    truth = np.concatenate([rows.heading[rows.asked] for rows in train])
    weight = np.concatenate([np.full(len(part), 1 / np.sqrt(max(20, len(part)))) for part in tables])
    told = np.concatenate([rows.judged[rows.asked] for rows in train])
    names = FEATURES if chances is None else (*FEATURES, *CONTEXT)
    return trees_of(boosted(np.vstack(tables)[told], truth[told], weight[told]), names)


def second_look(first: Trees, heading: Trees, rows: Rows) -> NDArray[np.float64]:
    """The chance of being a heading for every block."""
    chance = first_look(first, rows)
    if rows.asked.any():
        wide = with_context(rows.table, chance, rows.groups)
        chance[rows.asked] = heading.probabilities(wide[rows.asked])[:, 1]
    return chance


def best_threshold(first: Trees, heading: Trees, rows: Sequence[Rows]) -> float:
    """The lowest threshold whose mean F1 is within half a point of the best one's: the maximum is flat."""
    chances = [second_look(first, heading, part) for part in rows]
    grid = np.arange(0.2, 0.75, 0.05)
    means = [
        np.mean([f1_at(part, chance, at) for part, chance in zip(rows, chances, strict=True)]) for at in grid
    ]
    return float(next(at for at, mean in zip(grid, means, strict=True) if mean >= max(means) - 0.005))


def f1_at(rows: Rows, chance: NDArray[np.float64], at: float) -> float:
    """F1 of one document."""
    predicted = [
        Heading(page, text, 0)
        for page, text, value in zip(rows.pages, rows.texts, chance, strict=True)
        if value >= at
    ]
    pairs, wrong, missed = compare(predicted, rows.true)
    wrong = [heading for heading in wrong if not unjudged(heading, rows.true)]
    return 2 * len(pairs) / max(1, 2 * len(pairs) + len(wrong) + len(missed))


def fit_levels(train: Sequence[Rows]) -> Trees:
    """Levels as the bookmarks say, counted from the shallowest of the document."""
    tables, levels, weights = [], [], []
    for rows in train:
        chosen = np.flatnonzero(rows.heading)
        if len(chosen) < LEAST_TRUE:
            continue
        top = rows.level[chosen].min()
        tables.append(level_features(rows.table, rows.groups[0], chosen))
        levels.append(np.minimum(rows.level[chosen] - top + 1, DEEPEST))
        weights.append(np.full(len(chosen), 1 / np.sqrt(len(chosen))))
    model = boosted(np.vstack(tables), np.concatenate(levels), np.concatenate(weights), rounds=30, leaves=8)
    return trees_of(model, LEVEL_FEATURES)


def pair_rows(raw: RawDocument, written: Paper) -> tuple[NDArray[np.float64], list[bool]]:
    """Pairs of tables at page breaks and whether both are parts of one; `raw` must have been `cut`."""
    known = keys(written)
    pairs = pairs_of(raw.blocks)
    truth = []
    for pair in pairs:
        above, below = table_of(raw.blocks[pair.above], known), table_of(raw.blocks[pair.below], known)
        truth.append(bool(above) and above == below)
    return pair_features(pairs, raw.blocks, raw.pages), truth


def fit_continuation(parts: Iterable[tuple[NDArray[np.float64], list[bool]]]) -> Trees:
    """Whether two tables at a page break are one."""
    listed = list(parts)
    table = np.vstack([features for features, _ in listed])
    truth = np.concatenate([np.array(labels, dtype=np.bool_) for _, labels in listed])
    return trees_of(boosted(table, truth, np.ones(len(truth)), rounds=40, leaves=6), PAIR_FEATURES)


def main() -> None:
    """Reads, fits, writes."""
    options = parser("fit_structure", __doc__ or "", needs_data=True).parse_args()
    found = [manual for manual in manuals(options.data) if manual.seen and half(manual.id) == "tuning"]
    train: list[Rows] = []
    for read in read_all(choose(found, MANUALS)):
        train += manual_rows(read)
        say(len(train), read.manual.id)
    pairs = []
    for number, (written, content) in enumerate(map(paper, range(PAPERS + DENSE))):
        raw = read_bytes(content)
        if number < PAPERS:
            train.append(rows_of(written.id, "reportlab", raw, paper_truth(raw, written)))
        pairs.append(pair_rows(cut(raw), written))
    write_models(WEIGHTS, fit([rows for rows in train if len(rows.true) >= LEAST_TRUE], pairs))


def manual_rows(read: Read) -> list[Rows]:
    """The manual as it is, and as another house would print it."""
    true, id = true_headings(read.raw, read.outline), read.manual.id
    other = restyled(read.raw, true, random.Random(id))
    return [
        rows_of(id, read.manual.family, read.raw, true),
        rows_of(id + RESTYLED, read.manual.family, other, true),
    ]


def cut(raw: RawDocument) -> RawDocument:
    """The document with its blocks as the table model sees them: furniture marked, titles taken out of tables."""
    mark_unless_all(raw.blocks, raw.pages)
    raw.blocks = [piece.block for piece in prepare(raw)]
    return raw


def fit(train: Sequence[Rows], pairs: Sequence[tuple[NDArray[np.float64], list[bool]]]) -> Models:
    """All models: from rows of blocks, and from pairs of tables with whether they are one."""
    held = set(list(dict.fromkeys(document_of(rows) for rows in train))[::3])
    third = [rows for rows in train if document_of(rows) in held]
    rest = [rows for rows in train if document_of(rows) not in held]
    # the threshold is for documents of other houses, where there are any: models are less sure of what they have not seen
    at = best_threshold(*fit_headings(rest), [rows for rows in third if rows.id.endswith(RESTYLED)] or third)
    first, heading = fit_headings(train)
    continuation = fit_continuation(pairs)
    card = {
        "fitted_on": {
            "manuals": sorted(
                rows.id.split("/")[0] + "/" + rows.id.split("/")[-1]
                for rows in train
                if "/" in rows.id and rows.id == document_of(rows)
            ),
            "papers": sum("/" not in rows.id for rows in train),
            "tables": "own papers by ReportLab",
        },
        "half": "tuning: sha256 of the path below the data folder, first byte even",
        "script": "benchmarks/fit_structure.py",
        "licence": "Apache-2.0; the manuals are free documentation in Debian main, none of their text is in the weights",
    }
    return Models(first, heading, fit_levels(train), continuation, round(at, 2), 0.5, json.dumps(card))


if __name__ == "__main__":
    main()
