"""Short replies of a language model: in words, and where those are not what was asked for, as JSON of one schema.

Words come first: small models were measured so, and JSON costs them tokens and, at times, the language (docs/design/models.md). Whether a
server keeps to a schema is learnt from its first reply and remembered: one that refuses it, or takes it and writes something
else than JSON, is asked in words alone from then on. A JSON reply that was cut says nothing of the server.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from metier.models.completion import Completion, Request, SchemaRefused, ask
from metier.stages import LanguageModel
from metier.types import Usage


@dataclass(frozen=True, slots=True)
class Form:
    """Two ways to ask for one short text: in words alone, and for JSON that holds it as `field`."""

    plain: Sequence[Mapping[str, str]]
    structured: Sequence[Mapping[str, str]]
    field: str
    max_tokens: int
    choices: Sequence[str] = ()  # the texts there are, where not any text is one
    more_tokens: int = 16  # for the brackets and the name of the field

    def schema(self) -> Mapping[str, object]:
        """The JSON schema of the reply."""
        text: dict[str, object] = {"type": "string"}
        if self.choices:
            text["enum"] = list(self.choices)
        return {
            "type": "object",
            "properties": {self.field: text},
            "required": [self.field],
            "additionalProperties": False,
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, and what it cost."""

    text: str
    usage: Usage


class Replies:
    """Asks one language model for short texts (temperature 0), and remembers what it keeps to."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._keeps_to_schema = True  # until it shows that it does not
        self._lock = threading.Lock()
        self._spent = Usage()

    @property
    def spent(self) -> Usage:
        """What all replies until now used and cost, also those that were of no use."""
        return self._spent

    def reply(self, form: Form, seed: int, is_good: Callable[[str], bool]) -> Reply:
        """The reply in words if it is good, else the text of one in JSON, else the words as they are. Raises ModelUnavailable if the
        model fails."""
        plain = self.plain(form, seed)
        if is_good(plain.text):
            return plain
        found = self.structured(form, seed)
        if found is None:
            return plain
        return Reply(found.text or plain.text, plain.usage + found.usage)

    def structured(self, form: Form, seed: int) -> Reply | None:
        """The text from JSON, empty if none came; None where the server takes no schema. Raises ModelUnavailable."""
        if not self._keeps_to_schema:
            return None
        pieces = ask(self._model, self._request(form, form.structured, seed, form.schema()))
        try:
            whole = "".join(pieces)
        except SchemaRefused:
            self._keeps_to_schema = False
            return None
        text = _field(whole, form)
        self._keeps_to_schema = text is not None or whole.lstrip().startswith("{")
        return Reply(text or "", self._paid(pieces))

    def plain(self, form: Form, seed: int) -> Reply:
        """The whole of what is written when asked in words alone. Raises ModelUnavailable."""
        pieces: Completion = ask(self._model, self._request(form, form.plain, seed, None))
        return Reply("".join(pieces), self._paid(pieces))

    def _paid(self, pieces: Completion) -> Usage:
        used = pieces.consumed()
        with self._lock:
            self._spent += used
        return used

    def _request(
        self,
        form: Form,
        messages: Sequence[Mapping[str, str]],
        seed: int,
        schema: Mapping[str, object] | None,
    ) -> Request:
        most = form.max_tokens if schema is None else form.max_tokens + form.more_tokens
        return Request(messages, most, 0.0, seed, schema)


def _field(whole: str, form: Form) -> str | None:
    """The text in the JSON, None if it is none or no such text."""
    try:
        found = json.loads(whole)
    except ValueError:
        return None
    text = found.get(form.field) if isinstance(found, dict) else None
    return text if isinstance(text, str) and (not form.choices or text in form.choices) else None
