"""Corrections of documents -> the weights of their layouts. Pure: what `specialize` calls, before its gate."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from metier.extract.raw import RawDocument
from metier.extract.structure.apply import observe
from metier.extract.structure.continuation import pair_features, pairs_of
from metier.extract.structure.corrections import (
    ROLE_NAMES,
    Correction,
    Example,
    Layout,
    fit_layout,
    looks,
    signature,
)
from metier.extract.structure.models import Models, shipped
from metier.extract.structure.numbering import fold

# A block that was not corrected on a page where others were: seen and let pass, which says less than a correction.
_LET_PASS = 0.1


def learn(
    corrections: Iterable[Correction],
    documents: Mapping[str, tuple[RawDocument, str]],
    models: Models | None = None,
) -> list[Layout]:
    """One layout per kind of document that was corrected, by signature.

    `documents` are the corrected ones as their engine read them, before `structure`, with their producer; they are used up.
    A correction whose document or text is not there (any more) says nothing.
    """
    models = models or shipped()
    by_document: dict[str, list[Correction]] = defaultdict(list)
    for correction in corrections:
        by_document[correction.document].append(correction)
    roles: dict[str, list[Example]] = defaultdict(list)
    joins: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    rows: dict[str, list[int]] = defaultdict(list)
    for id in sorted(by_document.keys() & documents.keys()):
        raw, producer = documents[id]
        if not any(page.runs for page in raw.pages):
            continue
        seen = observe(raw, models)
        sign = signature(producer, seen.body, raw.pages)
        place = {
            (seen.items[number].block.page, fold(seen.items[number].text)): row
            for row, number in enumerate(seen.asked)
        }
        raw.blocks = [item.block for item in seen.items]
        corrected: set[int] = set()
        for said in by_document[id]:
            row = place.get((said.page, fold(said.text)))
            if said.role and row is not None:
                found = looks(seen.items[seen.asked[row]], seen.body)
                roles[sign].append(Example(found, seen.scores[row], said.role, said.level))
                corrected.add(row)
            if said.header_rows is not None:
                rows[sign].append(said.header_rows)
        pages = {seen.items[seen.asked[row]].block.page for row in corrected}
        for row, number in enumerate(seen.asked):
            item = seen.items[number]
            if row not in corrected and item.block.page in pages:
                thought = ROLE_NAMES[int(seen.scores[row].argmax())]
                roles[sign].append(
                    Example(looks(item, seen.body), seen.scores[row], thought, weight=_LET_PASS)
                )
        joins[sign] += _joins(raw, [said for said in by_document[id] if said.joined is not None], models)
    signs = sorted({sign for sign in (*roles, *joins, *rows) if roles[sign] or joins[sign] or rows[sign]})
    return [fit_layout(sign, roles[sign], joins[sign], rows[sign]) for sign in signs]


def _joins(raw: RawDocument, said: Sequence[Correction], models: Models) -> list[tuple[float, bool]]:
    """Log-odds and truth of the pairs of tables that were corrected; a correction names the page of the lower one."""
    pairs = pairs_of(raw.blocks)
    if not pairs or not said:
        return []
    chances = models.continuation.probabilities(pair_features(pairs, raw.blocks, raw.pages))[:, 1]
    odds = np.log(np.clip(chances, 1e-6, 1 - 1e-6) / (1 - np.clip(chances, 1e-6, 1 - 1e-6)))
    truth = {correction.page: bool(correction.joined) for correction in said}
    return [
        (float(value), truth[raw.blocks[pair.below].page])
        for pair, value in zip(pairs, odds, strict=True)
        if raw.blocks[pair.below].page in truth
    ]
