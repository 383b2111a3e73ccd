"""The whole web application over one System: the API, the OpenAI door, and the page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.staticfiles import StaticFiles

from metier.serve import asking, library, openai_door, page, problems, workspace
from metier.serve.desk import open_desk
from metier.serve.guard import Guard
from metier.serve.ingesting import Ingesting

if TYPE_CHECKING:
    from metier.system import System


def create_app(system: "System", ingest: Ingesting | None = None, workers: int = 1) -> FastAPI:
    """The application, ready for any ASGI server on a loopback address; one of `workers` processes, and the ingest of
    another one where there are several."""
    desk = open_desk(system, ingest, workers)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(desk.ingest.close)

    app = FastAPI(
        title="metier",
        version=version("metier"),
        lifespan=lifespan,
        # The interactive pages of FastAPI load their scripts from a CDN; the plain description needs nothing.
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.desk = desk
    problems.install(app)
    app.add_middleware(Guard)
    for room in (asking, library, workspace, openai_door, page):
        app.include_router(room.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    return app
