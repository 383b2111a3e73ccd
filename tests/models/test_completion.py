"""Completions: text passes through, usage is kept, the rest of a chunk is understood."""

from collections.abc import Iterator

import pytest

from metier.models.completion import (
    Completion,
    Scored,
    Spent,
    delta_text,
    error_text,
    scored_from,
    spent_from,
)
from metier.types import Usage


def test_text_passes_and_usage_is_priced() -> None:
    completion = Completion(iter(["a", "", Spent(1000, 50, 900), "b"]), 2.0, 8.0)
    assert list(completion) == ["a", "b"]
    assert completion.usage == Usage(1000, 50, pytest.approx(0.0024))
    assert completion.cached_tokens == 900


def test_closing_ends_the_producer() -> None:
    ended: list[bool] = []

    def produce() -> Iterator[str | Spent]:
        try:
            yield "a"
            yield "b"
        finally:
            ended.append(True)

    completion = Completion(produce())
    assert next(completion) == "a"
    completion.close()
    assert ended == [True]
    assert list(completion) == []
    assert completion.usage is None


@pytest.mark.parametrize(
    ("chunk", "text"),
    [
        ({"choices": [{"delta": {"content": "hi"}}]}, "hi"),
        ({"choices": [{"delta": {"role": "assistant", "content": None}}]}, ""),
        ({"choices": [{"delta": {"reasoning_content": "hmm"}}]}, ""),
        ({"choices": [{"message": {"content": "whole"}}]}, "whole"),
        ({"choices": []}, ""),
        ("nonsense", ""),
    ],
)
def test_delta_text(chunk: object, text: str) -> None:
    assert delta_text(chunk) == text


@pytest.mark.parametrize(
    ("chunk", "text"),
    [
        ({"error": {"message": "too long", "code": 400}}, "too long"),
        ({"error": "plain"}, "plain"),
        ({"error": {}}, "unnamed error"),
        ({"choices": []}, ""),
    ],
)
def test_error_text(chunk: object, text: str) -> None:
    assert error_text(chunk) == text


def test_spent_from_reads_what_engines_report() -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 5}}
    assert spent_from(usage) == Spent(7, 3, 5)
    assert spent_from({"prompt_tokens": None}) == Spent(0, 0, 0)
    assert spent_from(None) is None


def test_what_is_not_reported_is_estimated_and_priced() -> None:
    completion = Completion(iter(["abcde"]), 1_000_000, 2_000_000, asked_characters=400)
    assert completion.consumed() == Usage()
    assert list(completion) == ["abcde"]
    assert completion.consumed() == Usage(100, 2, 104.0)


def test_scored_tokens_are_no_text() -> None:
    completion = Completion(iter([Scored((-0.1,)), "a", Scored((-0.2, -0.3))]))
    assert list(completion) == ["a"]
    assert completion.logprobs == [-0.1, -0.2, -0.3]


@pytest.mark.parametrize(
    "chunk",
    [{}, {"choices": []}, {"choices": [{"logprobs": None}]}, {"choices": [{"logprobs": {"content": None}}]},
     {"choices": [{"logprobs": {"content": [{"token": "a"}]}}]}],
)  # fmt: skip
def test_a_chunk_without_log_probabilities_has_none(chunk: object) -> None:
    assert scored_from(chunk) is None
