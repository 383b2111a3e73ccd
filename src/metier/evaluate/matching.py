"""Does a text state the expected answer? Exact match, token F1, and containment that understands numbers and dates.

English and German; case, accents and umlaut spellings (ü, ue, u) do not matter. Meaning is not judged: a paraphrase
of a gold answer is wrong unless it is listed, and a negated sentence that holds the words is right.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date

from metier.evaluate.figures import figures, same_figure
from metier.text import overlap
from metier.text.dates import DateSpan, dates
from metier.text.negation import negated, polarity
from metier.text.numbers import NUMBER, number_term, parse_number

NUMBER_TYPES = frozenset({"number", "amount", "percent", "count", "arithmetic", "quantity"})
YES_NO_TYPES = frozenset({"yes_no", "boolean"})
LIST_TYPES = frozenset({"list", "multi-span", "all"})

_ARTICLES = frozenset(
    (
        "a",
        "an",
        "the",
        "der",
        "die",
        "das",
        "den",
        "dem",
        "des",
        "ein",
        "eine",
        "einen",
        "einem",
        "einer",
        "eines",
    )
)
_TOKEN = re.compile(rf"{NUMBER}|[^\W\d_]+(?:['’][^\W\d_]+)?|[€$£%]")
_SYMBOLS = {"€": "eur", "$": "usd", "£": "gbp", "%": "percent", "prozent": "percent", "euro": "eur"}
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})

_YES_NO = {"yes": True, "ja": True, "true": True, "no": False, "nein": False, "false": False}
_YEAR = re.compile(r"(?:19|20)\d\d")
_DIGIT_SPACE = re.compile(r"(?<=\d)[\u00a0\u202f\u2009](?=\d{3})")

Fold = Callable[[str], str]


def fold(text: str) -> str:
    """The text without case and accents: "Müller" and "muller" are one, "ß" is "ss"."""
    glued = _DIGIT_SPACE.sub(
        "'", text
    )  # NFKD would turn the no-break space that groups digits into a plain one
    decomposed = unicodedata.normalize("NFKD", glued).casefold()
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def fold_german(text: str) -> str:
    """As `fold`, but with umlauts written out: "Müller" and "Mueller" are one."""
    return fold(unicodedata.normalize("NFC", text).translate(_UMLAUTS))


# --- exact match and F1, as SQuAD does it ---------------------------------------------------------------------------


def normal_tokens(text: str, language: str = "") -> list[str]:
    """Words for comparing: folded, without articles and punctuation, each number spelled one way.

    Rajpurkar et al. 2016, with German articles besides and without the original's accident of reading 1.5 as 15.
    """
    return [token for token in _spelled_tokens(text, language) if token not in _ARTICLES]


def _spelled_tokens(text: str, language: str) -> list[str]:
    out = []
    for token in _TOKEN.findall(fold(text)):
        value = parse_number(token, language) if token[0].isdigit() else None
        out.append(_SYMBOLS.get(token, token) if value is None else number_term(value))
    return out


def exact_match(prediction: str, answers: Sequence[str], language: str = "") -> float:
    """1.0 if the prediction equals one of the answers after normalising, else 0.0."""
    ours = normal_tokens(prediction, language)
    return float(any(ours == normal_tokens(answer, language) for answer in answers))


def token_f1(prediction: str, answers: Sequence[str], language: str = "") -> float:
    """Best F1 (0..1) of shared words over the answers; two texts without words agree."""
    return max(
        (overlap.token_f1(normal_tokens(prediction, language), normal_tokens(a, language)) for a in answers),
        default=0.0,
    )


# --- containment ----------------------------------------------------------------------------------------------------


def contains_answer(
    text: str,
    answers: Sequence[str],
    answer_type: str = "span",
    tolerance: float = 0.0,
    scale: str = "",
) -> bool:
    """True if the text states one of the answers; for list types, every one. ` | ` separates spellings of one part.

    Spans match as whole words in order; a span that is nothing but a quantity or a date also matches any writing of
    it ("1.200 EUR" for "€1,200", "1 May 2024" for "01.05.2024"). Number types match by value, `tolerance` being
    absolute in the answer's own unit and scale. `scale` is the
    scale or unit of an answer written without one: thousand, million, billion or percent (as in TAT-QA), EUR, days, ...
    """
    found = [_states(text, answer, answer_type, tolerance, scale) for answer in answers]
    if not found:
        return False
    return all(found) if answer_type in LIST_TYPES else any(found)


def parts_found(text: str, answers: Sequence[str], tolerance: float = 0.0, scale: str = "") -> list[bool]:
    """For each answer, whether the text states it: how much of a list is there."""
    return [_states(text, answer, "span", tolerance, scale) for answer in answers]


def _states(text: str, answer: str, answer_type: str, tolerance: float, scale: str) -> bool:
    return any(
        _states_one(text, spelling.strip(), answer_type, tolerance, scale)
        for spelling in answer.split(" | ")
        if spelling.strip()
    )


def _states_one(text: str, answer: str, answer_type: str, tolerance: float, scale: str) -> bool:
    if answer_type in YES_NO_TYPES and (wanted := _YES_NO.get(fold(answer).strip(" .!"))) is not None:
        return bool(text.strip()) and _says_yes(text) is wanted
    if gold_dates := _only_dates(answer):
        return _has_dates(text, gold_dates)
    # By value alone: the word "12" also stands in "A-12" and "12:30".
    if _is_only_a_figure(answer) or (answer_type in NUMBER_TYPES and figures(answer)):
        return _has_figure(text, answer, tolerance, scale) or _has_year(text, answer)
    return has_words(text, answer)


def _says_yes(text: str) -> bool:
    """By the first word if that is yes or no; else no if the text denies or prohibits ("must not", "verboten")."""
    first = _TOKEN.search(fold(text))
    if first and first.group() in _YES_NO:
        return _YES_NO[first.group()]
    return negated(text) == (polarity(text).get("permission") == -1)


def has_words(text: str, phrase: str) -> bool:
    """True if the words of the phrase stand in the text, in order and unbroken; numbers are equal by value."""
    return any(_has_tokens(_readings(text, f), _readings(phrase, f)) for f in (fold, fold_german))


def _readings(text: str, folding: Fold) -> list[frozenset[str]]:
    """The words of the text, each with all it can mean: "1.234" is 1234 and 1.234."""
    out = []
    for token in _TOKEN.findall(folding(text)):
        values = {parse_number(token, language) for language in ("en", "de")} if token[0].isdigit() else set()
        spelled = frozenset(number_term(value) for value in values if value is not None)
        out.append(spelled or frozenset({_SYMBOLS.get(token, token)}))
    return out


def _has_tokens(text: Sequence[frozenset[str]], phrase: Sequence[frozenset[str]]) -> bool:
    n = len(phrase)
    return n > 0 and any(
        all(not a.isdisjoint(b) for a, b in zip(text[i : i + n], phrase, strict=True))
        for i in range(len(text) - n + 1)
    )


def _has_figure(text: str, answer: str, tolerance: float, scale: str) -> bool:
    said = figures(text)
    return all(
        any(same_figure(gold, figure, tolerance, scale) for figure in said) for gold in figures(answer)
    )


def _has_year(text: str, answer: str) -> bool:
    """True if the answer is a bare year and a date of the text is in it."""
    return bool(_YEAR.fullmatch(answer)) and any(span.value.year == int(answer) for span in _all_dates(text))


def _is_only_a_figure(answer: str) -> bool:
    found = figures(answer)
    if len(found) != 1:
        return False
    rest = answer[: found[0].start] + answer[found[0].end :]
    return not re.search(r"\w", rest)


def _only_dates(answer: str) -> list[DateSpan]:
    """The dates of an answer that is nothing else ("from 1 May 2024 to 30 June 2024" is not), by all readings."""
    found = _all_dates(answer)
    rest = list(answer)
    for span in found:
        rest[span.start : span.end] = " " * (span.end - span.start)
    return found if found and not re.search(r"\w", "".join(rest)) else []


def _all_dates(text: str) -> list[DateSpan]:
    # 03/04/2024 is read both ways round.
    return [span for language in ("en", "de") for span in dates(text, language, yearless=True)]


def _has_dates(text: str, gold: Sequence[DateSpan]) -> bool:
    return any(_same_date(wanted, said) for wanted in gold for said in _all_dates(text))


def _same_date(gold: DateSpan, said: DateSpan) -> bool:
    """True if what was said is at least as precise as the gold date and lies within it."""
    a, b = gold.value, said.value
    match gold.precision:
        case "day":
            return said.precision == "day" and a == b
        case "yearless":
            return said.precision in ("day", "yearless") and (a.month, a.day) == (b.month, b.day)
        case "month":
            return said.precision in ("day", "month") and (a.year, a.month) == (b.year, b.month)
        case "quarter":
            return said.precision != "year" and (a.year, _quarter(a)) == (b.year, _quarter(b))
        case _:
            return a.year == b.year


def _quarter(day: date) -> int:
    return (day.month - 1) // 3
