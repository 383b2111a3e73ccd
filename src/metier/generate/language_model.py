"""Evidence -> a Draft written by a language model, sentence by sentence, each with the span it rests on.

The model names passages; which sentence of a passage carries the statement is decided here, by shared words. It does
not judge whether the statement is true to it: that is the verifier's work. `confidence` is the least share of a
statement's words found in what it cites, not a calibrated probability.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metier.generate.prompt import (
    BRIEF_INSTRUCTIONS,
    EXAMPLES,
    INSTRUCTIONS,
    JOB,
    Form,
    Packed,
    Prompt,
    build_prompt,
    language_of,
)
from metier.generate.shots import Shot
from metier.models.completion import Completion, Request, ask
from metier.stages import LanguageModel, OnStatement
from metier.text.analyze import content_set
from metier.text.clauses import clauses
from metier.text.language import detect_language, german_or_english
from metier.text.sentences import split_sentences
from metier.text.statements import column_heads
from metier.types import Draft, Evidence, Query, Statement

_MAX_STATEMENTS = 8  # an answer longer than this is a model that does not stop
_CLAUSE = 0.3  # a sentence that holds this much more of a clause than what is cited is cited, too
_MOST_RANGES = 3  # cited of one passage
# a passage that shares this much more of a statement's words than the cited one is cited instead
_REALIGN = 0.3
_EXTEND = 0.2  # share of a statement's words a second sentence must add to be part of the quote
_DECIDING_TOKENS = 3_000  # about all that 24 passages hold
_FIXED_TOKENS = 700  # of instructions, examples and question
_LEAST_TOKENS = 500
_ADDED = 3  # what a word counts that the question does not have: it is what the statement says

_ID = r"p\s?\d{1,2}"
_MARK = re.compile(
    rf"[\[(（【]\s*({_ID}(?:\s*(?:[,;|&]|and|und)\s*{_ID})*)\s*[\])）】]|^({_ID})\s*[|:]\s*", re.IGNORECASE
)
_NUMBER = re.compile(r"\d{1,2}")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_LABEL = re.compile(r"^\s*(?:\*\*)?(?:answer|antwort|response)(?:\*\*)?\s*:(?:\*\*)?\s*", re.IGNORECASE)
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_REMINDER = "in full sentences that end with an id"  # the prompt's last line, given back
_NOT_FOUND = re.compile(r"\bNOT[_ \\]*FOUND\b")
# A model that does not use the word says it in a sentence. Both a denial and a mention of what it was given are
# needed: "Smoking is not permitted" and "the price is not stated in the contract" are answers.
_GIVEN = r"(?:passages?|(?:given|provided|available) (?:text|information|context|documents?)|textstellen?|passagen?|textpassagen?|(?:gegebenen?|vorliegenden?|bereitgestellten?) \w+)"
_DENIAL = r"(?:(?:do|does|did|is|are|was|were|can|could) ?n[o']t|cannot|no (?:information|mention|data)|keine?n?|nicht|nothing|nichts)"
_ABSTAINS = re.compile(rf"\b{_GIVEN}\b.*\b{_DENIAL}\b|\b{_DENIAL}\b.*\b{_GIVEN}\b", re.IGNORECASE)

_REASON = {
    "de": "Die gefundenen Textstellen beantworten die Frage nicht.",
    "en": "The passages that were found do not answer the question.",
}
_NOTHING = {"de": "Es wurden keine Textstellen gefunden.", "en": "No passages were found."}


class LanguageModelGenerator:
    """A Generator over any LanguageModel; the same draft for the same evidence (temperature 0, fixed seed)."""

    def __init__(
        self,
        model: LanguageModel,
        max_tokens: int = 300,
        evidence_tokens: int = 700,
        seed: int = 7,
        form: Form = "full",
        shots: Sequence[Shot] = (),
        job: str = "",
        whole: bool = False,
    ) -> None:
        """`whole`: passages are shown whole, not by the sentences that share words with the question."""
        # 700: the 1.5B model reads 153 tokens/s on two cores, so the first sentence comes after about five seconds
        self._model = model
        self._max_tokens = max_tokens
        self._evidence_tokens = evidence_tokens
        self._seed = seed
        self._form: Form = form
        self._shots = shots
        self._job = job
        self._whole = whole

    @property
    def name(self) -> str:
        """Names the model; stored with each answer."""
        return f"language_model:{self._model.identity}"

    def generate(
        self, query: Query, evidence: Sequence[Evidence], on_statement: OnStatement | None = None
    ) -> Draft:
        """Statements with citations, or none and the reason. `on_statement` hears each one when its line is complete.

        Raises ModelUnavailable if the model cannot be used; statements already heard are then void.
        """
        return self._write(query, evidence, 0.0, self._seed, on_statement)

    def sample(self, query: Query, evidence: Sequence[Evidence], seed: int, temperature: float) -> Draft:
        """Another draft for the same prompt, which an engine that keeps its beginning need not read again; its feature `logprob` is
        the mean log-probability of its tokens, where the engine tells it. Raises ModelUnavailable."""
        return self._write(query, evidence, temperature, seed, None)

    def _write(
        self,
        query: Query,
        evidence: Sequence[Evidence],
        temperature: float,
        seed: int,
        on_statement: OnStatement | None,
    ) -> Draft:
        language = language_of(query)
        if not evidence:
            return Draft((), self.name, reason=_NOTHING[german_or_english(language)])
        prompt = build_prompt(
            query, evidence, self._evidence_tokens, self._form, self._shots, self._job, self._whole
        )
        request = Request(prompt.messages, self._max_tokens, temperature, seed, scored=temperature > 0)
        pieces = ask(self._model, request)
        reply = _Reply(query, prompt, on_statement or (lambda statement: None))
        try:
            for line in _lines(pieces):
                if not reply.take(line.text, line.whole or not self._cut(reply, pieces)):
                    break
        finally:
            pieces.close()
        return self._draft(reply, prompt, pieces, language)

    def _cut(self, reply: "_Reply", pieces: Completion) -> bool:
        """True if the model was stopped by max_tokens rather than by itself."""
        usage = pieces.usage
        return usage is not None and usage.completion_tokens >= self._max_tokens

    def _draft(self, reply: "_Reply", prompt: Prompt, pieces: Completion, language: str) -> Draft:
        statements = tuple(reply.statements)
        covered = min(reply.covered, default=0.0)
        scores = pieces.logprobs
        features = {"logprob": sum(scores) / len(scores)} if scores else {}
        return Draft(
            statements,
            self.name,
            confidence=covered,
            reason="" if statements else _REASON[german_or_english(language)],
            features={"coverage": covered, "shown_passages": float(len(prompt.packed)), **features},
            usage=pieces.consumed(),
            prompt_hash=prompt.hash,
            notes=tuple(reply.notes),
            prompt=prompt.messages,
        )


def deciding_writer(
    model: LanguageModel,
    max_tokens: int,
    context_tokens: int,
    shots: Sequence[Shot] = (),
    job: str = "",
) -> LanguageModelGenerator:
    """The generator of a model that decides by itself: it is shown as many whole passages as its context holds beside instructions,
    examples and its answer, but no more than _DECIDING_TOKENS of them."""
    room = context_tokens - max_tokens - _FIXED_TOKENS
    evidence_tokens = max(_LEAST_TOKENS, min(_DECIDING_TOKENS, room))
    return LanguageModelGenerator(model, max_tokens, evidence_tokens, shots=shots, job=job, whole=True)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    whole: bool  # ended by a line break


def _lines(pieces: Iterator[str]) -> Iterator[_Line]:
    """Lines as they become complete, without what the model thinks aloud; the last one may have no line break."""
    text, given = "", 0
    for piece in pieces:
        text += piece
        if "\n" not in piece and "</think>" not in piece:
            continue
        said = _THINKING.sub("", text)
        while (end := said.find("\n", given)) >= 0:
            yield _Line(said[given:end], True)
            given = end + 1
    if rest := _THINKING.sub("", text)[given:]:
        yield _Line(rest, False)


@dataclass
class _Reply:
    """The reply read so far. Mutable on purpose: it lives for one call."""

    query: Query
    prompt: Prompt
    tell: Callable[[Statement], None]
    statements: list[Statement] = field(default_factory=list)
    covered: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def take(self, line: str, complete: bool) -> bool:
        """Reads one line; False if the rest is not worth waiting for."""
        if _REMINDER in line:
            return True
        if _NOT_FOUND.search(line):
            return bool(self.statements)
        for text, ids in _sentences(line, language_of(self.query)):
            if _is_echo(text, self.query.text):
                continue
            if not complete and not ids and text[-1:] not in ".!?":
                self.notes.append("The answer was cut at max_tokens; the unfinished sentence was left out.")
                return False
            if _ABSTAINS.search(text):
                if not self.statements:
                    return False
                continue
            key = " ".join(text.casefold().split())
            if key in self._seen:
                return False  # a model that repeats itself has nothing more to say
            self._seen.add(key)
            self._add(text, ids)
            if len(self.statements) >= _MAX_STATEMENTS:
                return False
        return True

    def _add(self, text: str, ids: Sequence[str]) -> None:
        number = len(self.statements) + 1
        spans, covered = _align(text, ids, self.prompt.packed, self.query.text)
        citations = tuple(
            item.passage.cite(f"s{number}c{i}", item.passage.start + start, item.passage.start + end)
            for i, (item, start, end) in enumerate(spans, start=1)
        )
        statement = Statement(f"s{number}", text, citations)
        self.statements.append(statement)
        self.covered.append(covered)
        self.tell(statement)


def _sentences(line: str, language: str) -> list[tuple[str, tuple[str, ...]]]:
    """(sentence, passage ids) of one line; a sentence without ids takes those of the next one that has some."""
    line = _LABEL.sub("", _BULLET.sub("", line)).strip()
    marks = list(_MARK.finditer(line))
    found: list[tuple[str, tuple[str, ...]]] = []
    begin = 0
    lead: tuple[str, ...] = ()
    for mark in marks:
        ids = tuple(dict.fromkeys(f"p{int(n)}" for n in _NUMBER.findall(mark[1] or mark[2])))
        if mark[2]:  # "p2| text": the id stands before its sentence
            lead, begin = ids, mark.end()
            continue
        segment = _clean(line[begin : mark.start()])
        begin = mark.end()
        if segment:
            found.extend((segment[start:end], ids) for start, end in split_sentences(segment, language))
        elif found:  # "... [p1][p2]" or a full stop after the mark: one more id for the sentence before
            found[-1] = (found[-1][0], tuple(dict.fromkeys((*found[-1][1], *ids))))
    if rest := _clean(line[begin:]):
        found.extend((rest[start:end], lead) for start, end in split_sentences(rest, language))
    return [(text, ids) for text, ids in found if any(character.isalnum() for character in text)]


def _clean(text: str) -> str:
    return text.replace("**", "").strip().lstrip(".,;|").strip().strip('"“”').strip()


_KNOWN = frozenset(
    " ".join(line.casefold().strip(" -").split())
    for line in (
        *INSTRUCTIONS.splitlines(),
        *BRIEF_INSTRUCTIONS.splitlines(),
        *(answer.partition(" [")[0] for _, answer in EXAMPLES),
    )
)


def _is_echo(text: str, question: str) -> bool:
    """True for a line that repeats the instructions, the example, a heading of the prompt, or the question."""
    plain = " ".join(text.casefold().strip(" -").split())
    return (
        plain in _KNOWN
        or plain.startswith(("passages:", "question:", "earlier question:", JOB.strip().lower()))
        or plain == " ".join(question.casefold().split())
    )


def _align(
    text: str, ids: Sequence[str], packed: Sequence[Packed], question: str
) -> tuple[list[tuple[Packed, int, int]], float]:
    """(passage, start, end) per cited passage, and the share of the statement's words the best of them holds."""
    asked = content_set(question, "")
    worth = _worth(text, asked)
    options = {item.id: _best_span(worth, item) for item in packed}
    if not options:
        return [], 0.0
    best = max(packed, key=lambda item: (options[item.id][0], -packed.index(item)))
    cited = [item for item in packed if item.id in ids]
    top = max((options[item.id][0] for item in cited), default=-1.0)
    if options[best.id][0] - top >= _REALIGN or not cited:
        cited = [best]
    if options[best.id][0] == 0.0 and not ids:
        return [], 0.0  # nothing in common with anything shown: better no citation than a wrong one
    covered = max(options[item.id][0] for item in cited)
    parts = clauses(text, detect_language(text))
    each = [_worth(clause, asked) for clause in parts] if len(parts) > 1 else []
    return [
        (item, *span) for item in cited for span in _with_clauses(options[item.id][1], each, item)
    ], covered


