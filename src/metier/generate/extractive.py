"""The quote-first policy: answers with sentences and table rows of the evidence, or abstains. It cannot invent text."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.generate.bridge import asks_for, bridge, directory_search, first_step, holders, who_is
from metier.generate.candidates import Candidate, candidates, citation_of
from metier.generate.computing import computed
from metier.generate.confidence import confidence
from metier.generate.in_force import in_force
from metier.generate.joining import joins, spoken_of
from metier.generate.reading import READ, PairReader, most_promising, reading_text, with_reading
from metier.generate.scoring import DeepVectors, feature_matrix, is_deep, probabilities, read_question
from metier.generate.short import short_values
from metier.generate.sides import about, best_pair, likeness, says_whose, side_words
from metier.generate.tabular import COMPUTED, TableAnswer, from_row, from_tables, said_by
from metier.generate.whole import Whole, choose, whole_answers
from metier.stages import Embedder, OnStatement
from metier.text.analyze import content_words
from metier.text.vocabulary import Vocabulary
from metier.types import Draft, Evidence, Option, Query, Statement

_MAX_STATEMENTS = 3
_LEADS = 8  # passages named as where an answer may be, for a language model to read
# A further sentence is shown if it is at least this fraction as likely as the best one: below, it is noise to readers.
_FURTHER = 0.15
_SAID_ALIKE = (
    0.3  # share of words that two sides of a comparison have in common, from which one vouches for the other
)
_READ_SIDE = 12  # candidates read for each side of a comparison
_READ_HOLDER = 8  # rows read for the person behind a role
_READ_JOINED = 8  # candidates read that speak of what a row is about
_TRUSTED = 0.5  # least P(a table's answer is right) where the question asks for what has to be computed
_SPEAKS = 0.7  # share of the question's words in a table from which the question is about it
_HOLDS = 0.5  # least P(a row names that person)
_TOLD = 5  # candidates of each part that `--explain` shows
_MAX_WORDS = 80  # of all statements together


class ExtractiveGenerator:
    """Implements stages.Generator; deterministic."""

    name = "extractive"

    def __init__(
        self,
        models: Mapping[str, Any],
        embedder: Embedder,
        vocabulary: Callable[[], Vocabulary],
        deep: DeepVectors | None = None,
        reader: PairReader | None = None,
    ) -> None:
        """`models` is the release's generator.json: `weights` by name of feature (scoring.FEATURES), `confidence` (see
        confidence.py), and under `shallow` the same two for evidence without sentence vectors; `deep` gives those.
        Under `read` stand both once more for candidates that `reader` has read; under `whole` the weights that choose among
        whole answers (whole.py), where people have taught them."""
        self._models = models
        self._embedder = embedder
        self._vocabulary = vocabulary
        self._deep = deep
        self._reader = reader

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        """The likeliest statements; `confidence` is P(one of them answers). Nothing is told early: all is there at once."""
        by_rules = self._by_rules(query, evidence)
        if by_rules is None:
            return Draft((), self.name, 0.0, _NOTHING)
        ranked, statements, sure = by_rules.ranked, by_rules.statements, by_rules.sure
        leads = dict.fromkeys(item.passage.id for side in ranked for item in side.items[:_LEADS])
        if (models := self._models.get("whole")) and (whole := self._whole(query, by_rules)):
            chosen, sure = choose(whole, models)
            if not chosen.is_default:
                statements = _led_by(chosen.statement, statements)
        return Draft(
            statements,
            self.name,
            sure,
            leads=tuple(leads),
            options=_told(ranked),
            composed=by_rules.composed,
            replaced=by_rules.replaced,
        )

    def _by_rules(self, query: Query, evidence: Sequence[Evidence]) -> "_Ruled | None":
        """What was ranked, what the rules say of it and how sure that is; None if there is nothing to choose from."""
        every = list(candidates(evidence))
        options = in_force(query.text, every)
        if not options:
            return None
        chosen = self._compare(query, options) if query.compares else self._quote(query, options)
        said = _statements(query.text, chosen.said, options)
        valid = _in_force_only(evidence, options)
        statements, sure = self._with_tables(query, chosen.said, said, chosen.sure, valid)
        left = {item.key for item in options}
        return _Ruled(
            chosen.ranked,
            statements,
            sure,
            valid,
            chosen.composed or _words_of(statements) != _words_of(said),
            tuple(item.key for item in every if item.key not in left),
        )

    def whole(self, query: Query, evidence: Sequence[Evidence]) -> Whole | None:
        """The whole answers that could be given, with what weights are applied to; None where there is none."""
        by_rules = self._by_rules(query, evidence)
        return None if by_rules is None else self._whole(query, by_rules)

    def _whole(self, query: Query, by_rules: "_Ruled") -> Whole | None:
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

    def _with_tables(
        self, query: Query, said: Sequence["_Said"], statements: tuple[Statement, ...], sure: float,
        evidence: Sequence[Evidence],
    ) -> tuple[tuple[Statement, ...], float]:  # fmt: skip
        """What is said and how sure that is, led by what a whole table answers where that is to be trusted more."""
        if said and len(said[0][0]) == 1:
            statements = (_shortened(query, statements[0], said[0][0][0], evidence), *statements[1:])
        table = from_tables(query.text, query.language, evidence)
        if table is None or (
            table.operation == "value" and query.compares
        ):  # a comparison asks for more than a cell
            return statements, sure
        chance = self._trust(table)
        is_said = bool(statements) and bool(statements[0].values)
        # What has to be computed of a table that speaks of all the question asks no sentence says, however sure the policy is
        # of one, unless it has a figure of its own.
        is_due = table.operation in COMPUTED and table.covered >= _SPEAKS and not is_said
        least = sure if table.operation == "value" else 0.0 if is_due else _TRUSTED
        return (_led_by(said_by(table), statements), chance) if chance >= least else (statements, sure)

    def _likeness(self, query: Query) -> Callable[[Sequence[str]], NDArray[np.float64]]:
        """Cosines of texts and the question."""
        asked = self._embedder.embed_queries([query.text])[0]
        return lambda texts: (self._embedder.embed_passages(texts) @ asked).astype(np.float64)

    def _trust(self, answer: TableAnswer) -> float:
        """P(the table's answer is right), by kind of question: from the fit of its labels, how much of the question the table
        says, and how many other documents say something else as well."""
        weights = self._models.get("tables", {})
        kind = weights.get(answer.operation, weights.get("other"))
        if kind is None:
            return 0.0
        told = (1.0, answer.fit, answer.covered, math.log1p(answer.rivals))
        return 1 / (1 + math.exp(-sum(weight * value for weight, value in zip(kind, told, strict=True))))

    def _quote(self, query: Query, options: Sequence[Candidate]) -> "_Chosen":
        """The best of each part of the question, each with what completes it."""
        parts = query.rewrites or (query.text,)
        most = max(1, READ // len(parts))
        ranked = [self._rank(first_step(part), query.language, options, most) for part in parts]
        chosen: list[Candidate] = []
        composed = False
        for part in ranked:
            found = _choose(part.items, part.chance, max(1, _MAX_STATEMENTS // len(parts)))
            for first in found:
                second, missing = bridge(query.text, query.language, first, options)
                if second := second or self._holder(query.text, missing, first, options):
                    found, composed = [first, second], True
                    break
            chosen += [item for item in found if not _repeats(item, chosen)]
        said: list[_Said] = [((item,), item.text) for item in chosen]
        if len(chosen) > 1 and likeness(*chosen[:2]) >= _SAID_ALIKE:
            one, two = chosen[:2]
            if result := computed(query, one, two):
                said, composed = [((one, two), result), *said[:2]], True
        sure = min(part.certain for part in ranked)
        for join in joins(query.text, query.language, options) if len(parts) == 1 else ():
            if about_it := spoken_of(join, options):
                best = self._rank(join.question, query.language, about_it, _READ_JOINED)
                if best.certain > sure:
                    sure, first = best.certain, best.items[0]
                    said = [((join.row,), join.row.text), ((first,), first.text)]
                    ranked, composed = [best], True
        return _Chosen(ranked, said, sure, composed)

    def _compare(self, query: Query, options: Sequence[Candidate]) -> "_Chosen":
        """One candidate of each side, each among the options that speak of it, and what was to be computed of both."""
        one, two = query.rewrites
        words = [side_words(part, other, query.language) for part, other in ((one, two), (two, one))]
        ranked = [
            self._rank(part, query.language, about(side, options), _READ_SIDE)
            for part, side in zip((one, two), words, strict=True)
        ]
        pair = best_pair([(side.items, side.chance) for side in ranked])
        if pair is None:
            return self._quote(dataclasses.replace(query, rewrites=()), options)
        certain = [side.certain for side in ranked]
        is_alike = likeness(*pair) >= _SAID_ALIKE  # then either vouches for what both say
        sure = 1 - math.prod(1 - one for one in certain) if is_alike else min(certain)
        said: list[_Said] = [
            ((item,), says_whose(item, side)) for item, side in zip(pair, words, strict=True)
        ]
        if result := computed(query, *pair, words):
            said.insert(0, (pair, result))
        return _Chosen(ranked, said, sure, True)

    def _holder(
        self, question: str, roles: Sequence[str], first: Candidate, options: Sequence[Candidate]
    ) -> Candidate | None:
        """The row that the reader takes for the one of a role which it calls by another name, as in another language."""
        rows = holders(question, first, options) if self._reader is not None else []
        for role in roles if rows else ():
            language = first.passage.language
            best = self._rank(who_is(role, language), language, rows, _READ_HOLDER)
            if best.certain >= _HOLDS:
                return best.items[0]
        return None

    def needs(self, query: Query, evidence: Sequence[Evidence]) -> tuple[str, ...]:
        """What to search for besides: the roles that the best statement names where a person or contact is asked for, and
        what a row that the question points at is about."""
        if not (options := in_force(query.text, list(candidates(evidence)))):
            return ()
        if not asks_for(query.text):
            return tuple(join.question for join in joins(query.text, query.language, options))
        best = self._rank(first_step(query.text), query.language, options)
        for first in _choose(best.items, best.chance, _MAX_STATEMENTS):
            second, missing = bridge(query.text, query.language, first, options)
            if second or missing:
                return tuple(directory_search(role, first.passage.language) for role in missing)
        return ()

    def _rank(
        self, question: str, language: str, options: Sequence[Candidate], most: int = READ
    ) -> "_Ranked":
        seen = self._looks(question, language, options, most)[-1]
        models = section_of(self._models, seen.section)
        chance = probabilities(seen.features, models["weights"])
        certain = confidence(seen.features, chance, models.get("confidence"))
        order = np.argsort(-chance[:-1], kind="stable")
        return _Ranked([seen.options[index] for index in order], chance[order], certain)

    def consider(self, query: Query, evidence: Sequence[Evidence]) -> "tuple[Considered, ...]":
        """The candidates of a plain question as each look sees them, the one that decides last; none for a question that
        is answered part by part, or where there is nothing to choose from."""
        options = in_force(query.text, list(candidates(evidence)))
        if not options or query.rewrites or query.compares:
            return ()
        return self._looks(first_step(query.text), query.language, options, READ)

    def _looks(
        self, question: str, language: str, options: Sequence[Candidate], most: int
    ) -> "tuple[Considered, ...]":
        asked = read_question(question, language, self._embedder, self._deep)
        features = feature_matrix(asked, options, self._embedder, self._vocabulary(), self._deep)
        section = () if is_deep(features) or "shallow" not in self._models else ("shallow",)
        models = section_of(self._models, section)
        first = Considered(options, features, section)
        if self._reader is None or "read" not in models:
            return (first,)
        chosen = most_promising(probabilities(features, models["weights"]), most)
        options = [options[index] for index in chosen]
        scores = self._reader.score(question, [reading_text(item) for item in options])
        return first, Considered(options, with_reading(features[chosen], scores), (*section, "read"))


@dataclass(frozen=True, slots=True)
class Considered:
    """Candidates for one question, with what the weights are applied to."""

    options: Sequence[Candidate]
    features: NDArray[np.float64]  # (n, scoring.FEATURES)
    section: tuple[
        str, ...
    ]  # where in generator.json the models of this look stand, e.g. ("shallow", "read")


def section_of(models: Mapping[str, Any], section: Sequence[str]) -> Mapping[str, Any]:
    """The part of generator.json that holds `weights` and `confidence` for one kind of look."""
    for name in section:
        models = models[name]
    return models


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Candidates for one question."""

    items: Sequence[Candidate]  # best first
    chance: NDArray[np.float64]  # of each
    certain: float  # P(one of the first three answers)


_Said = tuple[Sequence[Candidate], str]  # what a statement rests on, and its words


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What is said of what was ranked, and how sure that is."""

    ranked: Sequence[_Ranked]
    said: Sequence[_Said]
    sure: float
    composed: bool  # of parts that need one another


@dataclass(frozen=True, slots=True)
class _Ruled:
    """What the rules make of a question."""

    ranked: Sequence[_Ranked]
    statements: tuple[Statement, ...]
    sure: float
    evidence: Sequence[Evidence]  # without what another version replaces
    composed: bool
    replaced: tuple[tuple[str, int, int], ...]


def _shortened(query: Query, first: Statement, said: Candidate, evidence: Sequence[Evidence]) -> Statement:
    """The statement with the short answer inside it, where there is one."""
    if not said.piece.is_row:
        values = short_values(query.text, first.text, said.passage.language or query.language)
        return dataclasses.replace(first, values=values)
    row = from_row(query.text, query.language, evidence, said.passage.document, said.piece.start)
    return dataclasses.replace(first, values=row.values, scale=row.scale) if row else first


def _led_by(first: Statement, others: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statement, and below it, numbered on, the best of the others that quotes something else."""
    number, places = len(first.citations), {(item.document, item.start) for item in first.citations}
    fresh = [one for one in others if not {(item.document, item.start) for item in one.citations} <= places]
    found = [first]
    for other in fresh[: _MAX_STATEMENTS - 2]:
        cited = tuple(
            dataclasses.replace(citation, id=f"c{number + place}")
            for place, citation in enumerate(other.citations, start=1)
        )
        number += len(cited)
        found.append(dataclasses.replace(other, id=f"s{len(found) + 1}", citations=cited))
    return tuple(found)


def _words_of(statements: Sequence[Statement]) -> str:
    return statements[0].text if statements else ""


def _in_force_only(evidence: Sequence[Evidence], options: Sequence[Candidate]) -> list[Evidence]:
    """The evidence that candidates come from, and what stands beside them: without documents whose candidates were left
    out because another version is in force."""
    there = {item.passage.document for item in options}
    return [item for item in evidence if item.passage.document in there]


def _told(ranked: Sequence[_Ranked]) -> tuple[Option, ...]:
    """The first candidates of each part, for people who ask how an answer came about."""
    return tuple(
        Option(item.text, item.passage.id, round(float(chance), 4))
        for part in ranked
        for item, chance in zip(part.items[:_TOLD], part.chance, strict=False)
    )


_NOTHING = "nothing that was found speaks of the question"


def _statements(question: str, said: Sequence[_Said], options: Sequence[Candidate]) -> tuple[Statement, ...]:
    """Statements of these words; a quote cites also a copy of its sentence in another document, unless the question names
    this one."""
    asked = set(content_words(question))
    statements: list[Statement] = []
    cited = 0
    for number, (items, text) in enumerate(said, start=1):
        places = [*items]
        if len(items) == 1:
            (item,) = items
            named = asked & _name(item)
            copies = (o for o in options if o.text == item.text and o.key[0] != item.key[0])
            places += [copy for copy in copies if named <= _name(copy)][:1]
        citations = tuple(
            citation_of(place, f"c{cited + index}") for index, place in enumerate(places, start=1)
        )
        cited += len(places)
        statements.append(Statement(f"s{number}", text, citations))
    return tuple(statements)


def _name(item: Candidate) -> set[str]:
    """The words that the candidate's document is called by."""
    passage = item.passage
    return {*content_words(passage.title), *content_words(passage.uri)}


def _choose(ranked: Sequence[Candidate], chance: NDArray[np.float64], most: int) -> list[Candidate]:
    """The best candidate and those nearly as good, within the limits; both arguments best first."""
    chosen: list[Candidate] = []
    words = 0
    for item, likely in zip(ranked, chance, strict=True):
        length = len(item.text.split())
        if chosen and (likely < _FURTHER * chance[0] or words + length > _MAX_WORDS):
            continue
        if _repeats(item, chosen) or (chosen and _is_outdated(item) and not _is_outdated(chosen[0])):
            continue
        chosen.append(item)
        words += length
        if len(chosen) == most:
            break
    return chosen


def _is_outdated(item: Candidate) -> bool:
    """True if the sentence stands in a version that is not in force (and was not asked for by its year)."""
    return item.evidence.scores.get("superseded", 0.0) > 0


def _repeats(item: Candidate, chosen: Sequence[Candidate]) -> bool:
    return any(item.text == other.text or _same_place(item, other) for other in chosen)


def _same_place(one: Candidate, other: Candidate) -> bool:
    same = one.passage.document == other.passage.document
    return same and one.piece.start < other.piece.end and other.piece.start < one.piece.end
