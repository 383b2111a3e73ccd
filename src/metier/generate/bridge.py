"""The second step of "who, by name, approves this?": from the role a sentence names to the row that names the person.

A question that asks for a person or a contact, answered by a sentence that names only a role or an office, is completed
by the row (or sentence) that holds that role and what was asked for. What is not among the evidence is asked for: the
draft's `needs` are searched and the generator runs once more.
"""

import re
from collections.abc import Sequence

from metier.generate.candidates import Candidate
from metier.text.analyze import fold
from metier.text.entities import names
from metier.text.language import german_or_english
from metier.text.units import UNITS

_ASKS_CONTACT = re.compile(
    r"\b(?:extension|(?:tele)?phone (?:number|of)|e-?mail(?: address)? of|e-?mail address|mail address|durchwahl|"
    r"telefonnummer|rufnummer|mail-?adresse|e-mail-adresse|"
    r"(?:which|what) number (?:do|can|should|must) (?:i|we|one)|(?:welche|unter welcher) nummer)\b",
    re.IGNORECASE,
)
_ASKS_PERSON = re.compile(
    r"\b(?:by name|(?:the|whose|which) name|name of|which person|mit namen|namentlich|wie hei(?:ß|ss)t|"
    r"(?:bitte|nur) (?:den|mit) namen|name (?:des|der)|who (?:is|runs|leads|heads) the)\b|\(name\)",
    re.IGNORECASE,
)
# "the extension of the one who signs" asks for who signs, then for the extension: what is taken out leaves the first step.
_WHOSE = (
    r"(?:name|extension|(?:tele)?phone number|number|e-?mail(?: address)?|mail address)",
    r"(?:name|durchwahl|(?:telefon)?nummer|rufnummer|mail-?adresse|e-mail-adresse|kontakt)",
)
_ANYONE = r"(?:one person|one|person|colleague|employee|manager|man|woman|contact|member of staff)"
_JEMAND = r"(?:person|mensch|kollegin|kollegen|kollege|mitarbeiterin|mitarbeiters?|stelle|dessen|derjenigen?|desjenigen)"
_IS_THE = r"\bwh(?:at|ich)(?: is|'s|’s) the"
_FIRST_STEPS = (
    (rf"{_IS_THE} {_WHOSE[0]} of (?:the )?{_ANYONE} (?:who|that|which) ", "who "),
    (rf"{_IS_THE} {_WHOSE[0]} of (?:the )?{_ANYONE} (?=responsible|in charge)", "who is "),
    (rf"{_IS_THE} {_WHOSE[0]} of who(?:ever)? ", "who "),
    (rf"{_IS_THE} {_WHOSE[0]} of (?=the {_ANYONE} )", "who is "),
    (rf"\bwh(?:at|ich) {_WHOSE[0]} belongs to (?:the )?{_ANYONE} (?:who|that) ", "who "),
    (rf"\b(?:give|tell) (?:me|us) the {_WHOSE[0]} of (?:the {_ANYONE} )?(?:who|that)(?:ever)? ", "who "),
    (
        rf"\bwh(?:at|ich) {_WHOSE[0]} (?:do|can|should|must) (?:i|we|one) (?:dial|call|ring|use|phone)\b",
        "who do I contact",
    ),
    (rf"\bwhoever (.*)[:,] *what(?: is|'s|’s) (?:their|his|her) {_WHOSE[0]}", r"who \1"),
    (rf"[:,;] *(?:what|which) {_WHOSE[0]} is (?:that|it)\b", ""),
    (r"[?.!] *please (?:give |tell )?(?:me )?(?:the |by )?names?\.?$", "?"),
    (r"\bby name *[:,]? *", ""),
    (
        rf"\b(?:wie lautet|was ist|wie ist) (?:der|die) {_WHOSE[1]} (?:der|des) {_JEMAND},? +(?:der|die|das|welche[rs]?) ",
        "wer ",
    ),
    (rf"\bwie hei(?:ß|ss)t (?:der|die) {_JEMAND},? +(?:der|die|welche[rs]?) ", "wer "),
    (rf"\b(?:unter )?welche[rn]? {_WHOSE[1]} (?:erreiche|rufe|wähle) ich\b", "wen erreiche ich"),
    (r" *\(name\)", ""),
    (r"[?.!] *(?:bitte|nur) (?:den|mit) namen[.!]?$", "?"),
    (r" *\b(?:namentlich|mit namen)\b", ""),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), instead) for pattern, instead in _FIRST_STEPS)
_DIGITS = re.compile(r"@|\b\d{3,}\b")
_CONTACT_LABEL = re.compile(
    r"\b(?:ext|extension|phone|tel|telephone|telefon\w*|durchwahl|nebenstelle|mobil\w*|fax|e-?mail|mail|call|dial|number|"
    r"nummer|rufnummer)\b",
    re.IGNORECASE,
)
_NAME_LABEL = re.compile(
    r"^(?:(?:full |employee )?name|employee|person|vor- und nachname|mitarbeiter(?:in)?)$", re.IGNORECASE
)


def asks_for(question: str) -> str:
    """ "contact", "person", or "" if the question asks for neither."""
    if _ASKS_CONTACT.search(question):
        return "contact"
    return "person" if _ASKS_PERSON.search(question) else ""


