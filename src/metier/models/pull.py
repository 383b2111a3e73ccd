"""Fetching a model from the hub: only when a person said yes, resumable, checked by sha256.

The one place in metier that downloads anything, and nothing calls it but `metier model pull`.
"""

import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from metier.errors import UserError
from metier.models.catalog import PROFILES, profile_of
from metier.models.sources import HubFile, ModelFile, parse_hub, sha256_of, write_record

HUB_URL = "https://huggingface.co"  # HF_ENDPOINT, the hub's own variable, names a mirror
_TIMEOUT_S = 30.0
_BLOCK = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")

OnBytes = Callable[[int, int], None]  # (bytes done, bytes in all or 0 if unknown)


@dataclass(frozen=True, slots=True)
class _Plan:
    source: str
    url: str
    path: Path
    expected: str  # sha256 or ""

    @property
    def partial(self) -> Path:
        return self.path.with_name(self.path.name + ".part")

    @property
    def etag(self) -> Path:
        return self.path.with_name(self.path.name + ".part.etag")


def pull(
    name: str,
    folder: Path,
    consent: bool,
    on_bytes: OnBytes = lambda done, total: None,
    environment: Mapping[str, str] | None = None,
) -> ModelFile:
    """The pulled file; `name` is a profile's name or an `hf:OWNER/REPO/FILE` source.

    An interrupted download goes on where it stopped. The sha256 is compared with the catalogue's, else with the one
    the hub states, and recorded beside the file. Raises UserError without `consent`, if the hub cannot be reached, the
    disk is full, or the bytes are not the expected ones (they are deleted).
    """
    plan = _plan(name, folder, os.environ if environment is None else environment)
    if not consent:
        raise UserError(f"pulling {plan.source} downloads from {plan.url}; say yes (--yes) to allow it")
    try:
        plan.path.parent.mkdir(parents=True, exist_ok=True)
        stated = _download(plan, on_bytes)
        return _finish(plan, stated)
    except httpx.HTTPError as error:
        raise UserError(
            f"{plan.url} cannot be fetched ({type(error).__name__}: {error}); is this machine online? What was read is "
            f"kept: the same command goes on. Or fetch the file elsewhere, and use path:FILE in metier.yaml"
        ) from None
    except OSError as error:
        raise UserError(
            f"{plan.path.parent}: {error.strerror or error}; free space or choose another folder"
        ) from None


def _plan(name: str, folder: Path, environment: Mapping[str, str]) -> _Plan:
    profile = profile_of(name)
    if profile is None and not name.startswith("hf:"):
        known = ", ".join(item.name for item in PROFILES)
        raise UserError(f"unknown model {name!r}; metier knows {known}, and takes any hf:OWNER/REPO/FILE")
    source = profile.source if profile else name
    hub: HubFile = parse_hub(source)
    base = environment.get("HF_ENDPOINT", "").rstrip("/") or HUB_URL
    url = f"{base}/{hub.repo}/resolve/main/{hub.file}"
    return _Plan(source, url, hub.path(folder), profile.sha256 if profile else "")


def _download(plan: _Plan, on_bytes: OnBytes) -> str:
    """Brings the partial file to its full length; the sha256 the hub states, or ""."""
    have = plan.partial.stat().st_size if plan.partial.is_file() else 0
    headers = {"Accept-Encoding": "identity"}
    etag = plan.etag.read_text(encoding="ascii", errors="replace") if have and plan.etag.is_file() else ""
    if etag:
        # If the file on the hub changed since, it sends all of it instead of a piece that does not fit.
        headers |= {"Range": f"bytes={have}-", "If-Range": etag}
    with (
        httpx.Client(timeout=_TIMEOUT_S, follow_redirects=True) as client,
        client.stream("GET", plan.url, headers=headers) as response,
    ):
        stated = _stated_sha256(response)
        if response.status_code == 416:
            return stated  # nothing left to send: the partial file is whole
        if response.status_code not in (200, 206):
            raise UserError(_refused(plan, response.status_code))
        if response.status_code == 200:
            have = 0
        plan.etag.write_text(response.headers.get("etag", ""), encoding="ascii", errors="replace")
        total = have + int(response.headers.get("content-length") or 0)
        _check_space(plan, total - have)
        with plan.partial.open("ab" if have else "wb") as file:
            done = have
            for block in response.iter_bytes(_BLOCK):
                file.write(block)
                done += len(block)
                on_bytes(done, total)
            file.flush()
            os.fsync(file.fileno())
    return stated


def _finish(plan: _Plan, stated: str) -> ModelFile:
    actual = sha256_of(plan.partial)
    expected = plan.expected or stated
    if expected and actual != expected:
        plan.partial.unlink()
        plan.etag.unlink(missing_ok=True)
        raise UserError(
            f"{plan.url} has sha256 {actual[:12]}..., expected {expected[:12]}...; the download was deleted. Try again; "
            "if it happens twice, the file on the hub is another one than metier knows"
        )
    plan.partial.replace(plan.path)
    plan.etag.unlink(missing_ok=True)
    write_record(plan.path, plan.source, actual)
    return ModelFile(plan.path, actual)


def _stated_sha256(response: httpx.Response) -> str:
    """The hub names the sha256 of a large file as X-Linked-Etag, on the redirect or the answer itself."""
    for answer in (*response.history, response):
        value = str(answer.headers.get("x-linked-etag", "")).strip('W/"')
        if _SHA256.fullmatch(value):
            return value
    return ""


def _check_space(plan: _Plan, needed: int) -> None:
    free = shutil.disk_usage(plan.path.parent).free
    if needed > free:
        raise UserError(
            f"{plan.path.parent}: the download needs {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free; free space or set "
            "XDG_DATA_HOME to a larger disk"
        )


def _refused(plan: _Plan, status: int) -> str:
    if status == 404:
        return f"{plan.url} does not exist (HTTP 404); look up repository and file name on the hub"
    if status in (401, 403):
        return f"{plan.url} is not open to everybody (HTTP {status}); fetch it in a browser and use path:FILE"
    return f"{plan.url} answered HTTP {status}; try again later"
