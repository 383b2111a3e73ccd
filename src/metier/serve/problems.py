"""Every error of every door as one shape: RFC 9457 problem details with what happened and what to do next.

The members are type, title, status, detail and `next` (what to do); under /v1 there is besides an `error` object,
because OpenAI clients look for one. A traceback never reaches a client: unexpected errors are logged and answered with a
plain 500.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from metier.errors import Busy, ModelUnavailable, UserError

log = logging.getLogger("metier.serve")

RETRY_SECONDS = 2  # about one answer of a small local model; sooner would only meet the same full house

SECURITY_HEADERS: Mapping[str, str] = {
    # Everything comes from this server; blob: is for page pictures, which are fetched with the asker's name in a header.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Problem(Exception):
    """An answer that is an error: status, a name that stays the same between versions, what happened, what to do."""

    def __init__(
        self,
        status: int,
        name: str,
        title: str,
        detail: str,
        next_step: str,
        headers: Mapping[str, str] | None = None,
        errors: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.name, self.title, self.detail, self.next_step = (
            status,
            name,
            title,
            detail,
            next_step,
        )
        self.headers = dict(headers or {})
        self.errors = errors

    def body(self, path: str = "") -> dict[str, Any]:
        """The JSON members (RFC 9457, section 3), with an `error` object for OpenAI clients under /v1."""
        body: dict[str, Any] = {
            "type": f"urn:metier:problem:{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "next": self.next_step,
        }
        if self.errors:
            body["errors"] = self.errors
        if path.startswith("/v1/"):
            body["error"] = {
                "message": f"{self.detail} {self.next_step}".strip(),
                "type": self.name,
                "code": self.name,
            }
        return body

    def response(self, path: str = "") -> JSONResponse:
        """The HTTP response, with the headers every response of ours carries."""
        headers = {**SECURITY_HEADERS, "Cache-Control": "no-store", **self.headers}
        return JSONResponse(self.body(path), self.status, headers, media_type="application/problem+json")


def not_found(what: str) -> Problem:
    """404 for things that are not there or that this user may not see: the two must look alike."""
    return Problem(
        404,
        "not-found",
        "Not found",
        f"{what} does not exist, or you may not see it.",
        "Check the id and the user.",
    )


def overloaded() -> Problem:
    """503 when everything that may run and wait is taken."""
    return Problem(
        503,
        "overloaded",
        "Too many requests at once",
        "All places for running and waiting requests are taken.",
        f"Try again in {RETRY_SECONDS} seconds.",
        {"Retry-After": str(RETRY_SECONDS)},
    )


def unexpected() -> Problem:
    """500 for our own mistakes; the log has the traceback."""
    return Problem(
        500,
        "unexpected",
        "Something broke inside metier",
        "This is a defect of metier, not of your request.",
        "The server's log says what happened; please report it.",
    )


def problem_of(error: BaseException) -> Problem:
    """The problem that a client may know about, for anything raised while answering."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Busy):
        return Problem(409, "busy", "Busy", str(error), "Wait until the other work is done and try again.")
    if isinstance(error, ModelUnavailable):
        return Problem(
            503,
            "model-unavailable",
            "A model cannot be used now",
            str(error),
            "Start the model or try again later.",
        )
    if isinstance(error, UserError):
        return Problem(
            422, "not-possible", "This cannot be done", str(error), "Change the request as the detail says."
        )
    return unexpected()


def install(app: FastAPI) -> None:
    """Makes every error of the app a problem response."""
    for kind in (Problem, UserError):
        app.add_exception_handler(kind, _known)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unknown)


async def _known(request: Request, error: Exception) -> JSONResponse:
    return problem_of(error).response(request.url.path)


async def _unknown(request: Request, error: Exception) -> JSONResponse:
    # Starlette raises the error again after this response, so the server logs the traceback.
    return unexpected().response(request.url.path)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    path = request.url.path
    if error.status_code == 404:
        problem = Problem(
            404,
            "no-such-address",
            phrase,
            f"There is nothing at {path}.",
            "The addresses are at /api/v1/openapi.json.",
        )
    elif error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        problem = Problem(
            405,
            "wrong-method",
            phrase,
            f"{path} does not take {request.method}.",
            f"Use {allowed}.",
            error.headers,
        )
    else:
        problem = Problem(
            error.status_code, "http", phrase, str(error.detail), "Change the request.", error.headers
        )
    return problem.response(path)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [
        {
            "where": ".".join(str(part) for part in item["loc"]),
            "what": str(item["msg"]).removeprefix("Value error, "),
        }
        for item in error.errors()
    ]
    detail = "; ".join(f"{item['where']}: {item['what']}" for item in errors[:5])
    problem = Problem(
        422,
        "invalid-request",
        "The request is not valid",
        detail,
        "Send a JSON body with Content-Type: application/json and correct the places named under `errors`.",
        errors=errors,
    )
    return problem.response(request.url.path)