def first_step(question: str) -> str:
    """What is to be found first: for a contact or a name, who or which office it is. Unchanged if there is no clause
    that says so, and for all other questions."""
    if not asks_for(question):
        return question
    text = question
    for pattern, instead in _COMPILED:
        text = pattern.sub(instead, text)
    return text.strip() or question


def bridge(
    question: str, language: str, top: Candidate, options: Sequence[Candidate]
) -> tuple[Candidate | None, tuple[str, ...]]:
    """(the candidate that completes `top`, or None; what to search for if none is there)."""
    kind = asks_for(question)
    if not kind or _completes(kind, top, ()):
        return None, ()
    roles = _roles(top, language)
    for role in roles:
        holding = [item for item in options if item.key != top.key and fold(role) in fold(item.text)]
        for item in sorted(holding, key=lambda item: not item.is_row):
            if _completes(kind, item, (role,)):
                return item, ()
    return None, roles


def reaches_nobody(question: str, chosen: Sequence[Candidate]) -> bool:
    """True if the question asks for a number or address to reach somebody by, and none of what was chosen holds one."""
    return asks_for(question) == "contact" and not any(_completes("contact", item, ()) for item in chosen)


# German writes every noun like a name: of single words only these are roles.
_GERMAN_ROLE = re.compile(
    r"\b[A-ZÄÖÜ][\w-]*(?i:beauftragte[rnm]?|leiter(?:in|s)?|leitung|manager(?:in|s)?|koordinator(?:in|s)?|führer(?:in|s)?|"
    r"referent(?:in|en)?|meister(?:in|s)?|ingenieur(?:in|s)?|arzt|ärztin|arztes|berater(?:in|s)?|sprecher(?:in|s)?|"
    r"vorstand|vorstands|chef(?:in|s)?|verantwortliche[rnm]?|fachkraft|stelle|abteilung|desk|officer)\b"
)
_WHO_IS = {"de": "Wer ist {}?", "en": "Who is the {}?"}
_UNNAMED = {
    "de": "Wer „{}“ ist und wie man sie oder ihn erreicht, steht in keiner gefundenen Quelle.",
    "en": "Who “{}” is, and how to reach them, nothing that was found says.",
}
_WHERE = {"de": "{}: Name, Durchwahl, E-Mail", "en": "{}: name, extension, e-mail"}


def _roles(top: Candidate, language: str) -> tuple[str, ...]:
    """Names in the values of a row, or anywhere in a sentence; in German also words that are roles by their ending."""
    text = _values(top)
    found = [span.text for span in names(text, language) if span.kind in ("name", "organisation")]
    found = [name for name in found if name not in UNITS]
    roles = [name for name in found if len(name.split()) > 1 or len(found) == 1]
    if top.language == "de":
        roles += [role for role in _GERMAN_ROLE.findall(text) if not any(role in name for name in roles)]
    return tuple(dict.fromkeys(roles))


def who_is(role: str, language: str) -> str:
    """The question for the person behind a role."""
    return _WHO_IS[german_or_english(language)].format(role)


def unnamed(role: str, language: str) -> str:
    """What is said where the answer names a role and nothing that was found names the person or contact behind it."""
    return _UNNAMED[german_or_english(language)].format(role)


def directory_search(role: str, language: str) -> str:
    """What finds the row of a directory that names the person behind a role, also in another language."""
    return _WHERE[german_or_english(language)].format(role)


def holders(question: str, top: Candidate, options: Sequence[Candidate]) -> list[Candidate]:
    """The rows that hold what is asked for (a name, a contact), of whatever role."""
    kind = asks_for(question)
    return [
        item for item in options if item.is_row and item.key != top.key and _completes(kind, item, (" ",))
    ]


_ROLE_WORD = re.compile(
    r"\b(?:chief|head|officer|manager|director|coordinator|specialist|desk|team|department|board|council|committee|partner|"
    r"management|service|works|group|office|centre|center|engineer|assistant|lead|leader|representative|secretary|treasurer|"
    r"[\w-]*(?:leiter|leitung|beauftragte|führung|führer|abteilung|stelle|rat|vorstand|kommission))\w*\b",
    re.IGNORECASE,
)


def _names_person(item: Candidate) -> bool:
    """True for a sentence that calls somebody by first and last name: two capitals of which neither is a role's word."""
    spans = (span for span in names(item.text, item.language) if span.kind == "name")
    return any(len(span.text.split()) == 2 and not _ROLE_WORD.search(span.text) for span in spans)


def _values(item: Candidate) -> str:
    """The text of a row without its column names."""
    return ". ".join(value for _, value in item.cells) or item.text


def _completes(kind: str, item: Candidate, roles: tuple[str, ...]) -> bool:
    """True if the candidate holds what was asked for besides the role itself."""
    text = _values(item)
    for role in roles:
        text = re.sub(re.escape(role), " ", text, flags=re.IGNORECASE)
    if kind == "contact":
        pairs = item.cells if item.is_row else [(item.text, text)]
        return "@" in text or any(
            _CONTACT_LABEL.search(label) and _DIGITS.search(value) for label, value in pairs
        )
    if not item.is_row:
        return kind == "person" and not roles and _names_person(item)
    if any(_NAME_LABEL.search(label) and len(value.split()) > 1 for label, value in item.cells):
        return True
    others = [span.text for span in names(text, item.language) if span.kind == "name"]
    return any(len(name.split()) == 2 for name in others) and bool(roles)
