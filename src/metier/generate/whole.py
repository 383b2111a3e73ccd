"""Whole answers to choose from: what the rules lead with, other sentences and stretches of them, other readings of tables, and
abstaining. A log-linear policy chooses: P(answer) is proportional to exp(w . features), abstaining has utility 0.

Release 0 has no weights for it: its rules lead (`extractive.py`, `tables.md`), and that is the policy's anchor when people's
corrections teach it (`specialize/components/whole_answer.py`). It knows only the answers that can be read off what was found.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.generate.candidates import Candidate
from metier.generate.scoring import chances
from metier.generate.short import short_values
from metier.generate.spans import Span, spans
from metier.generate.table_readings import TableReading, readings
from metier.generate.tabular import COMPUTED, TableAnswer, said_by
from metier.text.analyze import content_set, content_words
from metier.text.numbers import has_digit
from metier.text.table_question import OPERATIONS, read_table_question
from metier.types import Evidence, Query, Statement

Floats = NDArray[np.float64]

_QUOTES = 5  # sentences and rows besides what leads
_CUT = 2  # of these that are cut into stretches
_WIDEST = 5.0  # log-odds beyond say no more
_SURE = 2.5  # the same of the rules, below the anchor's 3: unlearnt, what they lead with stays first however unsure they are
_FIGURES = re.compile(
    r"(?<!\w)[$€£(−-]*(?!(?:19|20)\d\d\b)\d[\d.,]*[)%]*|[=→+/()]|\b(?:Share|Sum|Average|Change|Difference|Ratio):"
)
_LONG_LABEL = 160  # characters; longer texts are sentences
_GAP = 5.0  # cosines of like texts lie within .2: brings their distance to the scale of the other features
_LONG = 20.0  # words: brings lengths to the scale of the other features
KINDS = ("sentence", "figure", "stretch", "cell", "computed", "labels")
_ASKS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"\b(?:{says})\b", re.IGNORECASE)
    for name, says in {
        "how much": "how much|wie ?viel|wie hoch", "how many": "how many|wie ?viele", "how": r"how(?! much| many)|wie(?! ?viel)",
        "why": "why|reasons?|causes?|warum|wieso|weshalb", "when": "when|wann", "who": "who|whom|wer|wen|wem",
        "where": "where|wo|wohin", "which": "which|welche[rsnm]?", "percent": "percent|percentage|prozent|proportion",
        "total": "total|gesamt", "parts": "components?|items?|types?|segments?|categories|consist|comprise|include|bestandteile|arten",
        "respectively": "respectively|respective|jeweils", "year": r"(?:19|20)\d\d",
    }.items()
}  # fmt: skip
_AFTER = ("mark", "verb", "cause", "word", "quoted", "figure")
_OWN = (
    "default", "sure", "sure_default", "bias", "chance", "gap", "is_row", "short", "length", "place", "told", "fresh",
    "to_end", "as_asked", "fit", "covered", "rivals", "likeness", "rows", "row_place", "table", "count_match", "scaled",
    "negative", "unsigned", "figures_missing", "announces", "whole_row", "said", "extra", "trust", "near", "near_gap", "near_label", "near_label_gap",
)  # fmt: skip
FEATURES = (
    *_OWN,
    *(f"kind {one}" for one in KINDS),
    *(f"after {one}" for one in _AFTER),
    *(f"does {one}" for one in OPERATIONS),
    *(f"default {one}" for one in (*KINDS, "announces", "whole_row")),
    *(f"{asked} -> {kind}" for asked in OPERATIONS for kind in KINDS),
    *(f"asks {asks} -> {kind}" for asks in _ASKS for kind in KINDS),
)
_COLUMN = {name: place for place, name in enumerate(FEATURES)}
# What the rules lead with stands so many nats above every other answer before anything is learnt, and abstaining so far below
# as the rules are sure.
ANCHOR: Mapping[str, float] = {"default": 3.0, "sure_default": 1.0}
_ANNOUNCES = re.compile(
    r":\s*$|\b(?:as follows|following (?:table|is a)|table below|tables? (?:presents?|summarizes?|sets?|shows?)|"
    r"wie folgt|folgende[nr]? (?:tabelle|übersicht))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """One answer that could be given: its leading statement, and what kind it is."""

    statement: Statement
    kind: str  # of KINDS
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """The answers to one question, the rules' own first, with what weights are applied to."""

    answers: Sequence[WholeAnswer]
    features: Floats  # (n, len(FEATURES))
    sure: float  # of the rules


