"""The examples of a job in a language model's prompt: what a release says of them, held to its bounds, and what is shown of them.

A release names places of documents, not their words: those are read from the documents as they are now, so that an example whose
document is gone, or was replaced, or is closed to the asker, is not shown. Who wrote the words may be read by whoever has all of
the groups that the writer had. It does not know whether an example helps: `metier specialize` measures that.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from metier.errors import UserError
from metier.text.suspicion import suspicions
from metier.types import Access

SHOWN: Final = 3  # examples in one prompt; what more of them would cost is read with every question
MOST: Final = 12  # in a release: who may read what differs from group to group
MOST_CHARACTERS: Final = 600  # of one with its places; three are some 500 tokens, as much as what ships
_LONGEST = 400  # characters of a question, an answer, the job, or a place
_MOST_PLACES = 3
_CITED = re.compile(r"\[p(\d+)\]")
NOT_FOUND: Final = "NOT_FOUND"  # what a model writes where the passages do not say what is asked


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a document."""

    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class JobExample:
    """A question of the job, what was shown for it, and the answer that people approved, with ids like [p1]."""

    question: str
    answer: str
    places: tuple[Place, ...]
    access: tuple[str, ...]  # groups of those whose words these are

    def may_be_read(self, access: Access) -> bool:
        """True if the asker has all groups that its writers had. Who may see the places is asked of their documents."""
        return access.groups.issuperset(self.access)


@dataclass(frozen=True, slots=True)
class JobPrompt:
    """The part `prompt` of a release."""

    job: str = ""
    examples: tuple[JobExample, ...] = ()


@dataclass(frozen=True, slots=True)
class Shot:
    """An example as a model is shown it: for each passage its title and its words."""

    question: str
    answer: str
    passages: tuple[tuple[str, str], ...]


def job_prompt(part: Any) -> JobPrompt:
    """What `prompt.json` says. Raises UserError for what is no prompt, is too long, or gives orders to machines."""
    if part is None:
        return JobPrompt()
    if not isinstance(part, Mapping) or set(part) - {"job", "examples"}:
        raise _refused("expected an object with job and examples")
    rows = part.get("examples", [])
    if not isinstance(rows, list) or len(rows) > MOST:
        raise _refused(f"expected at most {MOST} examples")
    prompt = JobPrompt(_text(part.get("job", ""), "job", may_be_empty=True), tuple(map(_example, rows)))
    if any(characters(one) > MOST_CHARACTERS for one in prompt.examples):
        raise _refused(f"an example has more than {MOST_CHARACTERS} characters")
    return prompt


def characters(example: JobExample) -> int:
    """How much of it is read with every question."""
    places = sum(place.end - place.start for place in example.places)
    return len(example.question) + len(example.answer) + places


def as_part(prompt: JobPrompt) -> dict[str, Any]:
    """What `job_prompt` reads."""
    rows = [
        {
            "question": one.question, "answer": one.answer, "access": list(one.access),
            "places": [[place.document, place.start, place.end] for place in one.places],
        }
        for one in prompt.examples
    ]  # fmt: skip
    return {"job": prompt.job, "examples": rows}


def _example(row: Any) -> JobExample:
    if not isinstance(row, Mapping) or set(row) != {"question", "answer", "access", "places"}:
        raise _refused("an example has question, answer, access and places")
    groups = row["access"]
    if not isinstance(groups, list) or not groups or not all(isinstance(one, str) and one for one in groups):
        raise _refused("an example names the groups whose members' words it holds")
    places = row["places"]
    if not isinstance(places, list) or not 0 < len(places) <= _MOST_PLACES:
        raise _refused(f"an example shows one to {_MOST_PLACES} places")
    answer = _text(row["answer"], "answer")
    cited = [int(number) for number in _CITED.findall(answer)]
    if answer != NOT_FOUND and not (cited and all(1 <= number <= len(places) for number in cited)):
        raise _refused("an answer cites what is shown")
    return JobExample(_text(row["question"], "question"), answer, tuple(map(_place, places)), tuple(groups))


def _place(row: Any) -> Place:
    if not isinstance(row, list) or len(row) != 3:
        raise _refused("a place is a document, a start and an end")
    document, start, end = row
    if not isinstance(document, str) or not all(type(one) is int for one in (start, end)):
        raise _refused("a place is a document, a start and an end")
    if not 0 <= start < end <= start + _LONGEST:
        raise _refused(f"a place has 1 to {_LONGEST} characters")
    return Place(document, start, end)


def _text(value: Any, name: str, may_be_empty: bool = False) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST or not (value.strip() or may_be_empty):
        raise _refused(f"{name}: expected a text of at most {_LONGEST} characters")
    if suspicions(value):
        raise _refused(f"{name}: it gives orders to a machine")
    return " ".join(value.split())


def _refused(why: str) -> UserError:
    return UserError(f"prompt.json: {why}; do not use this release (`metier release rollback` leaves it)")
