"""Short replies of a language model as JSON of one schema, where its server keeps to one; as plain text elsewhere.

Whether it does is learnt from the first reply and remembered. A server that refuses the schema, or takes it and writes something
else than JSON, is asked in words alone from then on. A JSON reply that was cut says nothing of the server.
"""

import json
import threading
from collections.abc import Mapping, Sequence
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

    def reply(self, form: Form, seed: int) -> Reply:
        """The text, from JSON where that is to be had. Raises ModelUnavailable if the model fails."""
        found = self.structured(form, seed)
        if found is not None and found.text:
            return found
        plain = self.plain(form, seed)
        return plain if found is None else Reply(plain.text, found.usage + plain.usage)

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
        return Request(messages, form.max_tokens, 0.0, seed, schema)


def _field(whole: str, form: Form) -> str | None:
    """The text in the JSON, None if it is none or no such text."""
    try:
        found = json.loads(whole)
    except ValueError:
        return None
    text = found.get(form.field) if isinstance(found, dict) else None
    return text if isinstance(text, str) and (not form.choices or text in form.choices) else None
