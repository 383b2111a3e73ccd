"""The two pages, `/` and `/documents`: a shell rendered here, filled by the modules in static/ through the API.

Everything is escaped by Jinja or set as text by the scripts; nothing a document says becomes markup.
"""

import json
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from metier.serve.desk import desk_of
from metier.serve.words import choose, words

router = APIRouter(include_in_schema=False)

_templates = Environment(
    loader=PackageLoader("metier.serve"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@router.get("/")
async def ask_page(request: Request) -> HTMLResponse:
    """Where one asks."""
    return _render(request, "ask.html", "ask")


@router.get("/documents")
async def documents_page(request: Request) -> HTMLResponse:
    """What there is to be asked about, and what could not be read."""
    return _render(request, "documents.html", "documents")


def _render(request: Request, template: str, here: str) -> HTMLResponse:
    settings = desk_of(request).system.settings
    language = choose(request.headers.get("accept-language", ""), settings.language)
    spoken = words(language)
    users = [{"id": user.id, "name": user.name or user.id} for user in settings.users]
    boot: dict[str, Any] = {"language": language, "words": spoken, "users": users}
    page = _templates.get_template(template).render(
        w=spoken,
        language=language,
        purpose=settings.purpose,
        users=users,
        here=here,
        boot=json.dumps(boot, ensure_ascii=False),
        version=version("metier"),
    )
    return HTMLResponse(page, headers={"Vary": "Accept-Language"})
