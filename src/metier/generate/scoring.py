"""How well each candidate answers the question: features, and a log-linear policy over candidates and abstention.

P(candidate) is proportional to exp(w . f(candidate)), and abstaining has utility 0, so one fit teaches both which
sentence to show and when to show none. Weights and their origin stand in the release's generator.json.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metier.generate.candidates import Candidate
from metier.stages import Embedder, SentenceVectors
from metier.text.abbreviations import says_acronym
from metier.text.analyze import content_set, fold
from metier.text.answer_type import expected_answer_type
from metier.text.asked_kind import answers_kind, asked_acronyms, asked_kinds, told_kinds
from metier.text.dates import dates
from metier.text.entities import name_words
from metier.text.numbers import has_digit
from metier.text.quantities import quantities
from metier.text.statements import in_place
from metier.text.vocabulary import Vocabulary

_DEEP = ("deep", "deep_missing", "deep_gap", "deep_best", "deep_and_type", "deep_document_gap")

READING = ("read", "read_chance", "read_gap", "read_best")  # filled in by second_look.py

FEATURES = (
    "bias",
    "sentence_coverage",
    "context_coverage",
    "neighbour_coverage",
    "missing_rare",
    "missing_code",
    "missing_code_near",
    "missing_name",
    "missing_name_near",
    "other_name",
    "cosine_sentence",
    "cosine_context",
    "cosine_best",
    "passage_score",
    "top_passage",
    "type_match",
    "type_mismatch",
    "is_row",
    "row_header",
    "short",
    "long",
    "question_like",
    "superseded",
    "coverage_and_type",
    "no_news",
    "unfinished",
    "kind_told",
    "kind_other",
    "missing_acronym",
    *_DEEP,
    *READING,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what every candidate is compared to."""

    text: str
    language: str
    words: frozenset[str]  # stems of content words
    codes: frozenset[str]  # numbers and part numbers
    names: frozenset[str]  # of people, products, places, as stems: who asks about one wants no other
    types: frozenset[str]
    kinds: frozenset[str]  # of value, where the words say (watts, a weight, how long)
    acronyms: frozenset[str]
    vector: NDArray[np.float32]


def read_question(text: str, language: str, embedder: Embedder) -> Question:
    """The question, analysed once."""
    words = content_set(text, language)
    codes = frozenset(filter(has_digit, words))
    types = expected_answer_type(text)
    called = name_words(text, language)
    vector = embedder.embed_queries([text])[0]
    kinds, acronyms = asked_kinds(text), asked_acronyms(text)
    return Question(text, language, words, codes, called, types, kinds, acronyms, vector)


def feature_matrix(
    question: Question,
    options: Sequence[Candidate],
    embedder: Embedder,
    vocabulary: Vocabulary,
    deep: SentenceVectors | None = None,
    shallow: Mapping[str, float] | None = None,
) -> NDArray[np.float64]:
    """Shape (len(options), len(FEATURES)): one row per candidate. Of those without a sentence vector the likeliest by `shallow`, the
    weights of a look that knows none, get one on the spot."""
    if not options:
        return np.zeros((0, len(FEATURES)))
    plain = embedder.embed_passages([item.text for item in options]) @ question.vector
    within = embedder.embed_passages([f"{item.context}. {item.text}" for item in options]) @ question.vector
    weight = {word: vocabulary.idf(word) for word in question.words}
    rows = [_features(question, item, weight) for item in options]
    columns: dict[str, ArrayLike] = {name: [row[name] for row in rows] for name in rows[0]}
    columns |= {
        "cosine_sentence": plain,
        "cosine_context": within,
        "cosine_best": max(within.max(), plain.max()),
    }
    matrix = np.zeros((len(options), len(FEATURES)))
    matrix[:, FEATURES.index("deep_missing")] = 1.0
    for name, column in columns.items():
        matrix[:, FEATURES.index(name)] = column
    if deep is not None and (vectors := _sentence_vectors(options, deep, matrix, shallow)):
        asked = deep.embed_queries([question.text])[0]  # 12 ms, where the sentence leg has not done it before
        for name, column in _deep_columns(asked, options, vectors, np.array(columns["type_match"])).items():
            matrix[:, FEATURES.index(name)] = column
    return matrix


