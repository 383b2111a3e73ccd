"""POST /v1/chat/completions and GET /v1/models: the unmodified `openai` client gets the cited answer.

The last user message is the question, earlier exchanges are its history. System messages and sampling settings are
accepted and do nothing: what the job is stands in metier.yaml. Which documents are asked may stand in a `metier` member of the
request, as `filter`. The whole Answer is the `metier` member of the response,
in a stream of the chunk with the finish reason.
"""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from metier.serve.desk import asker, desk_of
from metier.serve.problems import Problem, not_found, problem_of
from metier.serve.streaming import Asking
from metier.serve.transcript import Transcript
from metier.serve.wire import ANSWER, MAX_QUESTION, MAX_TURN, MAX_TURNS, ChatBody
from metier.types import Answer, Statement, Turn

router = APIRouter(prefix="/v1", tags=["openai"])

MODEL = "metier"
_MARKER = re.compile(r"(?: ?\[\d+\])+")


@router.get("/models")
async def models(request: Request) -> JSONResponse:
    """The one model there is: this workspace."""
    asker(request)
    return JSONResponse({"object": "list", "data": [_model()]})


@router.get("/models/{name}")
async def model(request: Request, name: str) -> JSONResponse:
    """The workspace as a model."""
    asker(request)
    if name != MODEL:
        raise not_found(f"The model {name!r}")
    return JSONResponse(_model())


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": "metier"}


@router.post("/chat/completions", response_model=None)
async def chat(request: Request, body: ChatBody) -> Response:
    """A chat completion, or with `"stream": true` its chunks."""
    question, history = conversation(body)
    desk, user = desk_of(request), asker(request).principal
    asking = await Asking.begin(desk, question, user, history, request.is_disconnected, body.asked_of())
    script = Transcript(str(request.base_url), desk.system.settings.language)
    head = {"created": int(datetime.now(UTC).timestamp()), "model": MODEL}
    if body.stream:
        with_usage = bool(body.stream_options and body.stream_options.include_usage)
        return StreamingResponse(
            _chunks(request, asking, script, head, user, with_usage), media_type="text/event-stream"
        )
    async for item in asking.events():
        if isinstance(item, Statement):
            script.say(item)
        elif isinstance(item, Answer):
            script.close(item)
            usage = await run_in_threadpool(_usage, request, item, user)
            return JSONResponse(_completion(item, script, usage) | head)
        else:
            raise item
    raise AssertionError("an asking always ends with an answer or an error")


def conversation(body: ChatBody) -> tuple[str, tuple[Turn, ...]]:
    """The question and the earlier exchanges. Raises the 422 problem if there is no question at the end."""
    spoken = [
        (item.role, item.text().strip()) for item in body.messages if item.role in ("user", "assistant")
    ]
    if not spoken or spoken[-1][0] != "user" or not spoken[-1][1]:
        raise _invalid(
            "The last message is not a question of the user.", "End `messages` with a user message of text."
        )
    question = spoken[-1][1]
    if len(question) > MAX_QUESTION:
        raise _invalid(
            f"The question has {len(question)} characters, {MAX_QUESTION} are the limit.",
            "Ask a shorter question.",
        )
    turns = [
        Turn(first[1][:MAX_TURN], _MARKER.sub("", second[1])[:MAX_TURN])
        for first, second in pairwise(spoken)
        if (first[0], second[0]) == ("user", "assistant")
    ]
    return question, tuple(turns[-MAX_TURNS:])


def _invalid(detail: str, next_step: str) -> Problem:
    return Problem(422, "invalid-request", "The request is not valid", detail, next_step)


def _completion(answer: Answer, script: Transcript, usage: dict[str, int]) -> dict[str, Any]:
    message = {
        "role": "assistant",
        "content": script.text,
        "refusal": None,
        "annotations": script.annotations(answer),
    }
    return {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": usage,
        "metier": ANSWER.dump_python(answer, mode="json"),
    }


def _usage(request: Request, answer: Answer, user: str) -> dict[str, int]:
    """Tokens as logged with the answer; zeros are true when no language model was asked."""
    trace = desk_of(request).system.trace(answer.id, user)
    spent = trace.draft.usage if trace is not None and trace.draft is not None else None
    completion = spent.completion_tokens if spent is not None else 0
    prompt = spent.prompt_tokens if spent is not None else max(answer.tokens - completion, 0)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


async def _chunks(
    request: Request, asking: Asking, script: Transcript, head: dict[str, Any], user: str, with_usage: bool
) -> AsyncIterator[bytes]:
    # The id of the answer is known at its end only, and all chunks of a stream must carry the same one.
    head = {"id": f"chatcmpl-{id(asking):x}{head['created']:x}", "object": "chat.completion.chunk"} | head
    yield _chunk(head, {"role": "assistant", "content": ""})
    async for item in asking.events():
        if isinstance(item, Statement):
            yield _chunk(head, {"content": script.say(item)})
        elif isinstance(item, Answer):
            if rest := script.close(item):
                yield _chunk(head, {"content": rest})
            last = {"metier": ANSWER.dump_python(item, mode="json")}
            yield _chunk(head | last, {"annotations": script.annotations(item)}, "stop")
            if with_usage:
                usage = await run_in_threadpool(_usage, request, item, user)
                yield _data(head | {"choices": [], "usage": usage})
        else:
            yield _data(problem_of(item).body("/v1/"))
            return
    yield b"data: [DONE]\n\n"


def _chunk(head: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> bytes:
    return _data(
        head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]}
    )


def _data(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"
