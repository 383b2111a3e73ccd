"""A language model words a question as documents would: "who gives the green light to a new vendor?" -> "who approves a new vendor?".

Words and vectors find what is said alike; a picture or a colloquial word is not. The model may only offer another wording: what
asks of other names or numbers is not used, and whether the wording is answered is decided by what is found for it.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from metier.errors import ModelUnavailable
from metier.models.structured import Form, Replies, Reply
from metier.stages import LanguageModel
from metier.text.kept import keeps_names_and_numbers
from metier.text.language import LANGUAGE_NAMES
from metier.types import Query, Reworded, Usage

_MOST_TOKENS = 60
_FIELD = "question"
_INSTRUCTIONS = (
    "You turn an employee's question into the question as the company's policies, contracts, manuals and price lists would "
    "word it: plain nouns and verbs of such texts instead of colloquial words and pictures. Keep names, numbers, dates and the "
    "language. Keep exactly what is asked for. One line, nothing else."
)
_TRANSLATION = (
    "You turn an employee's question into the question as a company's policies, contracts, manuals and price lists in {language} would "
    "word it. Keep names, numbers and dates. Keep exactly what is asked for. One line in {language}, nothing else."
)
_EXAMPLES = (
    (
        "I'm laid up with a cold, who needs to hear about it?",
        "Who must be notified in case of sickness absence?",
    ),
    ("Wo krieg ich einen Chip, damit ich morgens reinkomme?", "Wo wird die Zutrittskarte ausgegeben?"),
    (
        "How long can my boss sit on my claim for the train ride?",
        "Within what period must a travel expense claim be approved by the line manager?",
    ),
    (
        "Was passiert, wenn mir der Firmenwagen gestohlen wird?",
        "Was ist bei Diebstahl des Dienstwagens zu tun?",
    ),
)


class Reworder:
    """Asks the model; the same wording for the same question (temperature 0, fixed seed)."""

    def __init__(self, model: LanguageModel, seed: int = 7) -> None:
        self._replies = Replies(model)
        self._seed = seed

    def reword(self, query: Query) -> Reworded:
        """The question in other words; empty text where the model is not to be had, says the same or asks of something else."""
        return self._worded(query, _form(query.text))

    def translate(self, query: Query, language: str) -> Reworded:
        """The question as documents in that language (ISO 639-1) would word it, to be searched beside it; empty as above, and where the
        language has no name here."""
        name = LANGUAGE_NAMES.get(language, "")
        return (
            replace(self._worded(query, _translation(query.text, name)), besides=True)
            if name
            else Reworded("")
        )

    def _worded(self, query: Query, form: Form) -> Reworded:
        try:
            reply = self._replies.reply(form, self._seed, _is_question)
        except ModelUnavailable:
            reply = Reply("", Usage())
        lines = reply.text.strip().splitlines()
        text = lines[0].strip(" \"'-*") if lines else ""
        is_other = text.casefold().strip(" ?.") != query.text.casefold().strip(" ?.")
        kept = text if is_other and keeps_names_and_numbers(query.text, text) else ""
        return Reworded(kept, reply.usage)


def _is_question(reply: str) -> bool:
    """False for what talks about the question instead: "Sure, here it is:"."""
    return reply.strip().partition("\n")[0].rstrip(" \"'").endswith("?")


def _form(question: str) -> Form:
    return Form(_messages(question, str), _messages(question, _as_json), _FIELD, _MOST_TOKENS)


def _translation(question: str, language: str) -> Form:
    told = [
        {"role": "system", "content": _TRANSLATION.format(language=language)},
        {"role": "user", "content": question},
    ]
    return Form(told, told, _FIELD, _MOST_TOKENS)


def _as_json(text: str) -> str:
    return json.dumps({_FIELD: text}, ensure_ascii=False)


def _messages(question: str, written: Callable[[str], str]) -> Sequence[dict[str, str]]:
    found = [{"role": "system", "content": _INSTRUCTIONS}]
    for asked, worded in _EXAMPLES:
        found += [{"role": "user", "content": asked}, {"role": "assistant", "content": written(worded)}]
    return [*found, {"role": "user", "content": question}]
