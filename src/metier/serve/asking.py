"""POST /api/v1/ask, GET /api/v1/answers/{id}, GET /api/v1/starters, POST /api/v1/feedback."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from metier.serve.desk import asker, desk_of
from metier.serve.problems import Problem, not_found, problem_of
from metier.serve.streaming import Asking
from metier.serve.wire import ANSWER, FEEDBACK, STATEMENT, TRACE, AskBody, FeedbackBody, event, json_response
from metier.settings import Settings
from metier.types import Access, Answer, Feedback, Statement, Trace

router = APIRouter(prefix="/api/v1", tags=["answers"])


@router.post("/ask", response_model=None, responses={200: {"model": Answer}})
async def ask(request: Request, body: AskBody) -> Response:
    """The answer; with `"stream": true` or `Accept: text/event-stream` as server-sent events."""
    desk, user = desk_of(request), asker(request).principal
    if body.stream or "text/event-stream" in request.headers.get("accept", ""):
        asking = await Asking.begin(
            desk, body.question, user, body.turns(), request.is_disconnected, body.asked_of()
        )
        return StreamingResponse(_events(asking), media_type="text/event-stream")
    answer = await desk.asking.run(
        lambda: desk.system.ask(body.question, user, body.turns(), filter=body.asked_of()),
        request.is_disconnected,
    )
    return json_response(ANSWER, answer)


@router.get("/starters")
async def starters(request: Request) -> JSONResponse:
    """At most four examples of the scope that the asker is answered; where a language model answers, the first four unasked."""
    desk, access = desk_of(request), asker(request)
    return JSONResponse({"starters": await run_in_threadpool(desk.starters.of, access)})


async def _events(asking: Asking) -> AsyncIterator[bytes]:
    async for item in asking.events():
        if isinstance(item, Statement):
            yield event("statement", STATEMENT.dump_json(item))
        elif isinstance(item, Answer):
            yield event("done", ANSWER.dump_json(item))
        else:
            yield event("problem", json.dumps(problem_of(item).body()).encode())


@router.get("/answers/{answer_id}", response_model=None, responses={200: {"model": Answer}})
async def answer(request: Request, answer_id: str, explain: bool = False) -> Response:
    """The answer again, for whoever asked; with `explain=true` the whole trace: question, pool, draft, findings."""
    desk, access = desk_of(request), asker(request)
    trace = await run_in_threadpool(desk.system.trace, answer_id, access.principal)
    if trace is None:
        raise not_found(f"The answer {answer_id!r}")
    if not _still_open(trace, access, desk.system.settings):
        raise Problem(
            403,
            "access-changed",
            "This answer is closed to you now",
            "It was made with documents or groups that are no longer open to you.",
            "Ask the question again.",
        )
    if explain:
        return json_response(TRACE, _without_closed_drafts(trace, access, desk.system.settings))
    return json_response(ANSWER, trace.answer)


def _still_open(trace: Trace, access: Access, settings: Settings) -> bool:
    """False if the asker has lost a group, or a document that was cited, considered or shown a figure of has been closed to them,
    since the answer was made: an abstention names titles of what was considered, and the trace all of it."""
    answer = trace.answer
    cited = [citation for statement in answer.statements for citation in statement.citations]
    cited += [citation for conflict in answer.conflicts for citation in conflict.citations]
    uris = {citation.uri for citation in cited} | {str(passage["uri"]) for passage in trace.pool}
    uris |= {item.uri for item in answer.figures}
    kept = access.groups.issuperset(trace.groups)
    return kept and all(access.allows(settings.groups_of(uri)) for uri in uris)


def _without_closed_drafts(trace: Trace, access: Access, settings: Settings) -> Trace:
    """The trace without what a generator drafted from documents that the asker may not see: the checks keep it from
    answers, and it must not come out beside them."""

    def is_closed(statement: Statement) -> bool:
        return not all(access.allows(settings.groups_of(citation.uri)) for citation in statement.citations)

    samples = (
        replace(sample, left_out=tuple(item for item in sample.left_out if not is_closed(item)))
        for sample in trace.samples
        if not any(map(is_closed, sample.statements))
    )
    trace = replace(trace, samples=tuple(samples))
    if trace.draft is None:
        return trace
    closed = {statement.id for statement in trace.draft.statements if is_closed(statement)}
    drafted = tuple(statement for statement in trace.draft.statements if statement.id not in closed)
    found = tuple(finding for finding in trace.findings if finding.statement not in closed)
    return replace(trace, draft=replace(trace.draft, statements=drafted), findings=found)


@router.post("/feedback", response_model=None, status_code=201, responses={201: {"model": list[Feedback]}})
async def feedback(request: Request, body: FeedbackBody | list[FeedbackBody]) -> Response:
    """The stored rows, for one row or a list of rows about answers this user got."""
    desk, user = desk_of(request), asker(request).principal
    bodies = body if isinstance(body, list) else [body]

    def add() -> list[Feedback]:
        for answer_id in {row.answer for row in bodies}:
            if desk.system.trace(answer_id, user) is None:
                raise not_found(f"The answer {answer_id!r}")
        rows = [row.model_dump(exclude_defaults=True) | {"value": row.value} for row in bodies]
        return desk.system.add_feedback(rows, user)

    return json_response(FEEDBACK, await run_in_threadpool(add), 201)
