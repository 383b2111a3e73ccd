"""GET /api/v1/status, /api/v1/releases; POST and DELETE /api/v1/ingest."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from metier.serve.desk import asker, desk_of
from metier.serve.problems import not_found
from metier.serve.wire import RELEASES, IngestBody
from metier.types import LedgerCount, State

if TYPE_CHECKING:
    from metier.system import System

router = APIRouter(prefix="/api/v1", tags=["workspace"])

IN_FLIGHT = (State.RECEIVED, State.IN_FLIGHT, State.PARSED, State.INDEXED)


@router.get("/status")
async def status(request: Request) -> JSONResponse:
    """The ledger in numbers with its conservation law, the running ingest, the live release, the canary, and who you are."""
    desk, access = desk_of(request), asker(request)
    count = await run_in_threadpool(desk.system.count)
    view = await run_in_threadpool(desk.ingest.view, access)
    canary = await run_in_threadpool(desk.system.canary)
    settings = desk.system.settings
    principal = settings.principal(access.principal)
    return JSONResponse(
        {
            "purpose": settings.purpose,
            "language": settings.language,
            "user": {"id": principal.id, "name": principal.name, "groups": sorted(principal.groups)},
            "release": desk.system.release.id,
            "canary": None if canary is None else canary.as_json(),
            "ledger": ledger(count),
            "ingest": view,
        }
    )


def ledger(count: LedgerCount) -> dict[str, Any]:
    """The count as JSON; `law` adds up to `received`, with everything not finished as in_flight."""
    states = {state.value: count.states.get(state, 0) for state in State}
    law = {"in_flight": sum(states[state] for state in IN_FLIGHT)}
    law |= {name: number for name, number in states.items() if name not in IN_FLIGHT}
    return {
        "version": count.version,
        "received": count.received,
        "law": law,
        "holds": count.received == sum(law.values()),
        "states": states,
        "reasons": dict(count.reasons),
    }


@router.post("/ingest", status_code=202)
async def ingest(request: Request, body: IngestBody | None = None) -> JSONResponse:
    """Starts to refresh all sources (or the given paths) in the background; progress is in /status. 409 while one runs."""
    desk, access = desk_of(request), asker(request)
    paths = [Path(path) for path in body.paths] if body is not None else []

    def start() -> None:
        for path in paths:
            if not desk.system.may_ingest(path, access.principal):
                raise not_found(f"The path {str(path)!r}")
        desk.ingest.start(paths)

    await run_in_threadpool(start)
    return JSONResponse(await run_in_threadpool(desk.ingest.view, access), 202)


@router.delete("/ingest", status_code=202)
async def stop_ingest(request: Request) -> JSONResponse:
    """Asks the running ingest to stop; what is in hand is finished, the rest resumes with the next ingest."""
    desk, access = desk_of(request), asker(request)
    await run_in_threadpool(desk.ingest.stop)
    return JSONResponse(await run_in_threadpool(desk.ingest.view, access), 202)


@router.get("/releases", response_model=None)
async def releases(request: Request) -> JSONResponse:
    """All releases of the workspace; which one is live, and how the one is doing that is the canary, or was last."""
    asker(request)
    return JSONResponse(await run_in_threadpool(_releases, desk_of(request).system))


def _releases(system: "System") -> list[dict[str, Any]]:
    canary, live = system.canary(), system.live_release()
    tried = {} if canary is None else {canary.canary.release: canary.as_json()}
    rows: list[dict[str, Any]] = RELEASES.dump_python(system.releases(), mode="json")
    return [row | {"live": row["id"] == live, "canary": tried.get(row["id"])} for row in rows]
