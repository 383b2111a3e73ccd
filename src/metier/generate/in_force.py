"""Leaves out what an amendment or a newer version says otherwise: "39 hours" where "from 2026: 35 hours" is there too.

Versions of whole documents are told by the reranker (`Evidence.superseded_by`); an amendment changes single clauses, so
it is compared sentence by sentence. What it does not know: amendments that say it in quite other words, or without
naming in their title the document they change.
"""

import re
from collections.abc import Sequence

from metier.generate.candidates import Candidate
from metier.text.analyze import content_set, fold
from metier.text.entities import names
from metier.text.language import german_or_english

_AMENDS = re.compile(
    r"\b(?:amend\w*|addend\w*|supplement\w*|nachtrag\w*|änderung\w*|ergänzung\w*)", re.IGNORECASE
)
# Who asks for the past is told the past, each in their own language: the German "was" is no past.
_PAST = {
    language: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for language, words in {
        "en": r"before|previous\w*|former\w*|earlier|old(?:er)?|used to|until|originally?|was|were|had",
        "de": r"bisher\w*|früher\w*|vorher\w*|zuvor|alte[rnsm]?|ehemal\w*|ursprünglich\w*|damals|galt\w*|war|waren",
    }.items()
}
# "between A Ltd and B Ltd, effective 1 February" shares most of its words with any clause that names both, and changes none.
_PARTIES = re.compile(r"^\W*(?:between|by and between|zwischen)\b", re.IGNORECASE)
_ALIKE = 0.6  # of the words of the shorter sentence, numbers left out; paraphrases of a clause keep about two thirds
_ALIKE_COUNTED = 0.4  # where both count the same thing and come to another number
_LEAST_WORDS = 2
_COUNTED = re.compile(r"(\d[\d.,]*)\s+([^\W\d_]{4,})")


def in_force(question: str, language: str, options: Sequence[Candidate]) -> list[Candidate]:
    """The options without those that a newer one, of an amendment or of the version in force, replaces."""
    if _PAST[german_or_english(language)].search(question):
        return list(options)
    documents: dict[str, list[Candidate]] = {}
    for item in options:
        documents.setdefault(item.passage.document, []).append(item)
    newer: dict[str, list[Candidate]] = {}  # sentences of the documents that replace this one
    for document, (one, *_) in documents.items():
        newer[document] = [
            item for others in documents.values() if _replaces(others[0], one) for item in others
        ]
    return [item for item in options if not _is_replaced(item, question, newer[item.passage.document])]


def _is_replaced(item: Candidate, question: str, newer: Sequence[Candidate]) -> bool:
    if item.passage.version_date[:4] and item.passage.version_date[:4] in question:
        return False
    return any(_says_otherwise(other, item) and not _is_of_others(other, item, question) for other in newer)


def _is_of_others(new: Candidate, old: Candidate, question: str) -> bool:
    """True if the newer sentence is said of an organisation of which neither the older text nor the question speaks: "Staff of
    X Ltd file their claims within 60 days" changes nothing for the others."""
    spoken = fold(f"{question} {old.passage.title} {old.passage.text}")
    named = (span for span in names(new.text, new.language) if span.kind == "organisation")
    return any(fold(span.text) not in spoken for span in named)


def _replaces(new: Candidate, old: Candidate) -> bool:
    """True if the document of `new` is the version in force of the document of `old`, or an amendment to it."""
    if new.passage.document == old.passage.document:
        return False
    if old.evidence.superseded_by:
        return new.passage.uri == old.evidence.superseded_by
    later = new.passage.version_date > old.passage.version_date > ""
    undated = not old.passage.version_date or not new.passage.version_date
    if not (later or undated) or not _AMENDS.search(f"{new.passage.title} {new.passage.uri}"):
        return False
    words = content_set(old.passage.title, old.language)
    return bool(words) and words <= content_set(new.passage.title, new.language)


def _says_otherwise(new: Candidate, old: Candidate) -> bool:
    """True if both sentences are about the same and differ in a number, or in a word or two."""
    one, other = new.plain_words, old.plain_words
    shared = one & other
    if len(shared) < _LEAST_WORDS or _PARTIES.match(new.text):
        return False
    alike = _ALIKE_COUNTED if _counts_otherwise(new, old) else _ALIKE
    if len(shared) < alike * min(len(one), len(other)):
        return False
    return new.words != old.words


def _counts_otherwise(new: Candidate, old: Candidate) -> bool:
    """True if both say how many there are of one thing, and not the same number: "100 credit hours", "120 credit hours"."""
    one, other = (
        {word.lower(): number for number, word in _COUNTED.findall(item.text)} for item in (new, old)
    )
    return any(word in other and other[word] != number for word, number in one.items())
