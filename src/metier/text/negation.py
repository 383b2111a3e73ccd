"""Where a text denies, and on which side of an opposition it stands.

Two things a word overlap cannot see: "is allowed" / "is not allowed", and "at least" / "at most". Cues are words; the
scope of a negation is not parsed, irony and double negation are not understood. "unless" and "except" deny nothing: they
take something out of what is affirmed.
"""

import re
from typing import Final

from metier.text.stopwords import NEGATIONS, words

# German denials besides NEGATIONS, and words that deny by themselves. Contractions are matched separately.
_CUES: Final = {
    "en": NEGATIONS["en"] | words("hardly rarely seldom barely non"),
    "de": NEGATIONS["de"] | words("kaum selten niemandem niemanden nirgendwo"),
}
# Words that take something out of what the sentence says: the sentence itself affirms.
_EXCEPTING: Final = re.compile(
    r"\b(?P<condition>unless|es sei denn,?(?: dass)?|au(?:ß|ss)er,? wenn)\b|\b(?:except(?: for)?|excluding|au(?:ß|ss)er|ausgenommen)\b",
    re.IGNORECASE,
)
_CONTRACTION = r"[a-z]*n['’]t"

# Axis -> (words of one side, words of the other), as stems that a word begins with.
_AXES: Final[dict[str, tuple[str, str]]] = {
    "permission": (
        "allow permit permissible eligible entitle authori erlaub gestattet zulässig berechtigt genehmigt darf dürfen",
        "prohibit forbid forbidden disallow ineligible unauthori ban banned verboten verbiet untersag unzulässig",
    ),
    "inclusion": (
        "includ inclusive contain inklusiv einschließ enthalten inbegriffen umfasst",
        "exclud exclusive exklusiv ausgeschlossen ausschließ ausgenommen",
    ),
    "direction": (
        ("increas rise rose risen grow grew grown growth gain higher raise anstieg gestiegen steig stieg erhöh "
        "zunahme zugenommen wuchs gewachsen wachs höher"),
        ("decreas declin fall fell fallen drop dropped reduc lower shrink shrank sank gesunken sink rückgang "
        "zurückgegangen verringer gesenkt senk abnahme abgenommen niedriger gefallen"),
    ),
    "bound": (
        "minimum mindest mindestens wenigstens",
        "maximum höchst höchstens maximal",
    ),
    "order": ("before vor vorher prior", "after nach nachher following"),
    "duty": ("mandatory compulsory required obligat verpflichtend pflicht vorgeschrieben", "optional voluntar freiwillig"),
    "success": ("accept approv succe annehm angenommen akzeptier genehmig", "reject refus deni deny fail abgelehnt ablehn"),
    "togetherness": ("together zusammen gemeinsam", "separately apart getrennt einzeln"),
    "validity": ("valid gültig wirksam", "invalid ungültig unwirksam"),
    "comparison": ("more above over exceed mehr über oberhalb überschreit", ("less below under weniger unter unterhalb "
                   "unterschreit fewer")),
}  # fmt: skip
_PHRASES: Final = (
    (re.compile(r"\b(?:at least|no less than|not less than|mindestens|minimum of)\b", re.IGNORECASE), "bound", 1),
    (re.compile(r"\b(?:at most|no more than|not more than|up to|höchstens|bis zu|maximum of)\b", re.IGNORECASE),
     "bound", -1),
)  # fmt: skip
# These change sides with every preposition, so only the whole word counts.
_WHOLE_WORDS = words(
    "vor nach before after more less above below over under über unter mehr weniger ban rise "
    "rose fall fell gain darf prior fewer lower higher grow grew sank sink steig stieg senk valid invalid"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def _table() -> tuple[dict[str, tuple[str, int]], tuple[tuple[str, str, int], ...]]:
    whole: dict[str, tuple[str, int]] = {}
    prefixes: list[tuple[str, str, int]] = []
    for axis, sides in _AXES.items():
        for sign, side in zip((1, -1), sides, strict=True):
            for stem in side.split():
                if stem in _WHOLE_WORDS:
                    whole[stem] = (axis, sign)
                else:
                    prefixes.append((stem, axis, sign))
    prefixes.sort(key=lambda item: -len(item[0]))
    return whole, tuple(prefixes)


_WHOLE, _PREFIXES = _table()
_SIDE = re.compile(
    r"\b(?:" + "|".join([*(f"(?:{word})\\b" for word in sorted(_WHOLE, key=len, reverse=True)),
                         *(re.escape(prefix) for prefix, _, _ in _PREFIXES)]) + r")[^\W\d_]*",
    re.IGNORECASE,
)  # fmt: skip
_NEGATION_PHRASES = re.compile(
    r"\b(?:no|not)\s+(?:less|more|fewer|later|only)\b|\bnicht\s+nur\b", re.IGNORECASE
)

# "No, ...", "Not by default: ...", "In practice it does not: ..."
_PARTICLE = re.compile(
    r"\s*(?:(?:no|nein|not (?:always|necessarily|directly|by default|in (?:general|practice|principle))|nicht (?:immer|unbedingt|standardmäßig))"
    r"\s?[,;.!:–-]|(?:in \w+,? )?(?:(?:it|they|this|that|he|she|you|one) \w+(?: not|n['’]t)|(?:das|es|man|sie) \w+(?: \w+)? nicht|not (?:in|by) \w+(?: \w+)?)\s?[:;–])\s",
    re.IGNORECASE,
)


def negations(text: str, language: str = "") -> list[tuple[int, int]]:
    """Ranges of the words that deny something, in order. `language` "" knows English and German cues at once.

    "not only", "no more than" and the like deny nothing and are left out (they are polarity, see there)."""
    cues = _CUES.get(language, _CUES["en"] | _CUES["de"])
    harmless = [match.span() for match in _NEGATION_PHRASES.finditer(text)]
    if particle := _PARTICLE.match(text):  # the answer's particle; the sentence affirms
        harmless.append(particle.span())
    found = []
    for match in _WORD.finditer(text):
        low = match.group().lower()
        if low not in cues and not re.fullmatch(_CONTRACTION, low):
            continue
        if match.group() == "None" and text[: match.start()].strip():
            continue  # the value
        if (
            low == "no"
            and text[match.end() : match.end() + 1] == "."
            and text[match.end() + 1 : match.end() + 3].strip().isdigit()
        ):
            continue  # No. 12
        if not any(start <= match.start() < end for start, end in harmless):
            found.append(match.span())
    return found


def exceptions(text: str) -> list[tuple[int, int, bool]]:
    """Ranges of the words that except what follows, in order, each with whether that is a condition ("unless the lot is
    full") rather than a thing ("except wear parts")."""
    return [(*match.span(), bool(match["condition"])) for match in _EXCEPTING.finditer(text)]


def negated(text: str, language: str = "") -> bool:
    """True if `text` denies an odd number of times: two denials mostly cancel or belong to two parts."""
    return len(negations(text, language)) % 2 == 1


def polarity(text: str) -> dict[str, int]:
    """Axis -> +1 or -1 for each opposition of which `text` names exactly one side (allowed / prohibited,
    increase / decrease, at least / at most, ...)."""
    sides: dict[str, set[int]] = {}
    for pattern, axis, sign in _PHRASES:
        if pattern.search(text):
            sides.setdefault(axis, set()).add(sign)
    for match in _SIDE.finditer(text):
        axis, sign = _side(match.group().lower())
        sides.setdefault(axis, set()).add(sign)
    return {axis: signs.pop() for axis, signs in sides.items() if len(signs) == 1}


def _side(word: str) -> tuple[str, int]:
    if word in _WHOLE:
        return _WHOLE[word]
    return next((axis, sign) for prefix, axis, sign in _PREFIXES if word.startswith(prefix))
