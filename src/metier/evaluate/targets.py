"""Systems under test as one function, case -> reply: somebody's Python function, or a URL.

A URL that ends in `/chat/completions` or `/v1` is asked as OpenAI's chat API is; any other one gets `{"question": ...}`
and answers with the small contract of `replies.py`, or with an answer of metier. A metier workspace is opened by the
caller, who alone may construct one (`metier.api`).
"""

import inspect
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from metier.errors import UserError
from metier.evaluate.replies import BadReply, Reply, as_reply
from metier.evaluate.run import Ask, SystemFailure
from metier.evaluate.suites import DEFAULT_USER
from metier.types import Case

_CONNECT_S = 5.0
_RETRY = frozenset({401, 403, 408, 425, 429, 500, 502, 503, 504})  # 401 and 403: a key may be put right
_MOST_BYTES = 8 << 20  # of one answer
_USER_ID = re.compile(r"[!-~]{1,200}")  # what may stand in a header


@dataclass(frozen=True, slots=True)
class Target:
    """Something to evaluate: its name in reports, how to ask it, and what is known of its state."""

    name: str
    ask: Ask
    about: Mapping[str, str]
    now: Callable[[], Mapping[str, str]] | None = (
        None  # what is known of it later; None = nothing else than before
    )

    def about_now(self) -> Mapping[str, str]:
        """What is known of its state now."""
        return self.about if self.now is None else self.now()


def callable_target(system: Callable[..., object], name: str = "") -> Target:
    """A function of the question, or of (question, user) if it has a parameter `user`."""
    try:
        takes_user = "user" in inspect.signature(system).parameters
    except (TypeError, ValueError):  # some builtins have no signature
        takes_user = False

    def ask(case: Case) -> object:
        user = None if case.user == DEFAULT_USER else case.user
        return system(case.question, user=user) if takes_user else system(case.question)

    told = name or str(getattr(system, "__qualname__", type(system).__name__))
    return Target(told, ask, {"kind": "function"})


def url_target(
    url: str,
    *,
    model: str = "default",
    key_env: str = "",
    timeout_s: float = 120.0,
    environment: Mapping[str, str] | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Target:
    """A system behind an http(s) URL. Raises UserError if it is no URL, holds a key, or the key's variable is not set."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError(f"{url!r} is no http(s) URL, e.g. http://127.0.0.1:8000/ask")
    if parts.username or parts.password:
        raise UserError(
            "a URL must not hold a key; put it into an environment variable and name that as key_env"
        )
    headers = {"Accept": "application/json"}
    if key_env:
        key = (os.environ if environment is None else environment).get(key_env, "").strip()
        if not key:
            raise UserError(f"the environment variable {key_env} (key_env) is not set; set it to the key")
        headers["Authorization"] = f"Bearer {key}"
    path = parts.path.rstrip("/")
    is_chat = path.endswith(("/chat/completions", "/v1"))
    if path.endswith("/v1"):
        url = parts._replace(path=f"{path}/chat/completions").geturl()
    client = httpx.Client(
        timeout=httpx.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
        headers=headers,
        trust_env=not _is_loopback(parts.hostname),  # a proxy set for the internet does not know this machine
        follow_redirects=False,  # it would carry the key to somebody nobody named
        transport=transport,
    )
    body = _chat_body if is_chat else _small_body
    read = _chat_reply if is_chat else as_reply

    def ask(case: Case) -> Reply:
        asker = (
            {"X-Metier-User": case.user}
            if case.user != DEFAULT_USER and _USER_ID.fullmatch(case.user)
            else {}
        )
        return read(_post(client, url, body(case, model), asker))

    about = {"kind": "chat" if is_chat else "json", "model": model if is_chat else ""}
    return Target(parts._replace(query="", fragment="").geturl(), ask, about)


def _small_body(case: Case, model: str) -> dict[str, Any]:
    return {"question": case.question}


def _chat_body(case: Case, model: str) -> dict[str, Any]:
    messages = [{"role": "user", "content": case.question}]
    return {"model": model, "messages": messages, "temperature": 0, "stream": False}


def _chat_reply(value: object) -> Reply:
    """The Reply in a chat completion; metier's own door adds its whole answer as `metier`."""
    if isinstance(value, Mapping):
        if isinstance(own := value.get("metier"), Mapping):
            return as_reply(own)
        try:
            content = value["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError):
            content = 0
        if content is None or isinstance(content, str):
            return as_reply(content)
    raise BadReply("expected a chat completion with choices[0].message.content")


def _post(client: httpx.Client, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> object:
    try:
        with client.stream("POST", url, json=body, headers=headers) as response:
            data = b""
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > _MOST_BYTES:
                    raise BadReply(f"an answer of more than {_MOST_BYTES >> 20} MB")
    except httpx.TimeoutException as error:
        raise SystemFailure("timeout", type(error).__name__, retry=True) from None
    except httpx.HTTPError as error:
        raise SystemFailure("connection", f"{type(error).__name__}: {error}", retry=True) from None
    status = response.status_code
    if status != 200:
        detail = data[:300].decode("utf-8", "replace")
        raise SystemFailure(f"http_{status}", detail, retry=status in _RETRY)
    try:
        return httpx.Response(200, content=data).json()
    except ValueError:
        raise BadReply(f"not JSON: {data[:80]!r}") from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
