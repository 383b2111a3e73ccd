"""Component: a few answers of the job that people approved, and what the job is, in the language model's prompt (prompt.json).

Examples are what people wrote, pointed at, liked or called unanswerable among the fitting examples, each with the sentences that it rests
on. At most three are shown to anybody, the same for every question, so that an engine reads them once: of those that people with the same rights
may read, the ones that are nearest to what is asked of the job. The release names places of documents and not their words, and who wrote: who may not read
one whole is answered without it. Kept if more tuning questions are answered rightly, through the whole journey. Examples
chosen for each question are not tried: their prompt would be read anew each time.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from metier.errors import UserError
from metier.generate.prompt import NOT_FOUND, Packed, pack
from metier.generate.shots import MOST, SHOWN, JobExample, JobPrompt, Place, as_part, job_prompt
from metier.specialize.bench import OpenTrial, Pace, Replay, Trial, answers, with_changes
from metier.specialize.labels import Graded, carries
from metier.specialize.tuning import Changes, Component, judge
from metier.text.analyze import content_set
from metier.text.suspicion import suspicions
from metier.types import Access, Release

NAME = "examples"
PART = "prompt"
_TOKENS = 60  # of evidence that an example shows
_PASSAGES = 2  # of them, the one that answers and one beside it
_LEAST = 10  # approved answers to choose from; fewer are no picture of a job
_ASKED = 40  # tuning questions, twice: a small model takes some ten seconds for each
_UNIT = "right answers per question"


@dataclass(frozen=True, slots=True)
class Chooser:
    """Who chooses, for which job, and who will read it."""

    job: str
    readers: Sequence[Access]
    pace: Pace = field(default_factory=Pace)
    seed: int = 7

    def fit(
        self, base: Release, fitting: Sequence[Replay], tuning: Sequence[Replay], open_trial: OpenTrial
    ) -> Component:
        """The component; kept if more tuning questions are answered rightly with the examples than without. Raises Interrupted."""
        if base.parts.get("language_model"):
            return _dropped("the language model was taught the job, and needs no examples of it")
        known = [(item, one) for item in fitting if (one := example_of(item)) is not None]
        if len(known) < _LEAST:
            return _dropped(f"{len(known)} approved answers; {_LEAST} are needed", len(known))
        prompt = JobPrompt(_one_line(self.job), self._chosen(known, fitting))
        if not prompt.examples:
            return _dropped("no approved answer may be read by anybody else", len(known))
        asked = sorted((item for item in tuning if item.example.says_what_is_right), key=self._draw)[:_ASKED]
        if not asked:
            return _dropped("no questions to choose on", len(known))
        changes: Changes = {(PART,): as_part(prompt)}
        before, after = (
            self._right(open_trial(release), asked) for release in (base, with_changes(base, changes))
        )
        gains = [ours - theirs for ours, theirs in zip(after, before, strict=True)]
        kept, gain, reason = judge(gains, [item.group for item in asked])
        told = f"{reason}; {len(prompt.examples)} examples"
        return Component(NAME, kept, told, len(known), gain, _UNIT, changes if kept else {})

    def _chosen(
        self, known: Sequence[tuple[Replay, JobExample]], fitting: Sequence[Replay]
    ) -> tuple[JobExample, ...]:
        """For each set of rights that people have, the most frequent first, those that the job's questions are nearest to. What others
        chose before and may be read counts, so that prompts begin alike."""
        asked = [content_set(item.example.question, item.found.query.language) for item in fitting]
        words = [content_set(item.example.question, item.found.query.language) for item, _ in known]
        near = [[_alike(own, other) for other in asked] for own in words]
        silent = [one.answer == NOT_FOUND for _, one in known]
        rights = Counter(reader.groups for reader in self.readers)
        chosen: list[int] = []
        for groups in sorted(rights, key=lambda own: (-rights[own], sorted(own))):
            reader = Access("", groups)
            may = [place for place, (item, one) in enumerate(known) if _reads(reader, item, one)]
            shown = [place for place in chosen if place in may][:SHOWN]
            while len(shown) < SHOWN and len(chosen) < MOST:
                covered = [max((near[one][n] for one in shown), default=0.0) for n in range(len(asked))]
                has_silent = any(silent[one] for one in chosen)  # with two a small model is silent for good
                rest = [one for one in may if one not in chosen and not (silent[one] and has_silent)]
                worth = {
                    one: sum(max(a - b, 0.0) for a, b in zip(near[one], covered, strict=True)) for one in rest
                }
                best = max(worth, key=lambda one: (worth[one], -one), default=None)
                if best is None or worth[best] <= 0:
                    break
                shown.append(best)
                chosen.append(best)
        chosen.sort(key=lambda place: not silent[place])  # last an answer, which small models imitate
        return tuple(known[place][1] for place in chosen)

    def _draw(self, item: Replay) -> bytes:
        return hashlib.sha256(f"{NAME} {self.seed} {item.example.id}".encode()).digest()

    def _right(self, trial: Trial, asked: Sequence[Replay]) -> list[float]:
        examples = [item.example for item in asked]
        given = answers(trial, examples, self.pace, NAME)
        return [float(Graded.of(item, answer).right) for item, answer in zip(examples, given, strict=True)]


def _reads(reader: Access, item: Replay, one: JobExample) -> bool:
    """True if somebody with these rights may read all of it."""
    groups = {hit.passage.document: hit.passage.groups for hit in item.found.evidence}
    return one.may_be_read(reader) and all(reader.allows(groups[place.document]) for place in one.places)


def example_of(item: Replay) -> JobExample | None:
    """The example as a prompt may hold it; None if nobody approved an answer, or what it rests on was not found."""
    example, query = item.example, item.found.query
    if example.weight <= 0 or not example.access or not item.found.evidence:
        return None
    packed = pack(query, item.found.evidence, _TOKENS)
    if example.declines:
        return _made(item, packed[:_PASSAGES], "")
    answer = _approved(item)
    known = example.answers or tuple(quote.quote for quote in example.evidence) or (answer,)
    holders = [one for one in packed if carries(" ".join(one.lines()[1:]), known, query.text, query.language)]
    if not answer or not holders:
        return None
    beside = [one for one in packed if one not in holders]
    return _made(item, [*holders[:1], *beside[: _PASSAGES - 1]], answer)


def _approved(item: Replay) -> str:
    """What people wrote or pointed at, or what they liked."""
    example = item.example
    if example.answers:
        return example.answers[0]
    if example.evidence:
        return example.evidence[0].quote
    return example.lead.text if example.thumb > 0 and example.lead is not None else ""


def _made(item: Replay, shown: Sequence[Packed], answer: str) -> JobExample | None:
    """None if a prompt cannot hold it: too long, or it speaks to machines."""
    places = []
    for one in shown:
        start, end = one.spans[0][0], one.spans[-1][1]
        places.append(Place(one.passage.document, one.passage.start + start, one.passage.start + end))
    text = f"{_one_line(answer)} [p1]" if answer else NOT_FOUND
    made = JobExample(_one_line(item.example.question), text, tuple(places), item.example.access)
    if any(suspicions(one.passage.text[one.spans[0][0] : one.spans[-1][1]]) for one in shown):
        return None
    try:
        job_prompt(as_part(JobPrompt("", (made,))))
    except UserError:
        return None
    return made


def without_model(*_: object) -> Component:
    """Where no language model answers, or none that can be shown examples."""
    return _dropped("no language model answers, so there is no prompt")


def chooser(
    job: str, readers: Sequence[Access], pace: Pace, seed: int
) -> Callable[[Release, Sequence[Replay], Sequence[Replay], OpenTrial], Component]:
    """The fit for a workspace whose language model answers."""
    return Chooser(job, readers, pace, seed).fit


def _alike(own: frozenset[str], other: frozenset[str]) -> float:
    return len(own & other) / len(own | other) if own | other else 0.0


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _dropped(reason: str, rows: int = 0) -> Component:
    return Component(NAME, False, reason, rows)
