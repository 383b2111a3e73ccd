"""Greetings and "what can you do?": nothing to look up, and no reason to say that the documents are silent."""

import re

from metier.types import Abstention, Outcome, Query, Settled

_ENGLISH = (
    r"(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|how are you|thanks?(?: you)?(?: very much| a lot)?|thx|bye|goodbye|test|testing)"
    r"(?: there| all| everybody| metier| again)?|"
    r"(?:please )?help(?: me)?|who are you|what are you|what is this|what can (?:you|this|i) (?:do|ask)(?: you| here)*|"
    r"how (?:does this|do you) work|what do you (?:know|do)|what can you (?:help|tell) me(?: with)?"
)
_GERMAN = (
    r"(?:hallo|moin(?: moin)?|servus|grüß gott|guten (?:morgen|tag|abend)|wie geht(?:'s| es (?:dir|ihnen))|danke(?: schön| sehr)?|vielen dank|"
    r"tschüss|auf wiedersehen)(?: zusammen| allerseits| metier)?|"
    r"hilfe|(?:bitte )?hilf mir|wer (?:bist du|sind sie)|was bist du|was ist das(?: hier)?|"
    r"was (?:kannst du|können sie|kann ich)(?: (?:hier|dich|sie|alles))*(?: fragen| tun| machen)?|wie funktioniert (?:das|dies)(?: hier)?|was (?:weißt|machst) du"
)
_TALK = re.compile(rf"(?:(?P<de>{_GERMAN})|(?:{_ENGLISH}))", re.IGNORECASE)
_AROUND = " \t,.;:!?-–…'\"👋🙂😀🙏"  # around the words
_EXAMPLES = 2

_WORDS = {
    "en": (
        "This system answers questions from the documents you may see, and cites the place of every sentence.",
        "Ask a question in a sentence",
        "for example",
        "Its job:",
    ),
    "de": (
        "Dieses System beantwortet Fragen aus den Dokumenten, die Sie sehen dürfen, und belegt jeden Satz mit seiner Stelle.",
        "Stellen Sie eine Frage in einem Satz",
        "zum Beispiel",
        "Seine Aufgabe:",
    ),
}


def small_talk(query: Query, purpose: str, examples: tuple[str, ...]) -> Settled | None:
    """What this is for and how to ask, where the text is a greeting or asks that; else None. `purpose` and `examples` (questions
    inside the scope) are the job's own."""
    found = _TALK.fullmatch(query.text.strip(_AROUND))
    if found is None:
        return None
    reason, ask, such_as, job = _WORDS["de" if found["de"] else "en"]
    shown = " ".join(f"“{one}”" for one in examples[:_EXAMPLES])
    hint = f"{ask}, {such_as}: {shown}" if shown else f"{ask}."
    told = f"{reason} {job} {purpose}" if purpose else reason
    return Settled(Outcome.ABSTAINED, abstention=Abstention(told, next=hint))