def whole_answers(
    query: Query, ranked: Sequence[Candidate], chance: Floats, default: Sequence[Statement], sure: float,
    evidence: Sequence[Evidence], trust: Callable[[TableAnswer], float],
    likeness: Callable[[Sequence[str]], Floats],
) -> Whole | None:  # fmt: skip
    """All of them; None where there is nothing to choose from. `ranked` and `chance` (n,) are the policy's sentences, best
    first, `default` what the rules say and `sure` how sure they are of it."""
    if not default:
        return None
    asked = read_table_question(query.text)
    found: dict[tuple[tuple[str, ...], str], tuple[WholeAnswer, dict[str, float]]] = {}
    for answer, row in _of_quotes(query, ranked, chance):
        found.setdefault(_key(answer.statement), (answer, row))
    for reading in readings(query.text, query.language, evidence):
        answer, row = _of_table(reading, len(asked.years), trust(reading.answer))
        found.setdefault(_key(answer.statement), (answer, row))
    first = default[0]
    kind, row = _like(first, found)
    found = {_key(first): (WholeAnswer(first, kind, True), row)} | {
        key: item for key, item in found.items() if key != _key(first)
    }
    odds = _logit(sure, _SURE)
    wanted = content_set(query.text, query.language)
    asks = [f"asks {name}" for name, says in _ASKS.items() if says.search(query.text)]
    table = np.zeros((len(found), len(FEATURES)))
    for place, (answer, values) in enumerate(found.values()):
        values |= {"bias": 1.0, "sure": odds, f"kind {answer.kind}": 1.0}
        values |= dict.fromkeys((f"{one} -> {answer.kind}" for one in (asked.operation, *asks)), 1.0)
        told = content_words(answer.statement.text, query.language)
        values["said"] = len(wanted & set(told)) / max(1, len(wanted))
        values["extra"] = sum(word not in wanted for word in told) / _LONG
        if answer.is_default:
            values |= {"default": 1.0, "sure_default": odds, f"default {answer.kind}": 1.0}
            values |= {f"default {name}": values.get(name, 0.0) for name in ("announces", "whole_row")}
        for name, value in values.items():
            table[place, _COLUMN[name]] = value
    near = likeness([answer.statement.text for answer, _ in found.values()])
    labels = likeness([_label(answer.statement.text) for answer, _ in found.values()])
    for name, cosines in (("near", near), ("near_label", labels)):
        table[:, _COLUMN[name]] = cosines
        table[:, _COLUMN[f"{name}_gap"]] = (cosines - cosines.max()) * _GAP
    return Whole([answer for answer, _ in found.values()], table, sure)


def _label(text: str) -> str:
    """What a text speaks of: a row or a calculation without its figures, a sentence as it is."""
    return _FIGURES.sub(" ", text) if len(text) < _LONG_LABEL else text


def _key(statement: Statement) -> tuple[tuple[str, ...], str]:
    return statement.values or (statement.text,), statement.scale


def _like(
    first: Statement, found: Mapping[tuple[tuple[str, ...], str], tuple[WholeAnswer, dict[str, float]]]
) -> tuple[str, dict[str, float]]:
    """Kind and features of what leads: those of the same answer among the others, else of a sentence."""
    if _key(first) in found:
        same, row = found[_key(first)]
        return same.kind, row
    return "sentence", {"length": len((first.values or (first.text,))[0].split()) / _LONG}


