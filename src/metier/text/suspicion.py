"""Text in a document that speaks to the machine which reads it: orders to a model, faked roles, unseen characters.

Patterns of how such text must speak to work at all (it names the answer, the model or its instructions, and commands),
not of what known attacks want. What it does not know: a task that is merely written down ("Explain photosynthesis."),
an order in a language other than English and German, an order spelled in pictures or ciphers. Those are stopped, or not,
by what comes after: every sentence of an answer must stand in what it cites, and no address leaves as a link.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from metier.text.sentences import split_sentences

SuspicionKind = Literal["override", "answer", "machine", "role", "conceal", "invisible"]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One stretch of text; `start:end` covers the whole sentence or cell that holds it."""

    kind: SuspicionKind
    start: int
    end: int


# Characters without width, marks that turn the direction of writing, and the tag alphabet, which no font shows. Joiners are
# letters' own business in Persian and Indic scripts, and in pictograms: there they are kept.
_UNSEEN: Final = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
INVISIBLE: Final = re.compile(
    rf"[{_UNSEEN}]|(?<=[\x20-\u024f])[\u200c\u200d]|[\u200c\u200d](?=[\x20-\u024f])"
)
# so many unseen characters in one sentence; one or two are how soft hyphens and web pages come
_HIDDEN_RUN = 3

# --- what an order is about -------------------------------------------------------------------------------------------

_RULES = r"(?:instruction|prompt|guideline|directive|command|rule|constraint|restriction|context|anweisung|instruktion|vorgabe|richtlinie|regel|befehl)\w*"
_OVERRIDE = re.compile(
    r"\b(?:ignore|disregard|forget|override|overrule|bypass|skip|ignorier\w*|missacht\w*|vergiss|vergesst|vergessen sie|übergeh\w*)\b"
    rf"[^.!?\n]{{0,40}}\b(?:(?:previous|prior|above|earlier|preceding|original|initial|existing|system|your|all|any|other|vorherig|bisherig|obig|vorig|frühere|ursprünglich|alle|deine|ihre)\w*)\b[^.!?\n]{{0,25}}\b{_RULES}"
    r"|\b(?:ignore|disregard|forget)\b[^.!?\n]{0,12}\b(?:everything|all)\b[^.!?\n]{0,20}\b(?:above|before|told|said|so far)\b"
    r"|\b(?:answer|respond|reply|antworte\w*) (?:(?:from now on|ab jetzt|ab sofort|künftig),? )?(?:only|just|always|exclusively|instead|nur|immer|stattdessen)(?: noch)? (?:with|by|in|mit|auf)\b"
    r"|\b(?:answer|(?:respond|reply) to|beantworte\w*|antworte\w* auf) (?:every|each|any|all|jede|alle) (?:questions?|requests?|fragen?|anfragen?) (?:with|mit) (?:only |nur )?(?:(?:the|dem|den|der) (?:words?|phrase|sentence|text|wort(?:en)?|satz)\b|[\"'“„»])"
    r"|\bthe answer to (?:every|any|all) questions?\b|\bdie antwort auf (?:jede|alle) fragen?\b"
    r"|\b(?:system|developer|hidden|initial|original) prompt\b|\bsystem-?prompt\b"
    r"|\b(?:new|updated|real|actual) (?:instructions?|task|objective)\s*:|\bfrom now on\b[^.!?\n]{0,15}\b(?:you|your)\b|\bab jetzt\b[^.!?\n]{0,15}\b(?:du|deine?)\b",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"\b(?:you are|you're|act as|behave as|pretend (?:to be|you are)|du bist|sie sind|verhalte dich als)\b[^.!?\n]{0,30}"
    r"\b(?:ai|a\.i\.|llm|chat-?bot|(?:language|ai) model|gpt|dan|(?:ai|helpful|virtual|digital|unrestricted) assistant|ki|sprachmodell|(?:hilfreicher|virtueller) assistent)\b"
    r"|\b(?:note|message|instructions?|attention|hey|dear|hinweis|achtung|anweisung(?:en)?)\s+(?:to|for|an|für)?\s*(?:the |any |all |every |das |de[nmr] |die |alle |jede[rsn]? )?"
    r"(?:ai|llms?|chat-?bots?|language models?|ai (?:models?|assistants?|systems?|agents?)|ki(?:-\w+)?|sprachmodelle?)\b"
    r"|\b(?:if|when|wenn|falls)\b[^.!?\n]{0,20}\b(?:you are|you're|du|sie)\b[^.!?\n]{0,20}\b(?:ai|llm|language model|chat-?bot|ki|sprachmodell)\b"
    r"|(?:^|[\s\"'(])(?:assistant|ai|llm|chat-?bot|model)\s*[,:]\s+(?:please\s+|you must\s+|always\s+|never\s+|do not\s+)?(?:ignore|answer|reply|respond|say|write|output|send|include|tell|append|add|print|reveal|repeat)\b",
    re.IGNORECASE,
)
_CONCEAL = re.compile(
    r"\b(?:do not|don't|never|without)\b[^.!?\n]{0,15}\b(?:tell|telling|mention|mentioning|inform|informing|reveal|revealing|alert|alerting|show|showing)\b"
    r"[^.!?\n]{0,30}\b(?:the |any )?(?:users?|humans?|readers?|asker)\b"
    r"|\b(?:sag|sage|erwähne|verrate|zeige|teile)\b[^.!?\n]{0,30}\b(?:benutzer|nutzer|anwender)\w*\b[^.!?\n]{0,20}\bnicht\b",
    re.IGNORECASE,
)
# What a chat template or an imitation of one puts before a turn: in prose nobody writes it.
_ROLE = re.compile(
    r"<\|?(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_header_id)\|?>|\[/?(?:INST|SYS)\]|<</?SYS>>"
    r"|<(?:start|end)_of_turn>|^\W*(?:system|assistant|developer)\s*:\s*(?:you|your|ignore|disregard|new|override|from now on|du|sie)\b"
    r"|^\W*system[ -]?(?:message|notice|nachricht|meldung)\s*:\s*(?:you are now|ignore|disregard|override|from now on|du bist jetzt|sie sind jetzt|ab jetzt)\b"
    r"|<!--\s*(?:system|assistant|developer|ai|llm|model|chat-?bot|ki)\w*\s*:"
    r"|^\s*#{1,4}\s*(?:instruction|response)\s*:",
    re.IGNORECASE | re.MULTILINE,
)

