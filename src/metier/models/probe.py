"""What a language model is good for on this machine: twenty questions through the product's own prompt (probes.py).

Twenty questions tell a usable model from an unusable one, no more: the intervals are wide, and are shown. Twenty hard ones more, for a
model that does well, tell whether it may decide by itself if passages answer.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from metier.models.completion import Completion
from metier.models.probes import HARD, PROBES, Probe
from metier.stages import Generator, LanguageModel
from metier.types import Estimate, Evidence, Passage, Query

_MISSED = 1  # of the hard questions of either kind: a 1.5B model misses more (docs/design/models.md)
_Z = 1.959964  # 97.5% point of the normal distribution: two-sided 95%


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """What came back for one probe."""

    question: str
    expected: str
    answer: str  # "" = abstained
    ok: bool


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """How a model did. Speeds are tokens per second; 0 where the engine reports no tokens."""

    model: str
    right: Estimate
    abstained: Estimate
    prompt_tokens_per_s: float
    generation_tokens_per_s: float
    first_token_s: float  # median
    answers: tuple[ProbeAnswer, ...]
    verdict: str

    @property
    def is_good(self) -> bool:
        """Whether it answers from passages at all, so that the hard questions are worth asking."""
        return _is_good(self.right.value, self.abstained.value)


@dataclass(frozen=True, slots=True)
class HardResult:
    """How a model did on the hard questions, and whether it may decide by itself if passages answer."""

    right: Estimate
    abstained: Estimate
    answers: tuple[ProbeAnswer, ...]
    decides: bool


def probe(
    model: LanguageModel,
    make_generator: Callable[[LanguageModel], Generator],
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    clock: Callable[[], float] = time.perf_counter,
) -> ProbeResult:
    """How the model does on PROBES behind the generator that the product uses.

    `make_generator` puts the model behind the product's prompt. Raises ModelUnavailable if the model fails.
    """
    timed = _Timed(model, clock)
    answers, right, abstained = _asked(PROBES, make_generator(timed), on_progress)
    prompt_speed, generation_speed, first = timed.speeds()
    verdict = _verdict(right.value, abstained.value, first)
    return ProbeResult(
        model.identity, right, abstained, prompt_speed, generation_speed, first, answers, verdict
    )


def probe_hard(
    generator: Generator, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> HardResult:
    """How the model behind this generator does on HARD; it may decide where it misses one answer and one silence at most. Raises
    ModelUnavailable if the model fails."""
    answers, right, abstained = _asked(HARD, generator, on_progress)
    missed = [round(share.n * (1 - share.value)) for share in (right, abstained)]
    return HardResult(right, abstained, answers, max(missed) <= _MISSED)


def _asked(
    probes: Sequence[Probe], generator: Generator, on_progress: Callable[[int, int], None]
) -> tuple[tuple[ProbeAnswer, ...], Estimate, Estimate]:
    """The answers, the share of right ones and the share of silences where nothing answers."""
    answers: list[ProbeAnswer] = []
    for number, item in enumerate(probes, start=1):
        answers.append(_ask(generator, item))
        on_progress(number, len(probes))
    asked = list(zip(probes, answers, strict=True))
    right = [answer.ok for item, answer in asked if item.answers]
    abstained = [answer.ok for item, answer in asked if not item.answers]
    return tuple(answers), wilson(sum(right), len(right)), wilson(sum(abstained), len(abstained))


def wilson(successes: int, n: int) -> Estimate:
    """Share of successes with its 95% interval (Wilson 1927); nothing known for n = 0."""
    if n == 0:
        return Estimate(0.0, 0.0, 1.0, 0)
    share = successes / n
    shrink = 1 + _Z**2 / n
    middle = (share + _Z**2 / (2 * n)) / shrink
    half = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / shrink
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half), n)


def _ask(generator: Generator, item: Probe) -> ProbeAnswer:
    draft = generator.generate(Query(item.question, item.language), _evidence(item))
    said = " ".join(statement.text for statement in draft.statements)
    if not item.answers:
        return ProbeAnswer(item.question, "(abstain)", said, not said)
    return ProbeAnswer(
        item.question, item.answers[0], said, any(holds(said, answer) for answer in item.answers)
    )


def holds(said: str, answer: str) -> bool:
    # not inside a longer number or word: "52" is not in "1,520"
    return re.search(rf"(?<![\w.,]){re.escape(answer)}(?!\w|[.,]\d)", said, re.IGNORECASE) is not None


def _evidence(item: Probe) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    for rank, text in enumerate(item.passages, start=1):
        heading, _, body = text.partition("\n")
        title, _, section = heading.partition(" > ")
        path = (title, section) if section else (title,)
        name = f"probe{rank}"
        passage = Passage(
            name, name, name, title, 1, 0, len(body), body, path, "text", item.language, "", ("probe",)
        )
        found.append(Evidence(passage, 1 / rank))
    return tuple(found)


def _is_good(right: float, abstained: float) -> bool:
    # Measured once each: a 1.5B model 12 and 11 of 12, a 135M model 3 of 12 with invented figures (DESIGN.md).
    return right >= 0.8 and abstained >= 0.75


def _verdict(right: float, abstained: float, first_s: float) -> str:
    speed = "" if first_s <= 10 else f" It needs {first_s:.0f} s before the first word on this machine."
    if _is_good(right, abstained):
        return f"Good for answering: it reads the passages and says when they are silent.{speed}"
    if right >= 0.8:
        return f"It reads the passages but answers when they are silent; the checks after it will drop more.{speed}"
    if abstained >= 0.75 and right >= 0.5:
        return f"Careful but incomplete: it often says nothing although the passages answer.{speed}"
    return f"Not good enough for answering from documents; use a larger model, or none.{speed}"


class _Timed:
    """A LanguageModel that remembers how long the model beneath it took."""

    def __init__(self, model: LanguageModel, clock: Callable[[], float]) -> None:
        self._model = model
        self._clock = clock
        self._runs: list[
            tuple[float, float, Completion]
        ] = []  # (until the first piece, after it, the completion)

    @property
    def identity(self) -> str:
        return self._model.identity

    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        begun = self._clock()
        pieces = self._model.complete(messages, max_tokens, temperature, seed)
        inner = pieces if isinstance(pieces, Completion) else Completion(pieces)
        return _Observed(inner, begun, self._clock, self._runs.append)

    def speeds(self) -> tuple[float, float, float]:
        """(prompt tokens/s, generated tokens/s, median seconds until the first piece)."""
        firsts = sorted(first for first, _, _ in self._runs)
        known = [(first, rest, run) for first, rest, run in self._runs if run.usage]
        read = sum((run.usage.prompt_tokens - run.cached_tokens) if run.usage else 0 for _, _, run in known)
        # the first token comes with the prompt, so it is not counted as generated afterwards
        written = sum(max(0, run.usage.completion_tokens - 1) if run.usage else 0 for _, _, run in known)
        reading_s = sum(first for first, _, _ in known)
        writing_s = sum(rest for _, rest, _ in known)
        return (
            read / reading_s if reading_s else 0.0,
            written / writing_s if writing_s else 0.0,
            firsts[len(firsts) // 2] if firsts else 0.0,
        )


class _Observed(Iterator[str]):
    """The pieces of a completion, timed; reports once, when it ends or is closed."""

    def __init__(
        self,
        inner: Completion,
        begun: float,
        clock: Callable[[], float],
        report: Callable[[tuple[float, float, Completion]], None],
    ) -> None:
        self._inner, self._begun, self._clock, self._report = inner, begun, clock, report
        self._first: float | None = None
        self._done = False

    def __next__(self) -> str:
        try:
            piece = next(self._inner)
        except StopIteration:
            self._finish()
            raise
        if self._first is None:
            self._first = self._clock()
        return piece

    def close(self) -> None:
        # the rest is read so that the usage arrives; answers are short
        for _ in self:
            pass
        self._inner.close()

    def _finish(self) -> None:
        if not self._done:
            self._done = True
            now = self._clock()
            first = self._first if self._first is not None else now
            self._report((first - self._begun, now - first, self._inner))
