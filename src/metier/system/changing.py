"""Which release answers from the next question on: promotion, a canary and its end, the way back; each with a line in the audit file."""

from collections.abc import Collection, Mapping

from metier.errors import UserError
from metier.system.canary import CanaryReport, CanaryRun
from metier.system.opened import Opened
from metier.types import Release


class Changing:
    """Changes the release that answers in one open workspace, for every process that has it open."""

    def __init__(self, opened: Opened, canary: CanaryRun) -> None:
        self._open, self._canary = opened, canary

    def promote(self, identity: str, user: str, anyway: bool) -> Release:
        """Makes a release live; a canary that runs is over by that. Raises UserError for one that did not pass its gate, unless
        `anyway`."""
        self._check_gate(identity, anyway)
        release = self._open.releases.promote(identity)
        self._open.audit.append("promote", release.id, user, {"anyway": True} if anyway else {})
        if (canary := self._open.canary.running()) is not None:
            is_it = canary.release == release.id
            why = "it was made live" if is_it else f"release {release.id[:12]} was made live"
            self._canary.end("promoted" if is_it else "replaced", why, canary.id, user)
        return release

    def start_canary(
        self, identity: str, share: float, askers: Collection[str], user: str, anyway: bool
    ) -> CanaryReport:
        """Lets a release answer a share of the people. Raises UserError as `promote`, and if it cannot be a canary."""
        self._check_gate(identity, anyway)
        release, live = self._open.releases.load(identity), self._open.releases.history()[0]
        if release.id == live:
            raise UserError(f"release {release.id[:12]} is live; it answers everybody already")
        told = {"live": live} | ({"anyway": True} if anyway else {})
        self._canary.start(release, share, askers, user, told)
        if (report := self._canary.report(askers)) is None:
            raise UserError(f"{self._open.workspace.canary} is gone; start the canary again")
        return report

    def end_canary(self, user: str) -> str:
        """Ends the canary that runs, and touches nothing else; its id. Raises UserError if none runs."""
        running = self._open.canary.running()
        if running is None or not self._canary.end("rollback", "somebody ended it", running.id, user):
            last = self._open.canary.read()
            told = "" if last is None else f"; {last.release[:12]} ended {last.ended}: {last.why}"
            raise UserError(f"no canary runs{told}. Nothing was changed")
        return running.release

    def rollback(self, user: str) -> Release | None:
        """Ends the canary that runs, and None; if none does, the release before the live one, which is live again."""
        if self._canary.end("rollback", "somebody rolled it back", user=user):
            return None
        release = self._open.releases.rollback()
        self._open.audit.append("rollback", release.id, user, {})
        return release

    def _check_gate(self, identity: str, anyway: bool) -> None:
        gate = self._open.releases.load(identity).manifest.get("gate")
        if isinstance(gate, Mapping) and gate.get("verdict") != "pass" and not anyway:
            raise UserError(
                f"release {identity[:12]} did not pass its gate ({gate.get('verdict')}): {gate.get('reason')}"
                "; --anyway promotes it all the same, and the audit log says so"
            )
