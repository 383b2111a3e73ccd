"""The quote-first policy: answers with sentences and table rows of the evidence, or abstains. It cannot invent text."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.generate.bridge import asks_for, bridge, directory_search, first_step
from metier.generate.candidates import Candidate, candidates
from metier.generate.in_force import in_force
from metier.generate.joining import joins
from metier.generate.named_document import SURE, named_documents, summary
from metier.generate.quoting import MOST_STATEMENTS, best_of, compare, quote
from metier.generate.ranking import Considered, Ranked, Ranker
from metier.generate.second_look import PairReader
from metier.generate.selected import selected_rows, without_failing
from metier.generate.several import table_to_find
from metier.generate.standing import best_known_first
from metier.generate.stating import led_by, shortened, statements_of
from metier.generate.tabular import COMPUTED, TableAnswer, from_tables, said_by
from metier.generate.whole import Whole, choose, whole_answers
from metier.stages import Embedder, OnStatement, SentenceVectors
from metier.text.conditions import read_conditions
from metier.text.vocabulary import Vocabulary
from metier.types import Draft, Evidence, Option, Query, Statement

_LEADS = 8  # passages named as where an answer may be, for a language model to read
_TRUSTED = 0.5  # least P(a table's answer is right) where the question asks for what has to be computed
_SPEAKS = 0.7  # share of the question's words in a table from which the question is about it
# What has the highest or lowest is told with the figures it is higher than.
_ALL_TOLD = frozenset({"which_row", "which_year"})
_TOLD = 5  # candidates of each part that `--explain` shows
SELECTED = 0.8  # P(rows that meet every condition are those that are asked for): docs/design/tables.md
NOTHING = "nothing that was found speaks of the question"


@dataclass(frozen=True, slots=True)
class _Ruled:
    """What the rules make of a question."""

    ranked: Sequence[Ranked]
    statements: tuple[Statement, ...]
    sure: float
    evidence: Sequence[Evidence]  # without what another version replaces
    composed: bool
    replaced: tuple[tuple[str, int, int], ...] = ()
    notes: tuple[str, ...] = ()  # of what is said, unless something else leads


class ExtractiveGenerator:
    """Implements stages.Generator; deterministic."""

    name = "extractive"

    def __init__(
        self,
        models: Mapping[str, Any],
        embedder: Embedder,
        vocabulary: Callable[[], Vocabulary],
        deep: SentenceVectors | None = None,
        reader: PairReader | None = None,
    ) -> None:
        """`models` is the release's generator.json: `weights` by name of feature (scoring.FEATURES), `confidence` (see
        confidence.py), and under `shallow` the same two for evidence without sentence vectors; `deep` gives those.
        Under `read` stand both once more for candidates that `reader` has read; under `whole` the weights that choose among
        whole answers (whole.py), where people have taught them."""
        self._models = models
        self._embedder = embedder
        self._ranker = Ranker(models, embedder, vocabulary, deep, reader)

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        """The likeliest statements; `confidence` is P(one of them answers). Nothing is told early: all is there at once."""
        by_rules = self._by_rules(query, evidence)
        if by_rules is None:
            return Draft((), self.name, 0.0, NOTHING)
        ranked, statements, sure = by_rules.ranked, by_rules.statements, by_rules.sure
        leads = dict.fromkeys(item.passage.id for side in ranked for item in side.items[:_LEADS])
        if (models := self._models.get("whole")) and (whole := self._whole(query, by_rules)):
            chosen, sure = choose(whole, models)
            if not chosen.is_default:
                statements = led_by(chosen.statement, statements)
        return Draft(
            statements,
            self.name,
            sure,
            leads=tuple(leads),
            options=_told(ranked),
            notes=by_rules.notes if statements[:1] == by_rules.statements[:1] else (),
            composed=by_rules.composed,
            replaced=by_rules.replaced,
        )

    def needs(self, query: Query, evidence: Sequence[Evidence]) -> tuple[str, ...]:
        """What to search for besides: the roles that the best statement names where a person or contact is asked for, what a row
        that the question points at is about, and the table that one of the first sentences points at."""
        if not (options := in_force(query.text, query.language, list(candidates(evidence)))):
            return ()
        if not asks_for(query.text):
            joined = (join.question for join in joins(query.text, query.language, options))
            return tuple(filter(None, (*joined, table_to_find(options))))
        best = self._ranker.rank(first_step(query.text), query.language, options)
        for first in best_of(best.items, best.chance, MOST_STATEMENTS):
            second, missing = bridge(query.text, query.language, first, options)
            if second or missing:
                return tuple(directory_search(role, first.language) for role in missing)
        return ()

    def consider(self, query: Query, evidence: Sequence[Evidence]) -> tuple[Considered, ...]:
        """The candidates of a plain question as each look sees them, the one that decides last; none for a question that
        is answered part by part, or where there is nothing to choose from."""
        options = in_force(query.text, query.language, list(candidates(best_known_first(evidence))))
        if not options or query.rewrites or query.parts or query.compares:
            return ()
        return self._ranker.looks(first_step(query.text), query.language, options)

    def whole(self, query: Query, evidence: Sequence[Evidence]) -> Whole | None:
        """The whole answers that could be given, with what weights are applied to; None where there is none."""
        by_rules = self._by_rules(query, evidence)
        return None if by_rules is None else self._whole(query, by_rules)

    def _by_rules(self, query: Query, evidence: Sequence[Evidence]) -> _Ruled | None:
        """What was ranked, what the rules say of it and how sure that is; None if there is nothing to choose from."""
        evidence = best_known_first(evidence)
        every = list(candidates(evidence))
        options = without_failing(query.text, query.language, in_force(query.text, query.language, every))
        if not options:
            return None
        for whole in (named_documents, summary):
            if told := whole(query.text, query.language, options):
                return _Ruled((), told, SURE, evidence, composed=True)
        rows, notes = selected_rows(query.text, query.language, options)
        if rows:
            return _Ruled((), rows, SELECTED, evidence, composed=True, notes=notes)
        chosen = (compare if query.compares else quote)(self._ranker, query, options)
        valid = _in_force_only(evidence, options)
        said = statements_of(query.text, chosen.said, options)
        if said and len(chosen.said[0][0]) == 1:
            said = (shortened(query, said[0], chosen.said[0][0][0], valid), *said[1:])
        statements, sure = said, chosen.sure
        if surer := self._surer_table(query, said, sure, valid):
            table, sure = surer
            statements = led_by(said_by(table), () if table.operation in _ALL_TOLD else said)
        is_led = [item.text for item in statements[:1]] != [item.text for item in said[:1]]  # by a table
        left = {item.key for item in options}
        return _Ruled(
            ranked=chosen.ranked,
            statements=statements,
            sure=sure,
            evidence=valid,
            composed=chosen.composed or is_led,
            replaced=tuple(item.key for item in every if item.key not in left),
            notes=() if is_led else chosen.notes,
        )

    def _whole(self, query: Query, by_rules: _Ruled) -> Whole | None:
        every = [
            pair for side in by_rules.ranked for pair in zip(side.items, side.chance.tolist(), strict=True)
        ]
        every.sort(key=lambda pair: -pair[1])
        items, chance = [item for item, _ in every], np.array([likely for _, likely in every])
        return whole_answers(
            query,
            items,
            chance,
            by_rules.statements,
            by_rules.sure,
            by_rules.evidence,
            self._trust,
            self._likeness(query),
        )

    def _likeness(self, query: Query) -> Callable[[Sequence[str]], NDArray[np.float64]]:
        """Cosines of texts and the question."""
        asked = self._embedder.embed_queries([query.text])[0]
        return lambda texts: (self._embedder.embed_passages(texts) @ asked).astype(np.float64)

    def _surer_table(
        self, query: Query, said: Sequence[Statement], sure: float, evidence: Sequence[Evidence]
    ) -> tuple[TableAnswer, float] | None:
        """What a whole table answers, and P(that is right), where it is to be trusted more than what is said."""
        conditions = read_conditions(query.text, query.language)
        if conditions is not None and not conditions.is_of_periods:
            return None  # a cell of a row that may fail them
        table = from_tables(query.text, query.language, evidence)
        if table is None or (table.operation == "value" and query.compares):
            return None  # a comparison asks for more than a cell
        chance = self._trust(table)
        is_told = bool(said) and bool(said[0].values)
        # What has to be computed of a table that speaks of all the question asks no sentence says, however sure the policy is
        # of one, unless it has a figure of its own.
        is_due = table.operation in COMPUTED and table.covered >= _SPEAKS and not is_told
        least = sure if table.operation == "value" else 0.0 if is_due else _TRUSTED
        return (table, chance) if chance >= least else None

    def _trust(self, answer: TableAnswer) -> float:
        """P(the table's answer is right), by kind of question: from the fit of its labels, how much of the question the table
        says, and how many other documents say something else as well."""
        weights = self._models.get("tables", {})
        kind = weights.get(answer.operation, weights.get("other"))
        if kind is None:
            return 0.0
        told = (1.0, answer.fit, answer.covered, math.log1p(answer.rivals))
        return 1 / (1 + math.exp(-sum(weight * value for weight, value in zip(kind, told, strict=True))))


def _in_force_only(evidence: Sequence[Evidence], options: Sequence[Candidate]) -> list[Evidence]:
    """The evidence that candidates come from, and what stands beside them: without documents whose candidates were left
    out because another version is in force."""
    there = {item.passage.document for item in options}
    return [item for item in evidence if item.passage.document in there]


def _told(ranked: Sequence[Ranked]) -> tuple[Option, ...]:
    """The first candidates of each part, for people who ask how an answer came about."""
    return tuple(
        Option(item.text, item.passage.id, round(float(chance), 4))
        for part in ranked
        for item, chance in zip(part.items[:_TOLD], part.chance, strict=False)
    )
