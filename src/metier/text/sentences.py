"""Where sentences begin and end, for English and German running text, lists and tables read from documents.

A line with " | " is a table row and a sentence of its own, as is a list item or a heading. A line break inside a
sentence (as PDF text has it) is no border. It does not resolve quotations that hold several sentences.
"""

import re

from metier.text.language import detect_language
from metier.text.stopwords import NEGATIONS, STOP_WORDS, words

# Never the end of a sentence.
_INNER = words(
    "dr prof mr mrs ms hr fr dipl ing mag rer nat med jur habil st e.g i.e vs cf approx ca bzw bzgl vgl z.b z.bsp d.h "
    "u.a u.u i.d.r i.v.m i.s.d i.h.v o.g s.o s.u v.a m.e z.t z.zt zzgl inkl exkl einschl evtl ggf gem lt max min mind "
    "sog insb insbes allg entspr ff u.ä o.ä resp rd tel fax str abt abschn bspw geb verh gez i.a i.v u.s e.v p.a "
    "gen col sgt lt sen rep gov feb sept okt nov dez jan apr aug dec jul jun mär incl est dept "
    "anm bd beil ber ebd hrsg jg jh kap nachf ndrl z.hd z.hdn a.d a.m.b"
)
# No end of a sentence when a number follows.
_BEFORE_NUMBER = words(
    "no nr nos abs art sec sect par para paras fig figs tab p pp s v vol ch chap cl ziff ziffer rz rn lit pos bl "
    "abb nrn reg ver rev ref ext app anl anlage tel ust-id"
)
# May end a sentence: then the next word looks like the start of one.
_MAY_END = words("etc usw usf inc co ltd corp llc plc jr sr a.m p.m u.s u.k al mio mrd tsd std")
# Those that close the name of a company: a capital letter after them begins a sentence, if enough was said before it.
_COMPANY = words("inc ltd corp llc plc")
_SAID = 6  # words

_MONTHS = words(
    "januar jänner februar märz april mai juni juli august september oktober november dezember january february march "
    "may june july october december jan feb mar mär apr jun jul aug sep sept okt oct nov dez dec quartal "
    "halbjahr jahrhundert"
)
_STARTERS = {language: STOP_WORDS[language] | NEGATIONS[language] for language in ("en", "de")}

_RUNS_ON = frozenset().union(*_STARTERS.values())  # a line that ends in "the" or "und" is no heading

# One class of characters first, which a search finds fast: what ends a sentence by itself, or in front of a space.
_END = re.compile(r"[.!?…。！？](?:(?<=[。！？])|[.!?…]*[\"'»«“”’)\]]*(?=\s|$))")
_LAST_WORD = re.compile(r"[^\s\"'»«“”„(\[]+$")
_LONG_WORD = 32  # characters
_NEXT_WORD = re.compile(r"\s*[\"'»«“”„(\[]*([^\W_]+(?:[-'’][^\W_]+)*)")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")  # U.S.A, i.d.R
_SMALL_NUMBER = re.compile(r"[(\[]?\d{1,2}")
LIST_ITEM = re.compile(
    r"\s*(?:[-–—•▪◦●○■□*·‣➢✓]\s+|\(?(?:\d{1,2}(?:\.\d{1,2}){0,3}|[a-zA-Z]|[ivx]{1,4})[.)]\s+(?=\S)|#{1,6}\s|"
    r"\d{1,2}(?:\.\d{1,2}){1,3}\s+(?=[A-ZÄÖÜ])|§\s*\d+[a-z]?\s+(?=[A-ZÄÖÜ]))"
)
_GOES_ON = re.compile(r"\s*[a-zäöüß][^\W\d_]*[,;]?\s")
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_PROSE_LINE, _PROSE_START = 40, 120  # characters: of a line that breaks off, and looked at of the one below
_DATE_LINE = re.compile(r"\s*\d{1,2}\.\s+(?:" + "|".join(sorted(_MONTHS)) + r")\b", re.IGNORECASE)


def split_sentences(text: str, language: str = "") -> list[tuple[int, int]]:
    """Half-open ranges of the sentences of `text`, in order, without surrounding white space.

    Every character that is not white space is in exactly one of them. `language` is "en", "de" or "" (detected)."""
    language = language or detect_language(text)
    spans: list[tuple[int, int]] = []
    for start, end in _units(text):
        spans.extend(_sentences(text, start, end, language))
    return spans


def _units(text: str) -> list[tuple[int, int]]:
    """Runs of lines that may hold running text: borders are blank lines, table rows, list items, short lines."""
    lines = [match.span() for match in re.finditer(r"[^\n\r\f\v\u2028\u2029]+", text)]
    # Wrapped lines are about as long as the widest one; clipped at 60 so that one unwrapped paragraph does not make
    # every other line look short. Lines under 60% of it that do not run on are headings, addresses, label: value.
    width = min(60, max((end - start for start, end in lines), default=0))
    units: list[tuple[int, int]] = []
    for start, end in lines:
        if not text[start:end].strip():
            continue
        if units and not _border(text, units[-1][1], start, end, width):
            units[-1] = (units[-1][0], end)
        else:
            units.append((start, end))
    return units