# --- how the answer is to be written: it must name the answer, and command ----------------------------------------------

_OUTPUT = r"(?:answers?|answers?['’]s?|response|responses|reply|replies|output|completion|generated text|generation)"
_ANSWER = re.compile(
    rf"\b(?:your|thy|ur|the final|each|every) (?:\w+ ){{0,2}}{_OUTPUT}\b|\b(?:when|while|before|after) (?:you )?(?:answer|answering|respond|responding|reply|replying)\b"
    r"|\b(?:deine[rnms]?|eure[rnms]?|ihre[rnms]?) (?:\w+ ){0,2}(?:antwort|ausgabe|antworten|erwiderung)\b",
    re.IGNORECASE,
)
# Openings of sentences that tell and do not command; "We look forward to your reply", "Thank you for your answer".
_TELLS = re.compile(
    r"\W*(?:i|i'm|i'd|we|we're|we'd|you|he|she|it|they|the|a|an|this|that|these|those|there|here|our|my|his|her|their|thanks?|thank|"
    r"looking|awaiting|regarding|re|in (?:case|order|the|our|my|this|accordance|addition)|as|if|once|when|while|after|before|upon|for|from|"
    r"at|on|by|with|per|due|since|because|although|is|are|was|were|what|which|who|how|why|where|do|does|did|can|could|would|will|have|has|had|"
    r"your (?:\w+ ){0,2}" + _OUTPUT + r"|ihre antwort|deine antwort|"
    r"ich|wir|sie|er|es|der|die|das|ein|eine|dies\w*|vielen|danke|mit|in|bei|nach|für|auf|zu|bis|wenn|sobald|falls|unsere?|mein\w*|bezüglich|über)\b",
    re.IGNORECASE,
)
_MUST = re.compile(
    r"\b(?:your|the final|each|every) (?:\w+ ){0,2}" + _OUTPUT + r"\b[^.!?\n]{0,20}\b(?:must|should|shall|needs? to|has to|have to|will|can only|always|muss|soll)\b"
    r"|\byou (?:must|should|shall|need to|have to|are to|will)\b[^.!?\n]{0,60}\byour (?:\w+ ){0,2}" + _OUTPUT + r"\b"
    r"|^\W*(?:in|within|throughout|at the (?:end|start|beginning) of|(?:when|while|before|after) \w+) (?:you )?(?:your|the final|each|every)?\s?(?:\w+ ){0,2}"
    + _OUTPUT + r"?\s*,\s*(?:please\s+|always\s+|also\s+|subtly\s+|never\s+)?(?!(?:i|we|you|he|she|it|they|the|a|an|this|that|there|our|my)\b)\w+",
    re.IGNORECASE,
)  # fmt: skip
_CLAUSE = re.compile(r"[,;:]\s+|\s(?:and|then|und|dann)\s")
_CELL_BORDER = re.compile(r"(?<!\S)\|(?!\S)")
_LONGEST = 1200  # characters of one sentence that are looked at; longer ones are tables that lost their lines


