"""A canary while it runs: it answers its share of the people, its marks are looked at after each one, harm ends it.

Whatever it came to is worked out anew from what is stored, so that a process which is killed between a mark and its look
leaves nothing undone: the next mark, the next `metier status` or the next server looks again.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from metier.evaluate.harm import ALPHA, Mark, is_harm_shown, most_harm
from metier.feedback.harm import says_harm
from metier.store.canary import Canary, Failed, How, draw
from metier.store.ledger import utc_now
from metier.system.journeys import Journey, Journeys
from metier.system.opened import Opened
from metier.types import Access, Answer, Feedback, Release

_LOG = logging.getLogger(__name__)

MOST_FAILURES = 3  # questions it could not answer though the live release could: no dice are at work there
# What is enough to decide: odds of harm twice as high show in about so many marks where people are alike
# (docs/design/specialize.md); most people mark nothing, so a number of answers ends the waiting, too.
ENOUGH_MARKS, ENOUGH_ANSWERS = 200, 2_000


@dataclass(frozen=True, slots=True)
class CanaryReport:
    """What the canary that runs, or ran last, came to."""

    canary: Canary
    people: int  # who get it, of those named in metier.yaml now
    of_people: int
    answers: int
    answers_live: int
    marks: int  # of its answers
    harmed: int
    marks_live: int
    harmed_live: int
    most_harm: (
        float  # its share of harm is at most so much above that of the live release, with 95% confidence
    )

    @property
    def is_running(self) -> bool:
        """False once it ended."""
        return not self.canary.how

    @property
    def started(self) -> str:
        """What there is to say when it starts, for people."""
        whose = "that person's word decides alone" if self.people == 1 else "harm ends it by itself"
        return (
            f"canary {self.canary.release[:12]} answers {self.people} of {self.of_people} people from the next question on; "
            f"{whose}, `metier status` says how it goes"
        )

    @property
    def is_enough(self) -> bool:
        """True if there is no reason to wait any longer."""
        return self.marks >= ENOUGH_MARKS or self.answers >= ENOUGH_ANSWERS

    @property
    def sentence(self) -> str:
        """What there is to say, for people."""
        one = self.canary
        name = f"canary {one.release[:12]}"
        if one.how:
            return f"{name} ended {one.ended}: {one.why}"
        excluded = (
            f"harm more than {100 * self.most_harm:.0f} points above the live release's can be excluded with "
            f"{1 - ALPHA:.0%}"
            if self.most_harm < 1
            else "nothing is excluded yet"
        )
        told = (
            f"{name} answers {self.people} of {self.of_people} people since {one.at}: no harm shown in {self.answers} "
            f"answers of which {self.marks} were marked ({self.harmed} as harm; live: {self.harmed_live} of "
            f"{self.marks_live}); {excluded}"
        )
        if one.failures:
            told += f"; {len(one.failures)} failed and were answered by the live release"
        waits = "that is enough: " if self.is_enough else ""
        return (
            f"{told}. {waits}`metier release promote {one.release[:12]}` makes it live, "
            "`metier release rollback --canary` ends it"
        )

    def as_json(self) -> dict[str, object]:
        """Without the salt, by which one could tell who gets it."""
        one = self.canary
        told = {
            name: value
            for name, value in asdict(self).items()
            if name not in ("canary", "of_people", "most_harm")
        }
        return {
            "release": one.release, "share": one.share, "since": one.at, "running": self.is_running, "how": one.how,
            "why": one.why, "ended": one.ended, "failures": len(one.failures), **told, "of_people": self.of_people,
            "most_harm": round(self.most_harm, 4), "enough": self.is_enough, "sentence": self.sentence,
        }  # fmt: skip


class CanaryRun:
    """The canary of one open workspace; safe to share between threads and processes."""

    def __init__(self, opened: Opened, journeys: Journeys, new_id: Callable[[], str]) -> None:
        self._open = opened
        self._journeys = journeys
        self._new_id = new_id
        self._kept: tuple[str, list[Mark]] = ("", [])  # id of a canary, and the marks from before it

    def start(
        self, release: Release, share: float, askers: Collection[str], user: str, told: Mapping[str, Any]
    ) -> None:
        """From the next question on the release answers its share of the people; `told` goes into the audit file. Raises UserError if
        one runs already, the share is none, or there are fewer than two people."""
        answers, feedback = self._open.answers.last(), self._open.feedback.last()
        canary = Canary(self._new_id(), release.id, share, "", utc_now(), answers, feedback)

        def note() -> None:
            self._open.audit.append("canary", release.id, user, {"share": share, **told})

        self._open.canary.start(draw(canary, askers), note)

    def answer(self, access: Access, ask: Callable[[Journey], Answer]) -> Answer:
        """What the canary answers, if it is this asker's; where it fails, what the live release does."""
        canary = self._journeys.canary_of(access.principal)
        if canary is None:
            return ask(self._journeys.live())
        try:
            return ask(self._journeys.of(self._journeys.release(canary.release)))
        except Exception as error:  # noqa: BLE001  whatever it is: people who did not ask for a canary get an answer
            _LOG.exception("the canary %s could not answer; the live release does", canary.release[:12])
            found = ask(self._journeys.live())
            self._failed(canary, access.principal, found.id, error)
            return found

    def _failed(self, canary: Canary, asker: str, answer: str, error: Exception) -> None:
        """Counts what the canary could not answer and the live release could: where both cannot, it is not the canary's fault."""
        told = {"release": canary.release, "error": f"{type(error).__name__}: {error}"[:500]}
        self._open.audit.append("canary_failed", answer, asker, told)
        self._open.canary.add_failure(canary.id, Failed(canary.person(asker), self._open.feedback.last()))
        self.look()

    def look(self, askers: Collection[str] = ()) -> None:
        """Ends the canary that runs if it failed too often, or if its marks show harm. `askers`: who may ask now."""
        canary = self._open.canary.running()
        if canary is None:
            return
        if len(canary.failures) >= MOST_FAILURES:
            self.end(
                "failures",
                f"{len(canary.failures)} questions failed that the live release could answer",
                canary.id,
            )
            return
        marks = self._marks(canary)
        if is_harm_shown(marks, sum(map(canary.takes, askers)) == 1, self._before(canary)):
            mine = [mark.is_harmed for mark in marks if mark.is_canary]
            live = [mark.is_harmed for mark in marks if not mark.is_canary]
            self.end(
                "harm",
                f"{sum(mine)} of {len(mine)} marked answers were harm, {sum(live)} of {len(live)} of the live release's",
                canary.id,
            )

    def end(self, how: How, why: str, identity: str = "", user: str = "metier") -> bool:
        """Ends the canary, with a line in the audit file; True if this call did it."""

        def note(canary: Canary) -> None:
            self._open.audit.append("canary_ended", canary.release, user, {"how": how, "why": why})

        return self._open.canary.end(how, why, utc_now(), note, identity)

    def report(self, askers: Collection[str]) -> CanaryReport | None:
        """What the canary that runs, or ran last, came to; None before the first."""
        self.look(askers)
        canary = self._open.canary.read()
        if canary is None:
            return None
        marks = self._marks(canary)
        mine = [mark.is_harmed for mark in marks if mark.is_canary]
        live = [mark.is_harmed for mark in marks if not mark.is_canary]
        people = sum(map(canary.takes, askers))
        counts = self._open.answers.count_by(canary.release, canary.answers)
        return CanaryReport(
            canary, people, len(askers), *counts, len(mine), sum(mine), len(live), sum(live), most_harm(marks)
        )

    def _marks(self, canary: Canary) -> list[Mark]:
        """What was said of answers given since it runs, in the order it was said: of each answer what was said first. Answers
        that the live release gave to people of the canary count for neither."""
        said = _first_said(self._open.feedback.numbered(canary.feedback))
        asked = self._open.answers.asked(said, canary.answers)
        marks = [(failed.feedback, Mark(failed.person, True, True)) for failed in canary.failures]
        for answer, (number, harm) in said.items():
            asker, release = asked.get(answer, ("", ""))
            is_canary = release == canary.release
            if asker and is_canary == canary.takes(asker):
                marks.append((number, Mark(canary.person(asker), is_canary, harm)))
        return [mark for _, mark in sorted(marks, key=lambda row: row[0])]

    def _before(self, canary: Canary) -> list[Mark]:
        """What was said before the canary of answers that the live release gave, newest first: of each answer what was said first."""
        if self._kept[0] != canary.id:
            rows = self._open.feedback.numbered(0)
            said = _first_said([(number, row) for number, row in rows if number <= canary.feedback])
            asked, live = self._open.answers.asked(said, 0), self._open.releases.history()[0]
            marks = [
                (number, Mark(canary.person(asker), canary.takes(asker), harm))
                for answer, (number, harm) in said.items()
                for asker, release in [asked.get(answer, ("", ""))]
                if asker and release == live
            ]
            self._kept = (canary.id, [mark for _, mark in sorted(marks, key=lambda row: -row[0])])
        return self._kept[1]


def _first_said(rows: Iterable[tuple[int, Feedback]]) -> dict[str, tuple[int, bool]]:
    """By answer the first row that says whether it was harm: its number, and what it says."""
    said: dict[str, tuple[int, bool]] = {}
    for number, row in rows:
        if (harm := says_harm(row)) is not None:
            said.setdefault(row.answer, (number, harm))
    return said
