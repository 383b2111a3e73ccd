"""The short answer inside a sentence that answers: the figure, the date or the words after what the question says itself.

A sentence of three figures for three years is read "respectively". Where nothing shorter is sure the sentence is its own
answer, and there is none.
"""

import re
from collections.abc import Sequence

from metier.text.analyze import content_set, content_words
from metier.text.dates import dates
from metier.text.grid import years
from metier.text.language import german_or_english
from metier.text.numbers import reads_as_year
from metier.text.quantities import Quantity, quantities

_HOW_MUCH = re.compile(
    r"\bhow (?:much|many|long|high|large|big|old|often)\b|\b(?:what|which) (?:percentage|percent|proportion|amount|duration|period|number)\b|"
    r"\bover what\b|\bwie ?(?:viele?|lange?|hoch|groß|oft)\b|\bwelche[rsnm]? (?:betrag|höhe|anteil|anzahl|dauer|zeitraum)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"^(?:[^,]*, )?(?:what|how much|was|welche\w*|wie) (?:is|was|were|are|ist|war|waren|sind|did|does)\b|^what (?:is|was|were|are)\b",
    re.IGNORECASE,
)
# Each in its own language: "Was kostet ...?" asks for no yes or no.
_WHETHER = {
    "en": re.compile(r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|may|must)\b", re.IGNORECASE),
    "de": re.compile(r"^\W*(?:ist|sind|war|hat|haben|darf|muss|kann)\b", re.IGNORECASE),
}
_LASTING = re.compile(
    r"\bhow long\b|\bover what\b|\bwhat (?:duration|period)\b|\bwie lange\b|\bwelche dauer\b", re.IGNORECASE
)
_SHARE = re.compile(r"\b(?:percentage|percent|proportion|prozent\w*|anteil)\b", re.IGNORECASE)
_RATE = re.compile(
    r"\b(?:discount|rebate|markup|interest rate|\w*rabatt|nachlass|\w*zinssatz)\b", re.IGNORECASE
)
_WHEN = re.compile(
    r"^\W*(?:when|wann|since when|until when|on (?:what|which) date|seit wann|bis wann)\b", re.IGNORECASE
)
_WHY = re.compile(
    r"^\W*(?:why|warum|weshalb|wieso|for what (?:reason|purpose)|what (?:is|are|was|were) the (?:reasons?|causes?))\b",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"\b(?:is|are|was|were|has been|have been|be|ist|sind|war|waren|wurde|wurden|comprises?|comprised|includes?|included|including|consists? of|"
    r"consisted of|represents?|refers? to|relates? to|related to|means|(?:mainly|primarily|partly) )*"
    r"(?:is|are|was|were|been|ist|sind|war|waren|comprises?(?: of)?|comprised(?: of)?|includes?|included|consists? of|consisted of|represents?|"
    r"refers? to|relates? to|related to|means|driven by|due to|attributable to|because of|because|resulted from|caused by|limited to|"
    r"classified as|based on|on the|on|by|at|as|within|for|of|to|beträgt|betrug|umfasst|besteht aus|wegen|weil|durch)\s+",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:because of|because|due to|as a result of|driven by|attributable to|in order to|so that|weil|wegen|damit|um)\s+",
    re.IGNORECASE,
)
_PURPOSE = re.compile(r"^(To \w+ [^,]{10,}), ")
_RESPECTIVELY = re.compile(r"\brespectively\b|\bjeweils\b|\bbeziehungsweise\b|\bbzw\b", re.IGNORECASE)
_MONTH = re.compile(
    r"\s*(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_SMALL = re.compile(r"\d{1,2}")
_BETWEEN = re.compile(r"\s*(?:,|and|und|, and|or)?\s*")  # figures of a series
_LINK = re.compile(
    r"(?:\bof|\bwas|\bwere|\bis|\bare|\bto|\bby|\btotall?ed|\bapproximately|\babout|\bhad|\bhas|\brecorded|\brecognized|\bexpense|\bfor|:|beträgt|betrug|von|auf|um)$",
    re.IGNORECASE,
)
_INFINITIVE = re.compile(r"\bto (?!the\b|a\b|\d)[a-z]+ ")
_BEFORE, _AFTER, _BESIDE = 70, 60, 4  # characters looked at beside a figure, and words of these
_NEAREST = 8  # words before a series of figures
_TOLD = 0.6  # least share of the words before the answer that the question says itself
_FEWEST_WORDS = 2
_FEWEST_NAMED = 2  # "What is liquidity risk?" asks for no figure
_LONGEST_SHARE = 0.92  # of the sentence's words: what is hardly shorter is not worth cutting


def short_values(question: str, asked_in: str, sentence: str, language: str) -> tuple[str, ...]:
    """The short answer to the question (its language: `asked_in`) inside the sentence (`language`), its parts in the order of
    the question; () if the sentence itself is the answer."""
    if _WHETHER[german_or_english(asked_in)].search(question):
        return ()
    if _WHEN.search(question) and (found := _date(question, sentence, language)):
        return (found,)
    is_amount = bool(_HOW_MUCH.search(question)) or bool(_RATE.search(question))
    names_it = len(content_words(question, language)) > _FEWEST_NAMED or bool(years(question))
    wants_figure = (is_amount or (names_it and bool(_AMOUNT.search(question)))) and not _WHY.search(question)
    if wants_figure and (amounts := _amounts(question, sentence, language, is_amount)):
        return amounts
    if _WHY.search(question):
        found = _reason(question, sentence, language)
    else:
        found = _after(question, sentence, language)
    return (found,) if found else ()


def _date(question: str, sentence: str, language: str) -> str:
    spans = [span for span in dates(sentence, language) if sentence[span.start : span.end] not in question]
    return sentence[spans[0].start : spans[0].end] if len(spans) == 1 else ""


def _amounts(question: str, sentence: str, language: str, asked: bool) -> tuple[str, ...]:
    """The figure that is asked for, or one for each year that is named."""
    found = [item for item in quantities(sentence, language) if _is_amount(item, sentence, question)]
    if _LASTING.search(question):
        found = [item for item in found if item.kind == "duration"]
    elif _SHARE.search(question):
        found = [item for item in found if item.kind == "percent"]
    elif _RATE.search(question):
        found = [item for item in found if item.kind == "percent"] or found
    elif asked:
        found = [item for item in found if item.kind != "duration"] or found
    if not found:
        return ()
    named = years(question)
    told = list(dict.fromkeys(years(sentence)))
    for first in range(len(found)):
        series = _series(found[first:], sentence)
        if len(series) == len(told) > 1 and _RESPECTIVELY.search(sentence):
            chosen = [series[told.index(year)] for year in named if year in told] or (
                series if asked and not named else []
            )
            if chosen and _near(question, sentence[: series[0].start], language):
                return tuple(_written(item, sentence) for item in chosen)
    best = [item for item in found if _leads_to(question, sentence, item, language)]
    if len(found) == 1 and (asked or best):
        return (_written(found[0], sentence),)
    return (_written(best[0], sentence),) if best else ()


def _is_amount(item: Quantity, sentence: str, question: str) -> bool:
    written = sentence[item.start : item.end]
    if item.kind == "reference" or (not item.unit and (reads_as_year(written) or _SMALL.fullmatch(written))):
        return False
    return written not in question and not _MONTH.match(sentence, item.end)


def _series(items: Sequence[Quantity], sentence: str) -> list[Quantity]:
    """Figures of one unit that stand together, with commas and "and" between them."""
    series = [items[0]]
    for item in items[1:]:
        gap = sentence[series[-1].end : item.start]
        if item.unit != series[-1].unit or not _BETWEEN.fullmatch(gap):
            break
        series.append(item)
    return series


def _near(question: str, before: str, language: str) -> bool:
    """True if what stands before the figures is spoken of in the question."""
    words = content_words(before, language)[-_NEAREST:]
    asked = content_set(question, language)
    return not words or sum(word in asked for word in words) >= len(words) / 3


def _leads_to(question: str, sentence: str, item: Quantity, language: str) -> bool:
    """True if the words around the figure are those of the question: "X was 5 million", "5 million of X"."""
    asked = content_set(question, language)
    before = content_words(sentence[max(0, item.start - _BEFORE) : item.start], language)[-_BESIDE:]
    after = content_words(sentence[item.end : item.end + _AFTER], language)[:_BESIDE]
    if not _links(sentence, item):
        return False
    return any(
        len(some) >= 2 and sum(word in asked for word in some) >= 0.5 * len(some) for some in (before, after)
    )


def _links(sentence: str, item: Quantity) -> bool:
    return _LINK.search(sentence[: item.start].rstrip("$€£ (~")) is not None


def _written(item: Quantity, sentence: str) -> str:
    start = item.start
    while start and sentence[start - 1] in "$€£":
        start -= 1
    return sentence[start : item.end].strip()


def _reason(question: str, sentence: str, language: str) -> str:
    if match := _PURPOSE.match(sentence):
        return match[1]
    if match := _CAUSE.search(sentence):
        return _worth(sentence, match.end())
    if match := _INFINITIVE.search(sentence):
        before = content_words(sentence[: match.start()], language)
        asked = content_set(question, language)
        if before and sum(word in asked for word in before) >= _TOLD * len(before):
            return _worth(sentence, match.start())
    return _after(question, sentence, language)


def _after(question: str, sentence: str, language: str) -> str:
    """What follows the words that the question says itself."""
    asked = content_set(question, language)
    for match in _TURN.finditer(sentence):
        before = content_words(sentence[: match.end()], language)
        rest = content_words(sentence[match.end() :], language)
        # "Liquidity risk is the risk of ...": what defines a word may begin with it
        if not before or not rest or (rest[0] in asked and len(asked) > _FEWEST_NAMED):
            continue
        told = sum(word in asked for word in before) / len(before)
        if told >= _TOLD and sum(word in asked for word in rest) <= 0.5 * len(rest):
            return _worth(sentence, match.end())
    return ""


def _worth(sentence: str, start: int) -> str:
    """The rest of the sentence without its full stop; "" if it is no shorter, or nothing."""
    rest = sentence[start:].strip().rstrip(".;")
    words = len(rest.split())
    return rest if _FEWEST_WORDS <= words <= _LONGEST_SHARE * len(sentence.split()) else ""