def suspicions(text: str, language: str = "") -> list[Suspicion]:
    """Every suspicious sentence or cell of `text`, in order; one per sentence, named by the first kind that fits."""
    return list(_suspicions(text, language))


@lru_cache(maxsize=1 << 12)  # passages, titles and headings that come up again and again
def _suspicions(text: str, language: str) -> tuple[Suspicion, ...]:
    if not _may_hold(text):
        return ()
    return tuple(
        Suspicion(kind, start, end)
        for start, end in _units(text, language)
        if (kind := _kind(text[start:end]))
    )


# One quick look over a passage and then over each sentence, as most hold nothing: every pattern above needs one of these. Looking for
# words one by one takes a tenth of the time of one pattern for all of them.
_TELLTALES = (
    "answer", "respon", "repl", "output", "completion", "generat", "antwort", "ausgabe", "erwiderung", "ignor", "disregard", "forget", "overr",
    "bypass", "skip", "missacht", "vergiss", "vergess", "übergeh", "prompt", "instruct", "task", "objective", "a.i.", "llm", "chatbot", "chat-bot",
    "model", "gpt", "assist", "user", "nutzer", "human", "reader", "asker", "anwender", "from now on", "ab jetzt", "system", "developer",
    "im_start", "im_end", "endoftext", "eot_id", "header_id", "_of_turn", "<|", "<<", "[inst", "[/inst", "[sys", "[/sys",
)  # fmt: skip
_SHORT_TELLTALE = re.compile(r"\b(?:ai|dan|ki)\b")


def _may_hold(text: str) -> bool:
    small = text.casefold()
    if any(word in small for word in _TELLTALES) or _SHORT_TELLTALE.search(small):
        return True
    return not text.isascii() and INVISIBLE.search(text) is not None


def without(text: str, found: Iterable[Suspicion]) -> str:
    """`text` with the suspicious stretches blanked; every other character keeps its place."""
    for item in found:
        text = blanked(text, item.start, item.end)
    return text


def blanked(text: str, start: int, end: int) -> str:
    """`text` with spaces from `start` to `end`; line ends stay."""
    return text[:start] + "".join("\n" if c == "\n" else " " for c in text[start:end]) + text[end:]


def _units(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Sentences, and within the rows of a table the cells: an order in one cell says nothing of its neighbours."""
    for start, end in split_sentences(text, language):
        at = start
        for border in (*_CELL_BORDER.finditer(text, start, end), None):
            stop = border.start() if border else end
            if text[at:stop].strip():
                yield at, stop
            at = border.end() if border else end


@lru_cache(maxsize=4096)
def _kind(sentence: str) -> SuspicionKind | None:
    if not _may_hold(sentence):
        return None
    plain = INVISIBLE.sub("", sentence)[:_LONGEST]
    for kind, pattern in _PATTERNS:
        if pattern.search(plain):
            return kind
    if _ANSWER.search(plain) and _commands(plain):
        return "answer"
    return "invisible" if len(sentence) - len(INVISIBLE.sub("", sentence)) >= _HIDDEN_RUN else None


_PATTERNS: Final[tuple[tuple[SuspicionKind, re.Pattern[str]], ...]] = (
    ("override", _OVERRIDE), ("role", _ROLE), ("machine", _MACHINE), ("conceal", _CONCEAL),
)  # fmt: skip


def _commands(sentence: str) -> bool:
    """True if the sentence, or the clause that names the answer, is an order rather than a report."""
    if _MUST.search(sentence):
        return True
    named = _ANSWER.search(sentence)
    if named is None or sentence.rstrip().endswith("?"):
        return False
    begins = [match.end() for match in _CLAUSE.finditer(sentence, 0, named.end() + 2)]
    return not _TELLS.match(sentence) or any(_ORDERS.match(sentence, begin) is not None for begin in begins)


# Clauses inside a sentence are orders only with a verb of writing: their openings are too many to tell them from reports.
_ORDERS = re.compile(
    r"(?:(?:in|within|to|at the (?:end|start|beginning) of|when|while|before|after) (?:you )?(?:your |the |each |every )?(?:\w+ )?"
    + _OUTPUT
    + r"?(?:answering|responding)?,? )?"
    r"(?:please |also |always |never |do not |don't |bitte )?(?:add|include|append|insert|integrate|incorporate|embed|write|rewrite|"
    r"replace|remove|omit|use|respond|answer|reply|output|print|say|state|mention|begin|start|end|finish|conclude|repeat|translate|"
    r"encode|modify|change|format|make|keep|give|provide|füge|schreib\w*|ersetz\w*|antwort\w*|erwähn\w*|beginn\w*|beende\w*)\b",
    re.IGNORECASE,
)
