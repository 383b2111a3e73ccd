"""What a system said, whatever system it is: a text, a small JSON object, or metier's own answer -> one Reply.

The small contract: `{"text": ..., "citations": [{"uri", "quote", "page"}], "abstained": false, "confidence": 0.8}`; only
`text` must be there, unless it abstained. A system that gives no citations at all is graded without them, and its
results say so. From bare text it is guessed whether it declines: short, and one of the usual phrases.
"""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from metier.types import Abstention, Answer, Citation, Outcome, Statement

_ANSWER = TypeAdapter(Answer)
_KEYS = {"text", "citations", "abstained", "confidence"}
_MOST_TEXT = 200_000  # characters; more is no answer
_DECLINES_WITHIN = 40  # words: a longer text that also says "I cannot find the annex" does answer something
_DECLINES = re.compile(
    r"\b(?:I|we) (?:do not|don't|don’t|cannot|can't|can’t|could not|couldn't|am unable to|am not able to) "
    r"(?:know|answer|find|help|determine|tell|say|provide)"
    r"|\bno (?:information|answer|mention) (?:is |was )?(?:available|found|given|about|on|in)"
    r"|\b(?:is|are|was|were) not (?:mentioned|stated|specified|provided|contained) in the"
    r"|\bnot enough (?:information|context|evidence)|\bunanswerable\b"
    r"|\bweiß ich nicht|\bich weiß (?:es|das) nicht|\bkeine (?:Angaben?|Informationen?|Antwort)\b"
    r"|\b(?:kann|konnte) (?:ich )?(?:das|diese Frage|die Frage|keine)? ?nicht (?:beantworten|finden|sagen)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of any system. `cites` is False where the system has no way to cite."""

    answer: Answer
    confidence: float | None = None
    cites: bool = True


class BadReply(Exception):
    """What came back is no answer in any form known; the message says what was expected."""


def as_reply(value: object) -> Reply:
    """The Reply in a text, a mapping (the small contract, or an answer of metier as JSON), or an Answer.

    Raises BadReply. None and an empty text are abstentions.
    """
    if isinstance(value, Reply):
        return value
    if isinstance(value, Answer):
        return Reply(_small(value), _least_support(value))
    if value is None or isinstance(value, str):
        text = value or ""
        return Reply(_answer(text, (), declines(text)), cites=False)
    if isinstance(value, Mapping):
        return _from_mapping(value)
    raise BadReply(f"expected a text or an object with 'text', not {type(value).__name__}")


def declines(text: str) -> bool:
    """True if the text is empty, or short and one of the usual ways (English, German) to say that there is no answer."""
    words = text.split()
    return not words or (len(words) <= _DECLINES_WITHIN and _DECLINES.search(text) is not None)


def _from_mapping(value: Mapping[Any, Any]) -> Reply:
    if "statements" in value and "outcome" in value:
        try:
            answer = _ANSWER.validate_python(dict(value))
        except ValidationError as error:
            first = error.errors()[0]
            raise BadReply(f"not an answer of metier: {first['loc']}: {first['msg']}") from None
        return Reply(_small(answer), _least_support(answer))
    if "text" not in value and not value.get("abstained"):
        raise BadReply(
            f"expected the keys {', '.join(sorted(_KEYS))}, got {', '.join(map(str, list(value)[:8]))}"
        )
    text = value.get("text") or ""
    if not isinstance(text, str):
        raise BadReply(f"'text' must be a text, not {type(text).__name__}")
    abstained = value.get("abstained", declines(text))
    if not isinstance(abstained, bool):
        raise BadReply(f"'abstained' must be true or false, not {abstained!r}")
    citations = value.get("citations")
    return Reply(
        _answer(text, _citations(citations or ()), abstained),
        _confidence(value.get("confidence")),
        cites=citations is not None,
    )


def _answer(text: str, citations: tuple[Citation, ...], abstained: bool) -> Answer:
    if len(text) > _MOST_TEXT:
        raise BadReply(f"a text of {len(text):,} characters is no answer (at most {_MOST_TEXT:,})")
    if abstained or not text.strip():
        return Answer("", Outcome.ABSTAINED, "", abstention=Abstention(text.strip() or "no answer"))
    return Answer("", Outcome.ANSWERED, "", (Statement("s1", text.strip(), citations),))


def _citations(value: object) -> tuple[Citation, ...]:
    if not isinstance(value, list | tuple):
        raise BadReply(f"'citations' must be a list, not {type(value).__name__}")
    out = []
    for number, item in enumerate(value, start=1):
        if not isinstance(item, Mapping) or not isinstance(item.get("uri"), str):
            raise BadReply(f"citation {number} must be an object with 'uri' and 'quote', not {item!r:.80}")
        quote, page = item.get("quote", ""), item.get("page") or 0
        if not isinstance(quote, str) or not isinstance(page, int):
            raise BadReply(f"citation {number}: 'quote' must be a text and 'page' a whole number")
        out.append(Citation(f"c{number}", "", item["uri"], item["uri"], "", page, 0, 0, quote))
    return tuple(out)


def _confidence(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise BadReply(f"'confidence' must be a number from 0 to 1, not {value!r}")
    return float(value)


def _least_support(answer: Answer) -> float | None:
    """An answer is as sure as its weakest statement; a system that knows better says so in its Reply."""
    return min((statement.support for statement in answer.statements), default=None)


def _small(answer: Answer) -> Answer:
    """Without word boxes: grading reads quotes, and a page of boxes is a hundred times as long."""
    statements = tuple(
        dataclasses.replace(
            statement, citations=tuple(dataclasses.replace(item, boxes=()) for item in statement.citations)
        )
        for statement in answer.statements
    )
    return dataclasses.replace(answer, statements=statements)
