"""The numbers Word counts by itself ("1.", "4.2", "(b)", "§ 3"): people cite them, so they must be in the text."""

from collections import defaultdict
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


class Numbering:
    """Counts the numbered paragraphs of one document in order."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[
            str, dict[int, tuple[str, str, int]]
        ] = {}  # numId -> level -> (format, text, start)
        self._abstract: dict[str, str] = {}  # numId -> abstractNumId, which is what counts on
        self._styles: dict[str, tuple[str, int]] = {}  # style id -> (numId, level)
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._started: set[str] = set()
        relations = document.part.rels.values()
        parts = [r.target_part for r in relations if not r.is_external and r.reltype.endswith("/numbering")]
        if parts and hasattr(parts[0], "element"):
            self._load(parts[0].element)
        for style in document.styles.element.iter(W + "style"):
            if found := style.find(f"{W}pPr/{W}numPr"):
                self._styles[str(style.get(W + "styleId"))] = _number_and_level(found)

    def _load(self, root: Any) -> None:
        abstracts = {a.get(W + "abstractNumId"): a for a in root.iter(W + "abstractNum")}
        for number in root.findall(W + "num"):
            key = str(number.get(W + "numId"))
            reference = number.find(W + "abstractNumId")
            abstract = abstracts.get(reference.get(W + "val")) if reference is not None else None
            if abstract is None:
                continue
            self._abstract[key] = str(reference.get(W + "val"))
            self._levels[key] = {
                _integer(level.get(W + "ilvl"), 0): _level(level) for level in abstract.iter(W + "lvl")
            }
            for override in number.iter(W + "startOverride"):
                depth = _integer(override.getparent().get(W + "ilvl"), 0)
                if depth in self._levels[key]:
                    kind, text, _ = self._levels[key][depth]
                    self._levels[key][depth] = (kind, text, _integer(override.get(W + "val"), 1))
                    self._abstract[key] = f"{self._abstract[key]}/{key}"  # counts from its own start

    def next(self, paragraph: Any, style: str) -> str:
        """The number printed before the paragraph, "" for bullets and unnumbered ones; counts it."""
        properties = paragraph.find(f"{W}pPr/{W}numPr")
        number, depth = (
            _number_and_level(properties) if properties is not None else self._styles.get(style, ("", 0))
        )
        if not number and properties is not None and style in self._styles:
            number = self._styles[style][0]
        levels = self._levels.get(number)
        if not levels or depth not in levels:
            return ""
        counts = self._counts[self._abstract[number]]
        counts[depth] = counts[depth] + 1 if depth in counts else levels[depth][2]
        for deeper in [level for level in counts if level > depth]:
            del counts[deeper]
        kind, text, _ = levels[depth]
        if kind in ("bullet", "none"):
            return ""
        for level in range(depth + 1):
            if f"%{level + 1}" in text:
                value = counts.setdefault(level, levels[level][2] if level in levels else 1)
                text = text.replace(
                    f"%{level + 1}", _written(value, levels[level][0] if level in levels else kind)
                )
        return text.strip()


def _level(level: Any) -> tuple[str, str, int]:
    def value(name: str, default: str) -> str:
        found = level.find(W + name)
        return default if found is None else str(found.get(W + "val") or "")

    return value("numFmt", "decimal"), value("lvlText", ""), _integer(value("start", "1"), 1)


def _number_and_level(properties: Any) -> tuple[str, int]:
    number, level = properties.find(W + "numId"), properties.find(W + "ilvl")
    return (
        "" if number is None else str(number.get(W + "val")),
        0 if level is None else _integer(level.get(W + "val"), 0),
    )


def _integer(text: Any, default: int) -> int:
    return int(text) if isinstance(text, str) and text.isdigit() and len(text) < 6 else default


def _written(value: int, kind: str) -> str:
    if kind in ("lowerLetter", "upperLetter"):
        letters = chr(97 + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letters.upper() if kind == "upperLetter" else letters
    if kind in ("lowerRoman", "upperRoman"):
        roman = ""
        for size, sign in _ROMAN:
            roman += sign * (value // size)
            value %= size
        return roman.upper() if kind == "upperRoman" else roman
    return f"{value:02d}" if kind == "decimalZero" else str(value)
