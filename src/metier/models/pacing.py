"""When a request may go to a server: the limits of the settings, and what the server itself says of its own.

Requests and tokens are counted over the last 60 seconds, so no minute ever holds more than the limit, whenever it begins. What a
request will write is not known before: it is counted with all it may write, and corrected by what it did. Nobody waits longer
than is left for the question; whoever would have to is told so at once.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from re import compile as pattern

UNATTENDED_WAIT_S = 90.0  # for what nobody waits for: longer than the minute that limits are counted in
_MINUTE_S = 60.0
_LOOK_S = 0.25  # between two looks for a place among concurrent requests
_EPOCH_S = 1_000_000_000  # a reset beyond this is a point in time, not a duration
_KINDS = ("requests", "tokens")
_DURATION = pattern(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class MustWait(Exception):
    """It would have to wait longer than there is time."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class _Budget:
    left_s: float


_BUDGET: ContextVar[_Budget | None] = ContextVar("metier_waiting", default=None)


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """All requests of this thread inside wait no longer than that together, for their turn and before another try."""
    token = _BUDGET.set(_Budget(seconds))
    try:
        yield
    finally:
        _BUDGET.reset(token)


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one server; 0 = none. `wait_s`: most seconds that a request waits which no question sets a limit for."""

    requests_per_minute: int = 0
    tokens_per_minute: int = 0
    concurrent: int = 0
    wait_s: float = 10.0


NO_LIMITS = Limits()


@dataclass
class _Sent:
    at: float
    tokens: int


@dataclass
class _Allowance:
    """What a server said it still takes, of requests or tokens; without limits until it says so."""

    left: float = math.inf
    at: float = 0.0
    reset_s: float = 0.0  # until all of it is there again
    whole: float = 0.0  # all of it; 0 = not said

    def wait_s(self, needed: float, now: float) -> float:
        """Seconds until so much is there: the share of the reset that it is of what was used up. A server that gives back all at once
        refuses meanwhile, and says how long."""
        if needed <= self.left:
            return 0.0
        share = min(1.0, (needed - self.left) / (self.whole - self.left)) if self.whole > self.left else 1.0
        return self.at + self.reset_s * share - now

    def take(self, used: float) -> None:
        self.left = max(0.0, self.left - used)


class Turn:
    """One request and its further tries, in the pace of its server."""

    def __init__(self, pace: "Pace", budget: _Budget) -> None:
        self._pace = pace
        self._budget = budget
        self._sent: _Sent | None = None
        self._paused_until = 0.0

    @property
    def left_s(self) -> float:
        """What it may still wait."""
        return self._budget.left_s

    def go(self, tokens: int) -> None:
        """Waits until a request of so many tokens (at most) may go. Raises MustWait where that takes too long."""
        while isinstance(found := self._pace.free(tokens, self._paused_until), tuple):
            self.wait(*found)
        self._sent = found

    def used(self, tokens: int) -> None:
        """What the request used in truth."""
        if self._sent is not None:
            self._sent.tokens = tokens

    def pause(self, seconds: float, is_for_all: bool) -> None:
        """Waits before another try; no other request is let through meanwhile if the server asked for the pause. Raises MustWait."""
        if is_for_all:
            self._paused_until = self._pace.close(seconds)
        self.wait(seconds, "the server asked for a pause")

    def wait(self, seconds: float, reason: str) -> None:
        """Waits, if there is time. Raises MustWait."""
        if seconds > self._budget.left_s:
            raise MustWait(f"{reason}: {seconds:.0f} s more, and a question waits no longer")
        self._budget.left_s -= seconds
        self._pace.sleep(seconds)


class Pace:
    """The requests to one server; safe to share between threads."""

    def __init__(
        self,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.sleep = sleep
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._places = threading.Semaphore(limits.concurrent) if limits.concurrent else None
        self._sent: deque[_Sent] = deque()
        self._pause_until = 0.0
        self._allowed = {kind: _Allowance() for kind in _KINDS}

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """A place among the concurrent requests. Raises MustWait where none is free in time."""
        turn = Turn(self, _BUDGET.get() or _Budget(self._limits.wait_s))
        if (places := self._places) is None:
            yield turn
            return
        while not places.acquire(blocking=False):
            turn.wait(_LOOK_S, f"{self._limits.concurrent} requests are on their way already")
        try:
            yield turn
        finally:
            places.release()

    def free(self, tokens: int, paused_until: float = 0.0) -> _Sent | tuple[float, str]:
        """The request, noted as sent; or how long it must wait, and why. `paused_until`: the pause that it waited for itself."""
        with self._lock:
            now = self._clock()
            wait_s, reason = max(self._waits(tokens, now, paused_until))
            if wait_s > 0:
                return wait_s, reason
            self._sent.append(_Sent(now, tokens))
            for kind, used in zip(_KINDS, (1, tokens), strict=True):
                self._allowed[kind].take(used)
            return self._sent[-1]

    def close(self, seconds: float) -> float:
        """Lets nobody through for so long; until when."""
        with self._lock:
            self._pause_until = max(self._pause_until, self._clock() + seconds)
            return self._pause_until

    def heard(self, headers: Mapping[str, str], now: datetime) -> None:
        """What the server says of its limits in x-ratelimit-*: where too little remains, requests wait for more."""
        for kind in _KINDS:
            left, reset_s = _remaining(headers, kind, now)
            if left is None:
                continue
            whole = _number(headers.get(f"x-ratelimit-limit-{kind}", "")) or 0.0
            with self._lock:
                self._allowed[kind] = _Allowance(left, self._clock(), reset_s, whole)

    def _waits(self, tokens: int, now: float, paused_until: float) -> Iterator[tuple[float, str]]:
        while self._sent and self._sent[0].at <= now - _MINUTE_S:
            self._sent.popleft()
        yield 0.0, ""
        if self._pause_until > paused_until:
            yield self._pause_until - now, "the server asked for a pause"
        for kind, needed in zip(_KINDS, (1, tokens), strict=True):
            yield self._allowed[kind].wait_s(needed, now), f"the server allows no more {kind} yet"
        if (most := self._limits.requests_per_minute) and len(self._sent) >= most:
            yield self._sent[-most].at + _MINUTE_S - now, f"{most} requests a minute are allowed"
        if most := self._limits.tokens_per_minute:
            yield self._until_fewer(most - tokens, now), f"{most} tokens a minute are allowed"

    def _until_fewer(self, tokens: int, now: float) -> float:
        """Seconds until the last minute holds no more than that; what is larger than the limit goes alone."""
        held, wait_s = sum(one.tokens for one in self._sent), 0.0
        for one in self._sent:
            if held <= tokens:
                break
            held -= one.tokens
            wait_s = one.at + _MINUTE_S - now
        return wait_s


def retry_after(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds that a server which is busy asks to wait, 0 where it says nothing of it."""
    if (milliseconds := _number(headers.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    told = headers.get("retry-after", "")
    if (seconds := reset_after(told, now)) is not None:
        return seconds
    limits = (_remaining(headers, kind, now) for kind in _KINDS)
    return max((reset_s for left, reset_s in limits if left == 0), default=0.0)


def reset_after(text: str, now: datetime) -> float | None:
    """Seconds of "7", "7.5", "6m0s", "250ms", a point in time in seconds or milliseconds, or an HTTP date; None for anything else."""
    text = text.strip().lower()
    if (number := _number(text)) is not None:
        while number > _EPOCH_S * 100:  # milliseconds
            number /= 1000
        return max(0.0, number - now.timestamp()) if number > _EPOCH_S else number
    if text and not _DURATION.sub("", text):
        return sum(float(amount) * _UNITS[unit] for amount, unit in _DURATION.findall(text))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp())


def _remaining(headers: Mapping[str, str], kind: str, now: datetime) -> tuple[float | None, float]:
    """What remains of requests or tokens (None: nothing is said) and the seconds until all are there again."""
    remaining = _number(headers.get(f"x-ratelimit-remaining-{kind}", ""))
    return remaining, reset_after(headers.get(f"x-ratelimit-reset-{kind}", ""), now) or 0.0


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None
