"""Numbers in front of headings ("2.3", "IV.", "Appendix B", "§ 5") and whether they count on from one another."""

import re
from dataclasses import dataclass

_LABEL = (
    r"chapter|kapitel|section|abschnitt|part|teil|appendix|anhang|annex|anlage|chapitre|partie|annexe|capítulo|capitolo"
    r"|parte|sección|sezione|apéndice|appendice|article|artikel|article|articolo|artículo|hoofdstuk|deel|bijlage|附录|附錄|§"
)
_LABELLED = re.compile(rf"(?:{_LABEL})\s*([0-9]+(?:\.[0-9]+)*|[IVXLC]+|[A-Z])\b[.:)]?\s*", re.IGNORECASE)
_DECIMAL = re.compile(r"((?:[A-Z]|[0-9]{1,3})(?:\.[0-9]{1,3}){1,5})\.?(?=\s|$)\s*")
_SINGLE = re.compile(r"([0-9]{1,3})([.:)]?)(?=\s|$)\s*")
_ROMAN = re.compile(r"([IVXLC]{1,6}|[ivxlc]{2,6})(?:[.:)]|\s[-–—])(?=\s|$)\s*")
# "第3章", "第 三 节", "제3장"
_COUNTED = re.compile(
    r"(?:第\s*([0-9]+|[一二三四五六七八九十]{1,3})\s*[章节節条條编編部篇]|제\s*([0-9]+)\s*[장절편부])\s*"
)
_HAN_FIGURES = {figure: str(value) for value, figure in enumerate("一二三四五六七八九", start=1)}
_NEITHER = re.compile(r"[\W_]+")  # neither letters nor figures
_ASCII_NEITHER = bytes(code for code in range(128) if not chr(code).isalnum())
_LETTER = re.compile(r"(?:\(?([A-Za-z])([.)])|([A-Z])(?=\s\s*[A-Z][a-z]))(?=\s|$)\s*")


@dataclass(frozen=True, slots=True)
class Number:
    """The number in front of a text. `kind` is "", "label", "decimal", "single", "roman" or "letter"."""

    kind: str = ""
    parts: tuple[str, ...] = ()
    length: int = 0  # characters of the text that it takes

    @property
    def depth(self) -> int:
        """1 for "2", 2 for "2.1", 0 without number."""
        return len(self.parts)


NONE = Number()


def read_number(text: str) -> Number:
    """The number that the text starts with, or `NONE`."""
    for kind, pattern in (
        ("label", _LABELLED),
        ("label", _COUNTED),
        ("decimal", _DECIMAL),
        ("single", _SINGLE),
        ("roman", _ROMAN),
        ("letter", _LETTER),
    ):
        if match := pattern.match(text):
            figure = next((group for group in match.groups() if group), "")
            return Number(kind, tuple(_figures(part) for part in figure.split(".")), match.end())
    return NONE


def _figures(part: str) -> str:
    """Chinese numerals up to 99 in figures; anything else as it is."""
    if "十" not in part:
        return _HAN_FIGURES.get(part, part)
    tens, ones = part.split("十", 1)
    return _HAN_FIGURES.get(tens, "1") + _HAN_FIGURES.get(ones, "0")


def before(number: Number) -> tuple[str, ...]:
    """What must stand earlier in a document that counts: "2.2" for "2.3", "2" for "2.1"; () for the first of all."""
    if not number.parts:
        return ()
    *head, last = number.parts
    if last.isdigit():
        return (*head, str(int(last) - 1)) if int(last) > 1 else tuple(head)
    if len(last) == 1 and last.upper() > "A" and number.kind != "roman":
        return (*head, chr(ord(last) - 1))
    return tuple(head)


def bare(text: str) -> str:
    """The text without its number, without anything but letters and figures, folded: for comparing titles."""
    return fold(text[read_number(text).length :]) or fold(text)


def fold(text: str) -> str:
    """Letters and figures only, without case."""
    if text.isascii():  # a whole page at once in most cases: 50 times as fast
        return text.encode().translate(None, _ASCII_NEITHER).lower().decode()
    return _NEITHER.sub("", text.casefold())
