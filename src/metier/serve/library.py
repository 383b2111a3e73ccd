"""GET /api/v1/documents, documents/{id} and documents/{id}/pages/{n}.png: only what the asker may see."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from metier.serve.desk import asker, desk_of
from metier.serve.problems import RETRY_SECONDS, Problem, not_found
from metier.serve.wire import DOCUMENT, ENTRIES
from metier.types import Block, Document, Failure, State

EVERYTHING = 10_000_000  # rows: more documents than one ledger holds

router = APIRouter(prefix="/api/v1/documents", tags=["documents"])


@router.get("")
async def documents(
    request: Request,
    state: State | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    count: bool = False,
) -> JSONResponse:
    """One page of the ledger; `next` is the offset of the following page, or null.

    `count=true` adds `visible`: how many documents (in any state) are open to the asker.
    """
    desk, user = desk_of(request), asker(request).principal
    entries = await run_in_threadpool(desk.system.documents, user, state, limit + 1, offset)
    shown = ENTRIES.dump_python(entries[:limit], mode="json")
    following = offset + limit if len(entries) > limit else None
    view = {"documents": shown, "limit": limit, "offset": offset, "next": following}
    if count:
        everything = await run_in_threadpool(desk.system.documents, user, None, EVERYTHING)
        view["visible"] = len(everything)
    return JSONResponse(view)


@router.get("/{document_id}")
async def document(
    request: Request,
    document_id: str,
    start: Annotated[int | None, Query(ge=0)] = None,
    end: Annotated[int | None, Query(ge=0)] = None,
    words: bool = False,
) -> JSONResponse:
    """What was read from one document: text, pages, blocks; `words=true` adds every word with its box.

    `start` and `end` (code points) cut text and blocks down to that range; `text_start` says where `text` begins.
    """
    desk, user = desk_of(request), asker(request).principal
    found = await run_in_threadpool(desk.system.document, user, document_id)
    if found is None:
        raise not_found(f"The document {document_id!r}")
    return JSONResponse(await run_in_threadpool(_view, found, start, end, words))


@router.get("/{document_id}/pages/{number}.png", response_class=Response)
async def page_picture(
    request: Request,
    document_id: str,
    number: Annotated[int, Path(ge=1, le=1_000_000)],
    scale: Annotated[float, Query(ge=0.25, le=4)] = 1.5,
) -> Response:
    """A PNG of one page; `scale` is pixels per point."""
    desk, user = desk_of(request), asker(request).principal
    picture = await desk.drawing.run(lambda: desk.system.page_png(user, document_id, number, scale))
    if picture is None:
        raise not_found(f"Page {number} of the document {document_id!r}")
    if isinstance(picture, Failure):
        raise _not_drawn(picture)
    return Response(picture, media_type="image/png")


def _not_drawn(failure: Failure) -> Problem:
    title = "The page cannot be shown as a picture"
    if failure.retry:
        later = {"Retry-After": str(RETRY_SECONDS)}
        return Problem(503, "picture-not-now", title, failure.detail, "Try again in a moment.", later)
    return Problem(
        422, "no-picture", title, failure.detail, "Read the page's text from the document instead."
    )


def _view(document: Document, start: int | None, end: int | None, words: bool) -> Mapping[str, Any]:
    low = min(start or 0, len(document.text))
    high = len(document.text) if end is None else min(max(end, low), len(document.text))
    view = replace(
        document,
        text=document.text[low:high],
        blocks=tuple(block for block in document.blocks if _touches(block, low, high)),
    )
    shown = DOCUMENT.dump_python(view, mode="json")
    for page, out in zip(document.pages, shown["pages"], strict=True):
        out["words"] = [asdict(word) for word in page.words] if words else []
    return {**shown, "text_start": low, "length": len(document.text)}


def _touches(block: Block, low: int, high: int) -> bool:
    return block.start < high and block.end > low