def _border(text: str, previous_end: int, start: int, end: int, width: int) -> bool:
    gap = text[previous_end:start]
    previous = text[max(0, text.rfind("\n", 0, previous_end) + 1) : previous_end]
    line = text[start:end]
    if gap.count("\n") > 1 or (not gap.count("\n") and gap.count("\r") > 1) or "\f" in gap or gap.strip():
        return bool(gap.strip()) or not _runs_over(previous, line)
    if " | " in line or " | " in previous or line.lstrip().startswith("|"):
        return True
    if LIST_ITEM.match(line) and not _DATE_LINE.match(line):
        return not _hanging_number(previous)
    stripped = previous.rstrip()
    if stripped.endswith((",", "-", "–", "(", "/", ";")):
        return False
    if stripped.endswith(":"):
        return True
    first = line.lstrip()[:1]
    if first.islower() or first in ")]%,;:":
        return False
    last = _LAST_WORD.search(stripped)
    if _DATE_LINE.match(line) or (last and last.group() in _RUNS_ON):
        return False
    return len(stripped) < 0.6 * width and not stripped.endswith((".", "!", "?"))


def _runs_over(previous: str, line: str) -> bool:
    """True if a sentence goes on below a blank line, as where a column or a page ends: the line above breaks off in the middle of
    prose, and the one below goes on in it with a small letter."""
    head = previous.rstrip()
    breaks_off = len(head) >= _PROSE_LINE and (head[-1:].islower() or head[-1:] in ",-")
    return (
        breaks_off and _GOES_ON.match(line) is not None and _is_prose(head) and _is_prose(line[:_PROSE_START])
    )


def _is_prose(text: str) -> bool:
    said = [word.lower() for word in _WORDS.findall(text)]
    return len(said) >= 5 and sum(word in _RUNS_ON for word in said) >= 0.2 * len(said)


def _hanging_number(previous: str) -> bool:
    """True if the line above ends in the middle of a reference, as in "see section" / "4. ..."."""
    last = _LAST_WORD.search(previous.rstrip())
    return last is not None and last.group().lower().rstrip(".") in _BEFORE_NUMBER | {
        "section",
        "am",
        "vom",
        "zum",
    }


def _sentences(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    spans = []
    begin = start
    item = LIST_ITEM.match(text, start, end)
    scan_from = item.end() if item and not _DATE_LINE.match(text, start) else start
    for match in _END.finditer(text, scan_from, end):
        if match.end() < end and not _ends_sentence(text, match, begin, end, language):
            continue
        spans.append(_strip(text, begin, match.end()))
        begin = match.end()
    if text[begin:end].strip():
        spans.append(_strip(text, begin, end))
    return spans


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _ends_sentence(text: str, match: re.Match[str], begin: int, end: int, language: str) -> bool:
    marks = match.group()
    following = _NEXT_WORD.match(text, match.end(), end)
    after = following.group(1) if following else ""
    if not marks.startswith(".") or marks.startswith(".."):
        return not (after[:1].islower() and marks[-1] not in "!?")
    if after[:1].islower():
        # "iPhone", "eBay" do not outweigh the many abbreviations that are followed by a small letter
        return False
    word = _last_word(text, begin, match.start())
    low = word.lower()
    starts = after.lower() in _STARTERS.get(language, _STARTERS["en"])
    if low in _INNER:
        return False
    if low in _BEFORE_NUMBER:
        return not after[:1].isdigit()
    if low in _MAY_END:
        is_said = low in _COMPANY and len(text[begin : match.start()].split()) >= _SAID
        return (starts or is_said) and after[:1].isupper()
    if len(word) == 1 and word.isalpha():  # initials, and the halves of "z. B."
        return language != "de" and word == "I"
    if _DOTTED.fullmatch(word):
        return starts and after[:1].isupper()
    if _SMALL_NUMBER.fullmatch(word):
        return _number_ends(after, language, starts)
    return True


def _last_word(text: str, begin: int, end: int) -> str:
    """The word that ends there, empty if none does. Of a long sentence only the end is looked at, unless the word is longer."""
    near = max(begin, end - _LONG_WORD)
    found = _LAST_WORD.search(text, near, end)
    if found and found.start() == near > begin:
        found = _LAST_WORD.search(text, begin, end)
    return found.group() if found else ""


def _number_ends(after: str, language: str, starts: bool) -> bool:
    """Whether "3." closes a sentence: not in "3. März", and in German only before the likely start of one."""
    if after.lower() in _MONTHS:
        return False
    if language == "de":
        return starts or not after
    return True