# Cosines of E5 lie in a narrow band (about 0.75 to 0.92), since its temperature was small in training: these bring them
# to the scale of the other features.
_DEEP_MIDDLE, _DEEP_SCALE = 0.8, 10.0


def is_deep(matrix: NDArray[np.float64]) -> bool:
    """True if some candidate of the feature matrix has a sentence vector."""
    return bool((matrix[:, FEATURES.index("deep_missing")] == 0).any())


def without_sentences(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The feature matrix as it would be had nothing been deepened."""
    shallow = matrix.copy()
    for name in _DEEP:
        shallow[:, FEATURES.index(name)] = float(name == "deep_missing")
    return shallow


# Candidates that get a vector while the question waits (3 ms each on two cores): some are read that would not have been among
# the first READ (second_look.py), so there are half as many more.
_MADE = 24


def _sentence_vectors(
    options: Sequence[Candidate],
    deep: SentenceVectors,
    matrix: NDArray[np.float64],
    shallow: Mapping[str, float] | None,
) -> dict[int, NDArray[np.float32]]:
    """By row. While documents are being deepened, a sentence that has no vector yet would lose to those that have one whatever
    it says, so the likeliest of them get theirs now."""
    known = deep.of_passages(sorted({item.passage.id for item in options}))
    found = {row: known[item.key] for row, item in enumerate(options) if item.key in known}
    missing = [row for row in range(len(options)) if row not in found]
    if shallow is None or not missing or not deep.is_begun():
        return found
    likely = np.argsort(-(matrix[missing] @ vector(shallow)), kind="stable")[:_MADE]
    rows = [missing[index] for index in likely]
    made = deep.of_texts([in_place(options[row].passage, options[row].text) for row in rows])
    return found | dict(zip(rows, made, strict=True))


def _deep_columns(
    asked: NDArray[np.float32],
    options: Sequence[Candidate],
    vectors: Mapping[int, NDArray[np.float32]],
    matched: NDArray[np.float64],
) -> dict[str, NDArray[np.float64]]:
    """Columns _DEEP, from the question's vector and those of some rows."""
    columns = {name: np.zeros(len(options)) for name in _DEEP}
    columns["deep_missing"][:] = 1.0
    have = sorted(vectors)
    cosine = np.array([vectors[row] @ asked for row in have])
    near = (cosine - _DEEP_MIDDLE) * _DEEP_SCALE
    best: dict[str, float] = {}
    for row, value in zip(have, near, strict=True):
        document = options[row].passage.document
        best[document] = max(best.get(document, -np.inf), float(value))
    columns["deep"][have] = near
    columns["deep_missing"][have] = 0.0
    columns["deep_gap"][have] = near - near.max()
    columns["deep_best"][:] = near.max()
    columns["deep_and_type"][have] = near * matched[have]
    columns["deep_document_gap"][have] = near - np.array(
        [best[options[row].passage.document] for row in have]
    )
    return columns


def _features(question: Question, item: Candidate, weight: Mapping[str, float]) -> dict[str, float]:
    """What the words, the place and the kind of the candidate say; `weight`: how rare each word of the question is."""
    language = item.language
    wanted = question.words
    own = item.words
    around = own | item.context_words
    near = around | content_set(item.before, language) | content_set(item.after, language)
    passage_words = near | content_set(item.passage.text, language)
    total = sum(weight.values()) or 1.0
    missing = [weight[word] for word in wanted - passage_words]
    matched, mismatched = type_match(question, item)
    tells = tells_kind(question.text, item) if question.kinds else None
    coverage = _share(wanted & near, weight, total)
    length = len(item.text.split())
    return {
        "bias": 1.0,
        "sentence_coverage": _share(wanted & own, weight, total),
        "context_coverage": _share(wanted & around, weight, total),
        "neighbour_coverage": coverage,
        "missing_rare": max(missing, default=0.0) / _RARE,
        "missing_code": float(bool(question.codes - passage_words)),
        "missing_code_near": float(bool(question.codes - near)),
        "missing_name": float(bool(question.names - passage_words)),
        "missing_name_near": float(bool(question.names - near)),
        "other_name": float(bool(question.names - near) and bool(name_words(item.text, language) - wanted)),
        "passage_score": item.evidence.score,
        "top_passage": float(item.rank == 0),
        "type_match": matched,
        "type_mismatch": mismatched,
        "is_row": float(item.is_row),
        "row_header": _share(wanted & content_set(item.piece.header, language), weight, total),
        "short": float(length < _SHORT),
        "long": float(length > _LONG),
        "question_like": float(item.text.endswith("?")),
        "superseded": item.evidence.scores.get("superseded", 0.0),
        "coverage_and_type": coverage * matched,
        "no_news": float(not own - wanted - item.context_words),  # repeats the question or its heading
        "unfinished": float(_is_unfinished(item)),
        "kind_told": float(tells is True),
        "kind_other": float(tells is False),
        "missing_acronym": float(lacks_acronym(question.acronyms, item)),
    }


def _is_unfinished(item: Candidate) -> bool:
    """True for a heading, a running header, half a sentence."""
    return not item.is_row and not _ENDS.search(item.text)


def tells_kind(question: str, item: Candidate) -> bool | None:
    """Whether the candidate holds a value of the kind that the question asks for; None if that cannot be said."""
    told = told_kinds(item.text, item.language, item.is_row, question)
    return answers_kind(asked_kinds(question), told)


def lacks_acronym(acronyms: frozenset[str], item: Candidate) -> bool:
    """True for a row of revenue where EBIT is asked for: neither it nor what stands around it says the word, or what it is short for."""
    if not acronyms:
        return False
    near = fold(" ".join((item.text, item.context, item.piece.header, item.before, item.after)))
    return not all(says_acronym(word, near) for word in acronyms)


_ENDS = re.compile(r"[.!?:;…][\"'”“’»)\]]*\s*$")
_RARE = 8.0  # idf of a word seen once in about 3,000 passages: brings the feature to the scale of the others
_SHORT, _LONG = 6, 45  # words; headings and fragments, and sentences that bury an answer


def _share(words: frozenset[str], weight: Mapping[str, float], total: float) -> float:
    return sum(weight[word] for word in words) / total


_QUANTITY_KINDS = {
    "money": {"money"},
    "percent": {"percent"},
    "duration": {"duration", "time"},
}


def type_match(question: Question, item: Candidate) -> tuple[float, float]:
    """(1 if the candidate holds something of a wanted kind that the question does not, 1 if it should and does not)."""
    wanted = question.types
    if not wanted & _CHECKED:
        return 0.0, 0.0
    language = item.language
    asked = {value.value for value in quantities(question.text, question.language)}
    found = [value for value in quantities(item.text, language) if value.value not in asked]
    hit = False
    if "number" in wanted and found:
        hit = True
    for kind, kinds in _QUANTITY_KINDS.items():
        if kind in wanted and any(value.kind in kinds for value in found):
            hit = True
    if "date" in wanted and dates(item.text, language):
        hit = True
    return float(hit), float(not hit)


_CHECKED = frozenset({"number", "money", "percent", "duration", "date"})


def vector(weights: Mapping[str, float]) -> NDArray[np.float64]:
    """The weights of generator.json in the order of FEATURES; a feature that it does not name weighs 0."""
    return np.array([weights.get(name, 0.0) for name in FEATURES])


def named(weights: NDArray[np.float64]) -> dict[str, float]:
    """The weights as generator.json keeps them."""
    return {name: round(float(value), 4) for name, value in zip(FEATURES, weights, strict=True)}


def probabilities(features: NDArray[np.float64], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """P of each candidate, and last of abstaining: shape (n + 1,), summing to 1."""
    return chances(features @ vector(weights))


def chances(utility: NDArray[np.float64]) -> NDArray[np.float64]:
    """P of each answer by its utility (n,), and last of abstaining, whose utility is 0: shape (n + 1,), summing to 1."""
    with_abstaining = np.append(utility, 0.0)
    shifted = np.exp(with_abstaining - with_abstaining.max())
    result: NDArray[np.float64] = shifted / shifted.sum()
    return result
