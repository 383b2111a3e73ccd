"""The sentences around labels, rows and titles, in both languages and in two wordings each.

A question that is a frame filled with words of the documents can be put in the frame's other wording, or in the other language, by
taking the words out and filling them in again: a paraphrase, and a question in another language than its document, without a model.
"""

import re
from collections.abc import Mapping

Frame = Mapping[str, tuple[str, str]]  # language -> the usual wording, another one

FRAMES: Mapping[str, Frame] = {
    "line": {
        "en": ('What does "{title}" give as "{key}"?', 'I am looking for the "{key}" in "{title}". What is it?'),
        "de": ("Was nennt „{title}“ als {key}?", "Ich suche {key} in „{title}“. Was steht dort?"),
    },
    "cell": {
        "en": ('In "{title}", what is "{head}" for "{row}"?', '"{row}" in "{title}": what is the "{head}"?'),
        "de": (
            "Was steht in „{title}“ bei „{row}“ unter „{head}“?",
            "„{row}“ in „{title}“: was ist dort als „{head}“ angegeben?",
        ),
    },
    "value": {
        "en": ('In "{title}", what is given for "{row}"?', 'What does "{title}" say about "{row}"?'),
        "de": ("Was steht in „{title}“ bei „{row}“?", "Was sagt „{title}“ zu „{row}“?"),
    },
    "comparison": {
        "en": (
            'For which does "{title}" give the higher "{head}", "{one}" or "{two}"?',
            '"{one}" or "{two}": which is higher under "{head}" in "{title}"?',
        ),
        "de": (
            "Wofür nennt „{title}“ unter „{head}“ den höheren Wert, für „{one}“ oder für „{two}“?",
            "„{one}“ oder „{two}“: wo steht in „{title}“ unter „{head}“ mehr?",
        ),
    },
    "complete": {
        "en": (
            'Which entries does "{title}" list with "{value}" as "{head}"? Name all of them.',
            '"{value}" as "{head}" in "{title}": what are all the entries that have it?',
        ),
        "de": (
            "Bei welchen Einträgen steht in „{title}“ unter „{head}“ „{value}“? Nenne alle.",
            "„{value}“ unter „{head}“ in „{title}“: welche Einträge haben das? Bitte alle.",
        ),
    },
    "according": {
        "en": ('According to "{title}": {question}', '{question} Please look it up in "{title}".'),
        "de": ("Laut „{title}“: {question}", "{question} Bitte in „{title}“ nachsehen."),
    },
}  # fmt: skip

# Beginnings of questions made of sentences, and the same in other words; the clause that follows stays as it is.
_BEGINNINGS = (
    ("How much is ", "What is the amount of "), ("How high is ", "What is the level of "), ("How long is ", "What is the length of "),
    ("How much does ", "What sum does "), ("How many ", "What number of "), ("When does ", "On what date does "),
    ("When is ", "On what date is "), ("When was ", "On what date was "),
    ("Wie hoch ist ", "Welche Höhe hat "), ("Wie hoch sind ", "Welche Höhe haben "), ("Wie lang ist ", "Welche Länge hat "),
    ("Wie viele ", "Welche Anzahl "), ("Wann ", "An welchem Tag "),
)  # fmt: skip


def framed(name: str, language: str, **words: str) -> str:
    """The frame in its usual wording, filled."""
    return FRAMES[name][language][0].format(**words)


def paraphrased(question: str) -> str:
    """The question in other words, or as it is if none are known."""
    if (found := _read(question)) is None:
        return _begun_otherwise(question)
    name, language, words = found
    if name == "according":
        asked = words["question"]
        words = {**words, "question": _begun_otherwise(asked[:1].upper() + asked[1:])}
    return FRAMES[name][language][1].format(**words)


def in_other_language(question: str) -> str:
    """The question asked in German of an English document, and the other way round; labels and titles stay as they are in it.

    A question that is more than a frame cannot be put so, and comes back as it is."""
    found = _read(question)
    if found is None or found[0] == "according":
        return question
    name, language, words = found
    return framed(name, "de" if language == "en" else "en", **words)


def _begun_otherwise(question: str) -> str:
    for usual, other in _BEGINNINGS:
        if question.startswith(usual):
            return other + question[len(usual) :]
    return question


def _read(question: str) -> tuple[str, str, dict[str, str]] | None:
    """The frame, its language and the words in it, if the question is one in its usual wording."""
    for name, language, pattern in _PATTERNS:
        if match := pattern.fullmatch(question):
            return name, language, match.groupdict()
    return None


def _pattern(wording: str) -> re.Pattern[str]:
    """The wording with a group for each of its words; what stands in quotation marks holds none itself."""
    text = re.escape(wording).replace(r"\{", "{").replace(r"\}", "}")
    return re.compile(
        re.sub(
            r"\{(\w+)\}", lambda hole: _HOLES.get(hole.group(1), r"(?P<%s>[^\"„“]+)") % hole.group(1), text
        )
    )


_HOLES = {"question": r"(?P<%s>.+)"}
_PATTERNS = [
    (name, language, _pattern(wordings[0]))
    for name, frame in FRAMES.items()
    for language, wordings in frame.items()
]
