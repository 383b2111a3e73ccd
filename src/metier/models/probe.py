"""What a language model is good for on this machine: twenty questions through the product's own prompt.

Twelve can be answered from the passages shown, eight cannot although the passages come close (another year, another
product, a thing nobody wrote down). English and German. All of it is invented here, so no model has read it before.
Twenty questions tell a usable model from an unusable one, no more: the intervals are wide, and are shown.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from metier.models.completion import Completion
from metier.stages import Generator, LanguageModel
from metier.types import Estimate, Evidence, Passage, Query

_Z = 1.959964  # 97.5% point of the normal distribution: two-sided 95%


@dataclass(frozen=True, slots=True)
class Probe:
    """One question: `answers` are accepted spellings; none means that the passages do not say."""

    question: str
    language: str
    passages: tuple[str, ...]
    answers: tuple[str, ...] = ()


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


_TRAVEL = (
    "Travel policy > Hotels\nHotel costs are reimbursed up to 135 EUR per night in Germany and 180 EUR per night abroad. "
    "Breakfast is not reimbursed separately. Bookings above the limit need the approval of the cost centre manager."
)
_TRAVEL_TRAINS = (
    "Travel policy > Trains\nTrain tickets are booked in second class. First class is allowed for journeys of more than "
    "four hours. Receipts must be handed in within 21 days after the journey."
)
_PUMP = (
    "Product sheet HX-40\nThe pump HX-40 delivers 38 litres per minute at 6 bar. Its seal must be replaced every "
    "2,500 operating hours. The pump HX-55 delivers 52 litres per minute at 6 bar."
)
_REPORT = (
    "Annual report 2024 > Revenue\nRevenue rose from 41.2 million EUR in 2023 to 44.9 million EUR in 2024. The service "
    "division contributed 12.3 million EUR in 2024. The number of employees fell to 318."
)
_CONTRACT = (
    "Supply agreement > Termination\nEither party may terminate this agreement with three months' notice to the end of a "
    "quarter. The supplier is Norvik Castings Ltd. Late delivery costs 0.5% of the order value per week, at most 5%."
)
_LEAVE = (
    "Betriebsvereinbarung > Urlaub\nVollzeitbeschäftigte erhalten 29 Urlaubstage im Kalenderjahr. Resturlaub verfällt am "
    "31. März des Folgejahres. Urlaubsanträge genehmigt die Teamleitung innerhalb von fünf Arbeitstagen."
)
_REMOTE = (
    "Betriebsvereinbarung > Mobiles Arbeiten\nMobiles Arbeiten ist an bis zu drei Tagen pro Woche möglich. Am Dienstag "
    "besteht Anwesenheitspflicht. Aus dem Ausland darf nicht mobil gearbeitet werden."
)
_PRICES = (
    "Preisliste 2025 > Wartung\nDer Wartungsvertrag Basis kostet 240 EUR im Jahr. Der Wartungsvertrag Plus kostet 410 EUR "
    "im Jahr und enthält zwei Vor-Ort-Termine. Anfahrten werden mit 0,85 EUR je Kilometer berechnet."
)
_MINUTES = (
    "Protokoll der Sitzung vom 14. Mai 2025\nFrau Okonjo stellte das Projekt Lagerumbau vor. Der Umbau beginnt am "
    "1. September 2025 und kostet voraussichtlich 780.000 EUR. Herr Brandl prüft die Statik bis Ende Juni."
)

PROBES: tuple[Probe, ...] = (
    Probe(
        "How much does the company pay for a hotel night in Germany?",
        "en",
        (_TRAVEL, _TRAVEL_TRAINS),
        ("135",),
    ),
    Probe(
        "When may I travel first class by train?", "en", (_TRAVEL, _TRAVEL_TRAINS), ("four hours", "4 hours")
    ),
    Probe("How many days do I have to hand in receipts?", "en", (_PUMP, _TRAVEL_TRAINS), ("21",)),
    Probe("How often does the seal of the HX-40 need replacing?", "en", (_PUMP, _REPORT), ("2,500", "2500")),
    Probe("What flow rate does the HX-55 reach?", "en", (_PUMP, _CONTRACT), ("52",)),
    Probe("What was the revenue in 2024?", "en", (_REPORT, _CONTRACT), ("44.9",)),
    Probe(
        "What is the notice period of the supply agreement?",
        "en",
        (_CONTRACT, _TRAVEL),
        ("three months", "3 months"),
    ),
    Probe("Wie viele Urlaubstage stehen Vollzeitkräften zu?", "de", (_LEAVE, _REMOTE), ("29",)),
    Probe("Wann verfällt der Resturlaub?", "de", (_LEAVE, _PRICES), ("31. März", "31.03")),
    Probe("An welchem Tag muss ich im Büro sein?", "de", (_REMOTE, _LEAVE), ("Dienstag",)),
    Probe("Was kostet der Wartungsvertrag Plus pro Jahr?", "de", (_PRICES, _MINUTES), ("410",)),
    Probe("Wer prüft die Statik?", "de", (_MINUTES, _REMOTE), ("Brandl",)),
    Probe("How much is reimbursed for a taxi ride?", "en", (_TRAVEL, _TRAVEL_TRAINS)),
    Probe("How much does the pump HX-40 weigh?", "en", (_PUMP, _REPORT)),
    Probe("What was the revenue in 2022?", "en", (_REPORT, _CONTRACT)),
    Probe("Who signed the supply agreement?", "en", (_CONTRACT, _REPORT)),
    Probe("Wie viele Urlaubstage erhalten Auszubildende?", "de", (_LEAVE, _REMOTE)),
    Probe("Was kostet der Wartungsvertrag Premium?", "de", (_PRICES, _LEAVE)),
    Probe("Wann ist der Lagerumbau abgeschlossen?", "de", (_MINUTES, _PRICES)),
    Probe("Wer bezahlt den Internetanschluss bei mobiler Arbeit?", "de", (_REMOTE, _LEAVE)),
)


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
    generator = make_generator(timed)
    answers: list[ProbeAnswer] = []
    for number, item in enumerate(PROBES, start=1):
        answers.append(_ask(generator, item))
        on_progress(number, len(PROBES))
    asked = list(zip(PROBES, answers, strict=True))
    right = [answer.ok for item, answer in asked if item.answers]
    abstained = [answer.ok for item, answer in asked if not item.answers]
    prompt_speed, generation_speed, first = timed.speeds()
    return ProbeResult(
        model.identity,
        wilson(sum(right), len(right)),
        wilson(sum(abstained), len(abstained)),
        prompt_speed,
        generation_speed,
        first,
        tuple(answers),
        _verdict(sum(right), len(right), sum(abstained), len(abstained), first),
    )


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


def _verdict(right: int, n_right: int, abstained: int, n_abstained: int, first_s: float) -> str:
    speed = "" if first_s <= 10 else f" It needs {first_s:.0f} s before the first word on this machine."
    # Measured once each: a 1.5B model 12 and 11 of 12, a 135M model 3 of 12 with invented figures (DESIGN.md).
    if right >= 0.8 * n_right and abstained >= 0.75 * n_abstained:
        return f"Good for answering: it reads the passages and says when they are silent.{speed}"
    if right >= 0.8 * n_right:
        return f"It reads the passages but answers when they are silent; the checks after it will drop more.{speed}"
    if abstained >= 0.75 * n_abstained and right >= 0.5 * n_right:
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
