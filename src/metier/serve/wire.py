"""The JSON that comes in and goes out. Bodies that come in are closed to unknown keys and have limits."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    field_validator,
    model_validator,
)
from starlette.responses import Response

from metier.errors import UserError
from metier.text.filters import read_filter
from metier.types import Answer, Document, Entry, Feedback, Filter, Release, Statement, Trace, Turn

MAX_QUESTION = 4000  # characters: two dense pages; more is a document, and belongs into the folder
MAX_TURN = 20_000  # characters of one earlier question or answer
MAX_TURNS = 20
MAX_GLOB = 500  # characters of a glob of a filter
MAX_DAY = 10

ANSWER = TypeAdapter(Answer)
STATEMENT = TypeAdapter(Statement)
TRACE = TypeAdapter(Trace)
DOCUMENT = TypeAdapter(Document)
ENTRIES = TypeAdapter(list[Entry])
FEEDBACK = TypeAdapter(list[Feedback])
RELEASES = TypeAdapter(list[Release])


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Body(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TurnBody(Body):
    """One earlier exchange."""

    question: str = Field(max_length=MAX_TURN)
    answer: str = Field(max_length=MAX_TURN)


Listed = Annotated[tuple[Annotated[str, Field(max_length=MAX_GLOB)], ...], BeforeValidator(_as_list)]


class FilterBody(Body):
    """Which documents a question is put to. `in` and `type` may be one text or several."""

    paths: Listed = Field(default=(), alias="in")
    types: Listed = Field(default=(), alias="type")
    since: str = Field(default="", max_length=MAX_DAY)
    until: str = Field(default="", max_length=MAX_DAY)
    as_of: str = Field(default="", max_length=MAX_DAY)

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        try:
            self.filter()
        except UserError as error:
            raise ValueError(str(error)) from None
        return self

    def filter(self) -> Filter | None:
        """As the system takes it."""
        return read_filter(self.paths, self.types, self.since, self.until, self.as_of)


class AskBody(Body):
    """POST /api/v1/ask."""

    question: str = Field(max_length=MAX_QUESTION)
    history: tuple[TurnBody, ...] = Field(default=(), max_length=MAX_TURNS)
    filter: FilterBody | None = None
    stream: bool = False

    @field_validator("question")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("the question is empty")
        return value.strip()

    def asked_of(self) -> Filter | None:
        """Which documents it is put to, as the system takes it."""
        return self.filter.filter() if self.filter else None

    def turns(self) -> tuple[Turn, ...]:
        """The earlier exchanges as the system takes them."""
        return tuple(Turn(turn.question, turn.answer) for turn in self.history)


class FeedbackBody(Body):
    """One row of POST /api/v1/feedback; who said it and when is added here, never taken from the client."""

    answer: str = Field(min_length=1, max_length=200)
    kind: Literal["thumb", "reason", "edit", "citation", "should_abstain", "expert_answer", "extraction"]
    value: Any
    statement: str = Field(default="", max_length=200)
    citation: str = Field(default="", max_length=200)


class IngestBody(Body):
    """POST /api/v1/ingest: all sources of metier.yaml, or only these paths of the server's machine.

    The system refuses paths outside of the sources, so that nobody has a file read that was not meant to be.
    """

    paths: tuple[str, ...] = Field(default=(), max_length=1000)

    @field_validator("paths")
    @classmethod
    def _are_paths(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not path.strip() or "\0" in path for path in value):
            raise ValueError("a path is empty or has a NUL character")
        return value


class ChatMessage(BaseModel):
    """One message of a chat; unknown keys are ignored, as clients send many."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = None

    def text(self) -> str:
        """The text of the message; parts of other kinds (pictures, sound) are left out."""
        if isinstance(self.content, str):
            return self.content
        parts: Sequence[dict[str, Any]] = self.content or ()
        return "\n".join(str(part["text"]) for part in parts if part.get("type") == "text" and "text" in part)


class StreamOptions(BaseModel):
    """What a streaming client wants besides."""

    include_usage: bool | None = None


class ChatExtra(Body):
    """What metier takes beside what the OpenAI API has."""

    filter: FilterBody | None = None


class ChatBody(BaseModel):
    """POST /v1/chat/completions. Sampling settings are accepted and ignored: the answer is the workspace's."""

    model: str = Field(default="metier", max_length=200)
    messages: list[ChatMessage] = Field(min_length=1, max_length=1000)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    metier: ChatExtra | None = None

    def asked_of(self) -> Filter | None:
        """Which documents it is put to, as the system takes it."""
        extra = self.metier.filter if self.metier else None
        return extra.filter() if extra else None


def json_response(adapter: TypeAdapter[Any], value: Any, status: int = 200) -> Response:
    """The value as JSON, the same for every door."""
    return Response(adapter.dump_json(value), status, media_type="application/json")


def event(name: str, data: bytes) -> bytes:
    """One server-sent event; JSON of ours has no line breaks, so one data line carries it."""
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
