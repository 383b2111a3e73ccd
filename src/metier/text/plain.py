"""Text that stays text wherever it is shown: no Markdown or HTML reader makes a link, a picture or an element of it.

Doors show answers in places we do not control (a chat window that renders Markdown, a mail, a wiki), and what an answer
says came from documents that anybody may have written. So addresses are written as security notices write them
(`portal.example[.]com`: readable, not live), brackets that would begin a link are parted, and characters that nobody sees
are left out. What it does not do: judge an address. Bare e-mail addresses stay: they are facts people ask for, and nothing is fetched or sent by showing one.
"""

import html
import re
from typing import Final

from metier.text.suspicion import INVISIBLE

_DOT = "[.\u3002\uff0e\uff61]"  # full stops that browsers take for the dot of a host
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
# Endings that programs make links of without being asked to: countries (two letters), and what is common besides.
# A bare "notes.md" stays: it is the name of a file in every company, and of a host in none.
_ENDING = r"(?:(?!md\b(?!/))[^\W\d_]{2}|com|org|net|edu|gov|mil|int|info|biz|pro|web|xxx|aero|asia|coop|museum|name|shop|app|dev|xyz|online|site|top|club|cloud|tech|store|link|click|page|zip|mov|live|news|работа|рф|onion|local|internal|xn--[\w-]+)"
_HOST: Final = re.compile(
    rf"(?P<before>(?<![\w@.])|//|www{_DOT})(?P<host>{_LABEL}(?:{_DOT}{_LABEL})*?){_DOT}(?P<end>{_ENDING})(?![\w@]|{_DOT}\w)",
    re.IGNORECASE,
)
# After a mark that is no part of a name, as in evil.example`.com: programs that make links read on.
_STRAY: Final = re.compile(rf"(?<=[^\s\w.@]){_DOT}(?=(?:{_LABEL}{_DOT})*{_ENDING}(?![\w@]))", re.IGNORECASE)
_WWW: Final = re.compile(rf"\bwww{_DOT}(?=\w)", re.IGNORECASE)
_WEB: Final = re.compile(r"\b(?:https?|ftps?|wss?)\s*:\s*[/\\]{1,}", re.IGNORECASE)
_SCHEME: Final = re.compile(
    r"\b(?P<scheme>(?:java|vb|live)script|mailto|xmpp|data(?=\s*:\s*\w+/)|[a-z][a-z0-9+.-]{1,20}(?=:[/\\]{2}))\s*:(?=\s?\S)",
    re.IGNORECASE,
)
_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")
_BRACKET: Final = re.compile(r"(?<=\])(?=[(\[:])")
_REFERENCE: Final = re.compile(r"\[(?=\s*\^)")  # footnotes
_SLASHES: Final = re.compile(r"/(?=/)")
_ENTITY: Final = re.compile(r"&(?:#\w+|\w+);")
_TEX: Final = re.compile(r"\\(?=(?:href|url|includegraphics|html\w+)\b)", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def plain(text: str) -> str:
    """`text` without anything that could become a link, a picture or an element; else unchanged. Idempotent."""
    text = INVISIBLE.sub("", _spelled_out(text))
    if not _MAY_LIVE.search(text):
        return text
    text = _TEX.sub("", _TAG.sub("‹", text))
    text = _WEB.sub("", text)
    text = _SCHEME.sub(lambda match: f"{match['scheme']}[:]", text)
    text = _SLASHES.sub("/ ", _addresses(text))
    text = _REFERENCE.sub("[ ", text)
    return _BRACKET.sub(" ", text)


_MAY_LIVE = re.compile(r"[&<\[\\:@]|\S[.\u3002\uff0e\uff61]\w|//")


def _spelled_out(text: str) -> str:
    """The text with character references written as characters: renderers resolve them before they look for links."""
    while (spelled := _ENTITY.sub(lambda match: html.unescape(match.group()), text)) != text:  # ever shorter
        text = spelled
    return text


def _parted(match: re.Match[str]) -> str:
    """The host with its last dot in brackets, and each dot before which a host would end: evil[.]com[.]com."""
    before = "" if match["before"].startswith("//") else match["before"]
    return f"{before}{_HOST.sub(_parted, match['host'])}[.]{match['end']}"


def _addresses(text: str) -> str:
    """Hosts with their last dot in brackets, except those of e-mail addresses."""
    text = _STRAY.sub("[.]", text)
    kept = [match.span() for match in _EMAIL.finditer(text)]

    def parted(match: re.Match[str]) -> str:
        if any(start <= match.start("host") < end for start, end in kept):
            return match.group()
        return _parted(match)

    return _WWW.sub("www[.]", _HOST.sub(parted, text))