def _worth(text: str, asked: frozenset[str]) -> dict[str, int]:
    """What each word of a statement counts for: those that the question does not have say what is new."""
    said = content_set(text, "")
    return dict.fromkeys(said, 1) | dict.fromkeys(said - asked, _ADDED)


def _with_clauses(
    span: tuple[int, int], each: Sequence[Mapping[str, int]], item: Packed
) -> list[tuple[int, int]]:
    """The range, and those of the sentences that hold much more of one of the clauses, as they stand in the passage."""
    found = [span]
    text, language = item.passage.text, item.passage.language
    for worth in each:
        share, other = _best_span(worth, item)
        held = frozenset[str]().union(*(content_set(text[start:end], language) for start, end in found))
        is_apart = all(other[1] <= start or end <= other[0] for start, end in found)
        if is_apart and share >= _share(worth, held) + _CLAUSE and len(found) < _MOST_RANGES:
            found.append(other)
    return sorted(found)


def _best_span(worth: Mapping[str, int], item: Packed) -> tuple[float, tuple[int, int]]:
    """(share of the words by their worth, range in the passage) of the sentence, or two neighbouring ones, that fits best."""
    text, language = item.passage.text, item.passage.language
    spans = [
        (begin + start, begin + end)
        for begin, stop in item.spans
        for start, end in split_sentences(text[begin:stop], language)
    ] or list(item.spans)
    if not worth:
        return 0.0, spans[0]
    # the column heads of a table belong to each of its rows, and say nothing by themselves
    heads = content_set(column_heads(item.passage), language) if item.passage.kind == "table" else frozenset()
    words = [content_set(text[start:end], language) for start, end in spans]
    words = [row if row <= heads else row | heads for row in words]
    shares = [_share(worth, row) for row in words]
    i = max(range(len(spans)), key=lambda n: (shares[n], -n))
    for j in (i + 1, i - 1):
        if 0 <= j < len(spans) and (both := _share(worth, words[i] | words[j])) >= shares[i] + _EXTEND:
            return both, (spans[min(i, j)][0], spans[max(i, j)][1])
    return shares[i], spans[i]


def _share(worth: Mapping[str, int], row: frozenset[str]) -> float:
    return sum(value for word, value in worth.items() if word in row) / max(1, sum(worth.values()))
