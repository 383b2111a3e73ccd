"""The doorman in front of all routes: who may knock while there is no authentication, and how much they may bring.

Only this machine may ask, so a web page of somebody else must not be able to ask through the user's browser. Three checks
hold that without any secret: the Host header names this machine (against DNS rebinding), a request that changes
something comes from our own page or from no page at all (against cross-site request forgery), and there is no CORS.
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from metier.serve.problems import SECURITY_HEADERS, Problem

MAX_BODY_BYTES = 1 << 20  # the largest honest body is a conversation; 1 MiB is some 300 pages of text


def is_loopback(host: str) -> bool:
    """True if the name (without port) can only mean this machine."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware: refuses strangers and oversized bodies, and sets the security headers on every response."""

    def __init__(self, app: ASGIApp, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = _refusal(scope["method"], headers)
        if refusal is None and scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            body = await _read(receive, self.max_body_bytes, headers.get("content-length", ""))
            if body is None:
                refusal = _too_large(self.max_body_bytes)
            else:
                receive = _replay(body, receive)
        if refusal is not None:
            await refusal.response(scope["path"])(scope, receive, send)
            return
        await self.app(scope, receive, _with_headers(send, scope["path"]))


def _refusal(method: str, headers: Headers) -> Problem | None:
    host = headers.get("host", "")
    if not is_loopback(_name(host)):
        return Problem(
            403,
            "wrong-host",
            "Only this machine may ask",
            f"The Host header is {host!r}; until authentication is set up only localhost, 127.0.0.1 and [::1] are served.",
            "Open http://127.0.0.1 with the port that `metier serve` printed.",
        )
    if method in ("GET", "HEAD", "OPTIONS"):
        return None
    origin = headers.get("origin")
    from_elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    if from_elsewhere or (origin is not None and urlsplit(origin).netloc.lower() != host.lower()):
        return Problem(
            403,
            "wrong-origin",
            "Only our own page may ask",
            f"The request comes from a web page at {origin or 'another site'!r}, not from this server.",
            "Ask from the page of this server, or from a program that sends no Origin header.",
        )
    return None


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _too_large(limit: int) -> Problem:
    return Problem(
        413,
        "body-too-large",
        "The body is too large",
        f"A request may carry {limit} bytes.",
        "Send a shorter question, fewer earlier messages or fewer rows.",
        {"Connection": "close"},
    )


async def _read(receive: Receive, limit: int, declared: str) -> bytes | None:
    """The whole body, or None if it is larger than the limit."""
    if declared.isdigit() and int(declared) > limit:
        return None
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _with_headers(send: Send, path: str) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
            # Answers and documents depend on who asks and may be withdrawn, so nothing of them stays in a cache.
            headers.setdefault("Cache-Control", "no-cache" if path.startswith("/static/") else "no-store")
        await send(message)

    return sender