def _of_quotes(
    query: Query, ranked: Sequence[Candidate], chance: Floats
) -> list[tuple[WholeAnswer, dict[str, float]]]:
    out: list[tuple[WholeAnswer, dict[str, float]]] = []
    for place, (item, likely) in enumerate(zip(ranked[:_QUOTES], chance, strict=False)):
        base = Statement("s1", item.text, (item.cite("c1"),))
        common = {
            "chance": max(-_WIDEST, math.log(max(float(likely), 1e-9))),
            "gap": max(-_WIDEST, math.log(max(float(likely), 1e-9) / max(float(chance[0]), 1e-9))),
            "is_row": float(item.is_row),
            "announces": float(bool(_ANNOUNCES.search(item.text))),
        }
        language = item.language or query.language
        own = () if item.is_row else short_values(query.text, query.language, item.text, language)
        whole = common | {"length": len(item.text.split()) / _LONG, "whole_row": float(item.is_row)}
        if own:
            shorter = common | {"length": len(own[0].split()) / _LONG, "short": 1.0}
            out.append((WholeAnswer(replace(base, values=own), _kind_of(own)), shorter))
        out.append((WholeAnswer(base, "sentence"), whole))
        if place < _CUT and not item.is_row:
            for one in spans(query.text, item.text, language):
                out.append(
                    (WholeAnswer(replace(base, values=(one.text,)), _kind(one)), common | _of_span(one))
                )
    return out


def _kind_of(values: Sequence[str]) -> str:
    is_figure = all(map(has_digit, values)) and len(values[0].split()) < 4
    return "figure" if is_figure else "stretch"


def _kind(span: Span) -> str:
    return "figure" if span.after == "figure" else "stretch"


def _of_span(span: Span) -> dict[str, float]:
    return {
        f"after {span.after}": 1.0,
        "place": float(min(span.place, 4)),
        "told": span.told,
        "fresh": span.fresh,
        "to_end": float(span.to_end),
        "length": len(span.text.split()) / _LONG,
        "figures_missing": float(not has_digit(span.text)),
    }


def _of_table(reading: TableReading, years: int, trust: float) -> tuple[WholeAnswer, dict[str, float]]:
    answer = reading.answer
    kind = "computed" if answer.operation in COMPUTED else "cell" if answer.operation == "value" else "labels"
    row = {
        f"does {answer.operation}": 1.0,
        "as_asked": float(reading.as_asked),
        "fit": answer.fit,
        "covered": answer.covered,
        "likeness": reading.likeness,
        "rows": float(reading.rows),
        "row_place": float(reading.place),
        "table": float(reading.table),
        "count_match": float(len(answer.values) == max(1, years)),
        "scaled": float(bool(answer.scale)),
        "negative": float(answer.values[0].startswith(("-", "−", "("))),
        "unsigned": float(reading.unsigned),
        "trust": _logit(trust),
    }
    return WholeAnswer(said_by(answer), kind), row


def choose(whole: Whole, models: Mapping[str, Any]) -> tuple[WholeAnswer, float]:
    """The likeliest answer, and P(it is right) with the `shift` that keeps release 0's readiness to answer; `models` is the
    part `whole` of generator.json."""
    chance = probabilities(whole, models)
    best = int(np.argmax(chance[:-1]))
    odds = _logit(float(chance[best])) + float(models.get("shift", 0.0))
    return whole.answers[best], 1 / (1 + math.exp(-odds))


def probabilities(whole: Whole, models: Mapping[str, Any]) -> Floats:
    """P of each answer, and last of abstaining: (n + 1,)."""
    return chances(whole.features @ vector(models["weights"]))


def vector(weights: Mapping[str, float]) -> Floats:
    """Weights in the order of FEATURES."""
    return np.array([weights.get(name, 0.0) for name in FEATURES])


def _logit(chance: float, widest: float = _WIDEST) -> float:
    inside = min(1 - 1e-9, max(1e-9, chance))
    return max(-widest, min(widest, math.log(inside / (1 - inside))))
