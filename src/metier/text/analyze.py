"""Text -> search terms: normalised, folded, stemmed, with identifiers kept whole and in parts.

One spelling for what people write differently: "Kuendigung" = "Kündigung", "1.000,50" = "1,000.50", "01.03.2025" =
"1 March 2025", "AX-4711/B" = "AX4711B". It does not translate and knows no synonyms.
"""

import re
import threading
import unicodedata
from functools import lru_cache
from itertools import chain
from typing import Final

import snowballstemmer

from metier.text.dates import days
from metier.text.language import detect_language
from metier.text.numbers import has_digit, number_term, parse_number
from metier.text.stopwords import SEARCH_STOP_WORDS

ANALYZER: Final = "terms/1"  # part of an index's identity: another number means the index must be rebuilt

_STEMMERS: Final = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
}

# One run of characters without white space whose inner marks belong to it: e-mail, part number, date, amount, word.
_CHUNK = re.compile(r"(?:§{1,2}\s*)?[^\W_]+(?:[-‐‑–./_@'’:,+&\u00a0\u202f\u2009]+[^\W_]+)*")
_ASCII_CHUNK = re.compile(
    r"[0-9A-Za-z]+(?:[-./_@':,+&]+[0-9A-Za-z]+)*"
)  # finds the same in ASCII, twice as fast
_HYPHENATED_LINE_END = re.compile(r"(?<=[^\W\d_])(?:-\s*\n\s*(?=[a-zäöüß])|\u00ad\s*)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"\d+(?:[.,'’\u00a0\u202f\u2009]\d+)*$")
_CLAUSE = re.compile(r"§{1,2}\s*(.+)$")
_MARKS = re.compile(r"[^\w]+|_+")
_SPACE_IN_CHUNK = re.compile(r"[\u00a0\u202f\u2009]")
_LETTERS = re.compile(r"[^\W\d_]+")
_WRITTEN_ALONE = re.compile(
    r"(?<![\w§&./@-])[^\W\d_]+(?![\w&/@-]|\.\w)"
)  # no part of a code, an address or "R&D"
_YEAR = re.compile(
    r"\d(?:(?<=1)9\d\d|(?<=2)0\d\d|\d?\.\d\d?\.\d\d)"
)  # 1987, 2024, 1.3.24; beginning with a digit it is found fast
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "œ": "oe"})

_CAPITAL_WORDS = frozenset({"US", "IT", "WHO"})  # acronyms that are stop words in small letters

_local = threading.local()  # stemmers keep state between calls, so each thread has its own


def stem(word: str, language: str) -> str:
    """Snowball stem of one lowercase word; of an unknown language only the folded word."""
    return _stem(word, language)


@lru_cache(maxsize=1 << 18)  # 262,144 words: more than the vocabulary of 100,000 passages of one company
def _stem(word: str, language: str) -> str:
    algorithm = _STEMMERS.get(language)
    if algorithm is None:
        return fold(word)
    stemmer = getattr(_local, algorithm, None)
    if stemmer is None:
        stemmer = snowballstemmer.stemmer(algorithm)
        setattr(_local, algorithm, stemmer)
    # The German algorithm itself reads "ue" as "ü"; folding first would hide umlauts from the others' rules.
    return fold(str(stemmer.stemWord(word)))


def fold(word: str) -> str:
    """`word` in lower case with umlauts written out (ä -> ae) and other accents removed."""
    word = word.lower()
    if word.isascii():
        return word
    plain = unicodedata.normalize("NFKD", word.translate(_UMLAUTS))
    return "".join(character for character in plain if not unicodedata.combining(character))


def terms(text: str, language: str = "", stop_words: bool = False) -> list[str]:
    """Search terms of `text` in order. Stop words are left out unless `stop_words`; `language` "" = detected.

    Identifiers come whole (without their marks) and in parts; a clause number also as "§7.2"; dates also as ISO."""
    language = language or detect_language(text)
    text = _normal(text)
    known = _known(language, stop_words)
    # "§ 5" is one chunk; all others end where a space or a line does
    written = [text] if "§" in text else text.replace("\n", " ").split(" ")
    found = list(chain.from_iterable(map(known.__getitem__, written)))
    if _YEAR.search(text):
        found.extend(span.value.isoformat() for span in days(text, language))
    return found


def without_stop_words(text: str, language: str) -> str:
    """The text without the stop words of its language: what is searched in another language, in which they are rare words."""
    stops = SEARCH_STOP_WORDS.get(language, frozenset())
    return _WRITTEN_ALONE.sub(
        lambda word: "" if word[0].lower() in stops and word[0] not in _CAPITAL_WORDS else word[0], text
    )


def content_words(text: str, language: str = "", stop_words: bool = False) -> list[str]:
    """Stemmed words and numbers that carry meaning, one term per written word, in order; no identifiers twice.
    With `stop_words` all words."""
    language = language or detect_language(text)
    found: list[str] = []
    for chunk in _CHUNK.findall(_normal(text)):
        found.extend(_plain_terms(chunk, language, stop_words))
    return found


@lru_cache(maxsize=1 << 14)  # sentences of the passages that come up again and again, about 15 MB
def content_set(text: str, language: str) -> frozenset[str]:
    """`content_words` without order, remembered."""
    return frozenset(content_words(text, language))


@lru_cache(maxsize=1 << 13)
def plain_set(text: str, language: str) -> frozenset[str]:
    """`content_set` without figures and codes, remembered."""
    return frozenset(word for word in content_set(text, language) if not has_digit(word))


def _normal(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        if "\u00ad" in text or "ﬁ" in text or "ﬂ" in text or "\u200b" in text:
            text = text.replace("ﬁ", "fi").replace("ﬂ", "fl").replace("\u200b", "")
    return _HYPHENATED_LINE_END.sub("", text) if "-\n" in text or "\u00ad" in text else text


_MOST_KNOWN, _LONGEST = 1 << 17, 40  # words as they are written whose terms are kept, and characters of one


class _Known(dict[str, tuple[str, ...]]):
    """Words as they are written, marks and all -> their terms, looked up faster than a chunk of a text is found."""

    def __init__(self, language: str, stop_words: bool) -> None:
        self._language = language
        self._stop_words = stop_words

    def __missing__(self, written: str) -> tuple[str, ...]:
        chunks = (_ASCII_CHUNK if written.isascii() else _CHUNK).findall(written)
        terms = (_chunk_terms(chunk, self._language, self._stop_words) for chunk in chunks)
        found = tuple(chain.from_iterable(terms))
        if len(written) <= _LONGEST:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[written] = found
        return found


@lru_cache(maxsize=32)
def _known(language: str, stop_words: bool) -> _Known:
    return _Known(language, stop_words)


@lru_cache(maxsize=1 << 18)
def _chunk_terms(chunk: str, language: str, stop_words: bool) -> tuple[str, ...]:
    if chunk.isalpha():
        return _word(chunk, language, stop_words)
    low = unicodedata.normalize("NFKC", chunk).lower().replace("’", "'")
    if clause := _CLAUSE.match(low):
        number = re.sub(r"\s", "", clause.group(1))
        return (f"§{number}", *_chunk_terms(number, language, stop_words))
    if _NUMBER.match(low):
        return _number_terms(low, language)
    if _EMAIL.fullmatch(low):
        parts = [fold(part) for part in _MARKS.split(low) if part]
        return (low, *parts)
    if _SPACE_IN_CHUNK.search(low) or "," in low or ":" in low or "&" in low:
        pieces = [piece for piece in re.split(r"[\u00a0\u202f\u2009\s,:&]+", low) if piece]
        if len(pieces) > 1 and not all(len(piece) == 1 and piece.isalpha() for piece in pieces):
            return tuple(term for piece in pieces for term in _chunk_terms(piece, language, stop_words))
    return _joined_terms(low, language, stop_words)


def _joined_terms(low: str, language: str, stop_words: bool) -> tuple[str, ...]:
    """Terms of a chunk with inner marks: the parts, and the whole without its marks."""
    if "'" in low:
        if not stop_words and low in SEARCH_STOP_WORDS.get(language, frozenset()):
            return ()
        without = re.sub(r"'s?$", "", low)
        if without.isalpha():
            return _word(without, language, stop_words)
        low = low.replace("'", "")
    parts = [part for part in _MARKS.split(low) if part]
    if len(parts) > 1 and all(len(part) == 1 and part.isalpha() for part in parts):  # U.S, R&D
        return ("".join(parts),)
    found: list[str] = []
    for part in parts:
        found.extend(_part_terms(part, language, stop_words))
    whole = "".join(parts)
    if len(parts) > 1 and not (("/" in low or "." in low) and whole.isalpha()):
        found.append(_stem(whole, language) if whole.isalpha() else fold(whole))
    return tuple(dict.fromkeys(found))


def _part_terms(part: str, language: str, stop_words: bool) -> tuple[str, ...]:
    if part.isalpha():
        return _word(part, language, stop_words)
    if part.isdigit():
        return (part.lstrip("0") or "0", part) if part.startswith("0") else (part,)
    return (fold(part),)


def _number_terms(low: str, language: str) -> tuple[str, ...]:
    value = parse_number(low, language)
    if value is None:  # 01.03.2025, 7.2.1: a code made of digits
        return tuple(dict.fromkeys((low, *(part for part in _MARKS.split(low) if len(part) > 2))))
    written = number_term(value)
    if low.isdigit() and low.startswith("0") and len(low) > 1:  # an article number keeps its zeros
        return (low, written)
    # A section 2.10 is not 2.1: the written form stays beside the value where they differ.
    return (
        (written, low)
        if "." in low and low != written and low.count(".") == 1 and "," not in low
        else (written,)
    )


def _word(chunk: str, language: str, stop_words: bool) -> tuple[str, ...]:
    low = chunk.lower()
    if not stop_words and low in SEARCH_STOP_WORDS.get(language, frozenset()) and chunk not in _CAPITAL_WORDS:
        return ()
    return (_stem(low, language),)


@lru_cache(maxsize=1 << 18)
def _plain_terms(chunk: str, language: str, stop_words: bool) -> tuple[str, ...]:
    low = unicodedata.normalize("NFKC", chunk).lower().replace("’", "'").lstrip("§ \n\t")
    if _NUMBER.match(low):
        value = parse_number(low, language)
        return (low,) if value is None else (number_term(value),)
    if has_digit(low):
        if "," in low or ":" in low:
            return tuple(
                term
                for piece in re.split(r"[,:]+", low)
                if piece
                for term in _plain_terms(piece, language, stop_words)
            )
        return ("".join(part for part in _MARKS.split(fold(low)) if part),)
    stops = frozenset[str]() if stop_words else SEARCH_STOP_WORDS.get(language, frozenset())
    if low in stops and chunk not in _CAPITAL_WORDS:
        return ()
    if chunk in _CAPITAL_WORDS:
        return (low,)
    if re.fullmatch(r"[^\W\d_](?:[.&][^\W\d_])+", low):  # U.S, R&D
        return (re.sub(r"\W", "", low),)
    words = _LETTERS.findall(re.sub(r"'s?\b", "", low))
    return tuple(_stem(word, language) for word in words if word not in stops)
