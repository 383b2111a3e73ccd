"""When a request may go to a server: counted by a clock that tests turn."""

import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.models.pacing import Limits, MustWait, Pace, reset_after, retry_after, waiting_at_most

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


def paced(limits: Limits) -> tuple[Pace, Clock]:
    clock = Clock()
    return Pace(limits, clock, clock.sleep), clock


def go(pace: Pace, tokens: int = 1) -> None:
    with pace.turn() as turn:
        turn.go(tokens)


@given(st.lists(st.floats(0, 40), max_size=40), st.integers(1, 5))
def test_no_minute_holds_more_requests_than_the_limit(gaps: list[float], most: int) -> None:
    pace, clock = paced(Limits(requests_per_minute=most, wait_s=61))
    sent = []
    for gap in gaps:
        clock.now += gap
        go(pace)
        sent.append(clock.now)
    assert all(late - early >= 60 - 1e-6 for early, late in zip(sent, sent[most:], strict=False))


def test_tokens_are_counted_as_they_may_be_and_corrected_by_what_they_were() -> None:
    pace, clock = paced(Limits(tokens_per_minute=1000, wait_s=100))
    with pace.turn() as turn:
        turn.go(900)
        turn.used(100)
    go(pace, 900)
    assert clock.slept == []
    go(pace, 900)
    assert clock.slept == [60.0]
    go(pace, 5000)  # more than the limit: it goes when it is the only one
    assert clock.slept == [60.0, 60.0]


def test_a_question_waits_no_longer_than_its_time_for_all_its_requests() -> None:
    pace, clock = paced(Limits(requests_per_minute=1, wait_s=1))
    go(pace)
    with pytest.raises(MustWait, match="1 requests a minute are allowed: 60 s more"):
        go(pace)
    with waiting_at_most(90):
        go(pace)
        with pytest.raises(MustWait):
            go(pace)
    assert clock.slept == [60.0]


def test_what_remains_by_the_server_is_kept() -> None:
    pace, clock = paced(Limits(wait_s=100))
    pace.heard({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1.5s"}, NOON)
    go(pace)
    pace.heard({"x-ratelimit-remaining-tokens": "500", "x-ratelimit-reset-tokens": "6s"}, NOON)
    go(pace, 400)
    assert clock.slept == [1.5]
    go(pace, 400)
    assert clock.slept == [1.5, 6.0]
    pace.heard({"x-ratelimit-remaining-requests": "0"}, NOON)  # it does not say until when
    go(pace)
    assert clock.slept == [1.5, 6.0]


def test_where_the_server_says_how_much_there_is_its_share_of_the_reset_is_waited() -> None:
    pace, clock = paced(Limits(wait_s=100))
    requests = {"limit": "60", "remaining": "0", "reset": "60s"}
    pace.heard({f"x-ratelimit-{name}-requests": value for name, value in requests.items()}, NOON)
    go(pace)
    tokens = {"limit": "1000", "remaining": "200", "reset": "8"}
    pace.heard({f"x-ratelimit-{name}-tokens": value for name, value in tokens.items()}, NOON)
    go(pace, 600)
    assert clock.slept == [1.0, 4.0]


def test_a_pause_that_the_server_asks_one_request_for_holds_for_all_and_is_waited_once() -> None:
    pace, clock = paced(Limits(wait_s=10))
    with pace.turn() as turn:
        turn.go(1)
        clock.sleep, slept = lambda seconds: None, clock.slept  # type: ignore[method-assign]
        pace.sleep = slept.append
        turn.pause(4, is_for_all=True)
        turn.go(1)
    assert slept == [4]
    with pytest.raises(MustWait, match="the server asked for a pause"), waiting_at_most(1):
        go(pace)


def test_a_place_among_concurrent_requests_is_waited_for_and_given_back() -> None:
    pace = Pace(Limits(concurrent=1, wait_s=10))
    inside, most, lock = 0, 0, threading.Lock()

    def ask() -> None:
        nonlocal inside, most
        with pace.turn() as turn:
            turn.go(1)
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.02)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    with pace.turn(), waiting_at_most(0), pytest.raises(MustWait, match="on their way"), pace.turn():
        pass


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0), ("7.5", 7.5), ("6m0s", 360.0), ("250ms", 0.25), ("1h2m3s", 3723.0), ("2m59.56s", 179.56),
        (str(int(NOON.timestamp()) + 9), 9.0), (str((int(NOON.timestamp()) + 9) * 1000), 9.0),
        ("Sat, 28 Nov 2026 12:00:30 GMT", 30.0), ("Sat, 28 Nov 2026 11:00:00 GMT", 0.0),
        ("", None), ("soon", None), ("-3", None), ("nan", None), ("5 apples", None),
    ],
)  # fmt: skip
def test_every_way_to_write_a_reset(text: str, seconds: float | None) -> None:
    found = reset_after(text, NOON)
    assert found == (seconds if seconds is None else pytest.approx(seconds))


def test_how_long_a_busy_server_wants_one_to_wait() -> None:
    assert retry_after({"retry-after-ms": "250", "retry-after": "9"}, NOON) == 0.25
    assert retry_after({"retry-after": "Sat, 28 Nov 2026 12:00:30 GMT"}, NOON) == 30
    limits = {
        "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2s",
        "x-ratelimit-remaining-tokens": "10", "x-ratelimit-reset-tokens": "1m",
    }  # fmt: skip
    assert retry_after(limits, NOON) == 2
    assert retry_after({}, NOON) == 0
