"""A certificate put to work: a release that answers only from the certified confidence on, and whether it still holds.

The child release differs from its parent in thresholds.json alone; the certificate stands beside it as certificate.json, so that
both are carried, exported and refused together. It is dated by the day: certified again on the same day it is the same release.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from metier.errors import UserError
from metier.evaluate.certificate import Certificate, invalid_because
from metier.evaluate.complaints import Complaints, complaints
from metier.evaluate.drift import FEWEST, Drift, drift
from metier.evaluate.mix import Shift, mix_of, shifts
from metier.evaluate.plain import plain
from metier.evaluate.verdict import percent
from metier.types import Feedback, Release, Trace

PART = "certificate"
_KINDS = ("extractive", "language_model")
_CERTIFICATE = TypeAdapter(Certificate)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the live release's certificate holds now; `why` says what ended it, "" if it holds."""

    certificate: Certificate
    why: str
    drift: Drift | None  # of what was asked since, abstentions included; None = too few questions yet
    complaints: Complaints  # of people, about what was shown since
    shifts: tuple[Shift, ...] = ()  # of the kinds of questions; none = too few yet, or an older certificate

    @property
    def holds(self) -> bool:
        """True if nothing ended it."""
        return not self.why


def write_certified(folder: Path, parent: Release, certificate: Certificate) -> None:
    """Writes the child release: the parent's files, thresholds raised to the certificate's, and the certificate.

    Raises UserError if the certificate was made on another release."""
    if certificate.about.get("release") != parent.id:
        raise UserError(
            f"the run was made with release {certificate.about.get('release', '?')[:12]}, not {parent.id[:12]}; run again"
        )
    folder.mkdir(parents=True, exist_ok=True)
    if (
        parent.parents
    ):  # what a release only has from release 0 is left out, so that it follows later versions
        for path in sorted(Path(parent.path).iterdir()):
            if path.is_file() and path.name != "card.md" and not path.name.startswith("."):
                shutil.copyfile(path, folder / path.name)
    dated = replace(certificate, issued=certificate.issued[:10])
    thresholds = dict(parent.parts["thresholds"])
    for kind in _KINDS:
        thresholds[kind] = max(float(thresholds[kind]), dated.threshold)
    told = (
        f"extractive, language_model: certified on {dated.suite} ({dated.suite_fingerprint}), {dated.issued}"
    )
    _write(
        folder / "thresholds.json",
        {**thresholds, "origin": f"{told}; before: {thresholds.get('origin', '')}"},
    )
    _write(folder / f"{PART}.json", plain(dated))
    manifest = {
        "name": f"certified: at most {percent(dated.alpha)} wrong",
        "parents": [parent.id],
        "snapshot": parent.manifest.get("snapshot", ""),
        "seeds": parent.manifest.get("seeds", []),
        "metrics": {"share": dated.share, "wrong_at_most": dated.alpha, "cases": dated.cases},
        "gate": {"verdict": "pass", "reason": dated.sentence},
    }
    _write(folder / "manifest.json", manifest)


def certificate_of(release: Release) -> Certificate | None:
    """The certificate that the release carries, or None. Raises UserError if it cannot be read."""
    if (data := release.parts.get(PART)) is None:
        return None
    try:
        return _CERTIFICATE.validate_python(data)
    except ValidationError as error:
        raise UserError(
            f"release {release.id[:12]}: certificate.json cannot be read: {error.errors()[0]['msg']}"
        ) from None


def standing(
    release: Release,
    about: Mapping[str, str],
    abstain: float | None,
    traces: Sequence[Trace],
    now: datetime,
    feedback: Sequence[Feedback] = (),
) -> Standing:
    """Whether the certificate of this live release holds: not expired, made on this release's parent and these documents, no
    setting below its threshold, what was asked of the release since looks like its suite (how sure the system is of it, and what kinds
    of questions it is), and people do not call more answers wrong than it allows.

    `about` is the state now, as a run notes it. Raises UserError if the release carries none."""
    found = certificate_of(release)
    if found is None:
        raise UserError(
            f"the live release {release.id[:12]} carries no certificate; metier evaluate certify RUN --release"
        )
    told = confidences(traces, release.id)
    # What the suite's release still answered below the certified confidence, this one does not.
    then = [value if value >= found.threshold else 0.0 for value in found.confidences]
    seen = drift(then, told) if min(len(then), len(told)) >= FEWEST else None
    said = complaints(traces, feedback, release.id, found.alpha)
    asked = (trace.question for trace in traces if trace.answer.release == release.id)
    moved = tuple(shifts(found.mix, mix_of(asked)))
    why = (
        _why_not(found, release, about, abstain, now)
        or (said.sentence if said.broken else "")
        or (seen.sentence if seen and seen.drifted else "")
        or next((item.sentence for item in moved if item.shifted), "")
    )
    return Standing(found, why, seen, said, moved)


def _why_not(
    found: Certificate, release: Release, about: Mapping[str, str], abstain: float | None, now: datetime
) -> str:
    if found.about.get("release") not in release.parents:
        return "the release was changed after it was certified; run and certify again"
    if abstain is not None and abstain < found.threshold:
        return f"metier.yaml sets thresholds.abstain to {abstain}, below the certified {found.threshold:.3f}"
    # its own release is the parent's child by thresholds alone, and a threshold above was looked at; who may ask changes no promise
    apart = {key: found.about[key] for key in ("release", "abstain", "rights") if key in found.about}
    return invalid_because(found, {**about, **apart}, now)


def confidences(traces: Sequence[Trace], release: str) -> list[float | None]:
    """How sure the drafts were that this release answered with; None for a question that was not answered."""
    mine = [trace for trace in traces if trace.answer.release == release]
    return [trace.draft.confidence if trace.draft and trace.answer.statements else None for trace in mine]


def _write(path: Path, data: Mapping[str, Any]) -> None:
    text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
