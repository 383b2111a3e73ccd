"""Two questions of the example company in one sentence: `python -m benchmarks.two_questions`.

Each question is asked by itself first; of those that are right, two of one user and one language become one sentence ("... and how
long ...?"), drawn by their ids. How many of these pairs have both gold answers stated and cited, and for how many both are stated
or the one that is missing is named, is what is measured: nothing should be lost by asking together. `--data` is accepted for uniformity
and not read; nothing is fitted here. Seeds as in benchmarks.company.
"""

import argparse
import hashlib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.common import Metric, emit, parser, say
from benchmarks.company import build, ingest, place_for, which_company
from benchmarks.company_sources import files_of_one_content, with_one_name
from examples.company.access import may_see
from metier.errors import UserError
from metier.evaluate.cases import read_cases
from metier.evaluate.estimates import proportion
from metier.evaluate.grade import grade
from metier.system import System, open_system
from metier.text.language import detect_language
from metier.types import Case

_OPENS = re.compile(
    r"(?:what|how|who|when|where|which|was|wie|wer|wann|wo|welche[rsnm]?|bis wann|ab wann|by when)\b",
    re.IGNORECASE,
)
_MOST_WORDS = 16  # of a question: nobody joins longer ones
_AND = {"de": "und", "en": "and"}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cases and their sentence."""

    cases: tuple[Case, Case]
    question: str


def joined(cases: Sequence[Case]) -> list[Pair]:
    """Each case at most once, beside another of its user and language; the same pairs for the same cases."""
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in sorted(cases, key=lambda case: hashlib.sha256(case.id.encode()).digest()):
        language = detect_language(case.question)
        if language in _AND and _fits(case):
            groups.setdefault((case.user, language), []).append(case)
    return [
        Pair(
            (one, two),
            f"{one.question.rstrip('?. ')} {_AND[language]} {two.question[0].lower()}{two.question[1:]}",
        )
        for (_, language), own in sorted(groups.items())
        for one, two in zip(own[::2], own[1::2], strict=False)
    ]


def _fits(case: Case) -> bool:
    text = case.question
    return (
        case.kind == "answerable"
        and _OPENS.match(text) is not None
        and text.count("?") == 1
        and text.endswith("?")
        and len(text.split()) <= _MOST_WORDS
    )


def ask(system: System, documents: Path, cases: Sequence[Case]) -> dict[str, Metric]:
    """Asks all by themselves, then the pairs of those that are right."""
    one_file = files_of_one_content(documents)

    def right(question: str, *parts: Case) -> tuple[list[bool], str]:
        def sees(uri: str) -> bool:
            return may_see(parts[0].user, uri)

        def is_right(case: Case) -> bool:
            named = with_one_name(answer, case, one_file, sees)
            # a grade looks at the first statements; those of the second part begin where those of the first end
            starts = range(max(1, len(named.statements))) if len(parts) > 1 else (0,)
            return any(
                grade(replace(named, statements=named.statements[start:]), case, sees).right
                for start in starts
            )

        answer = system.ask(question, parts[0].user)
        return [is_right(case) for case in parts], " ".join(answer.notes)

    candidates = [case for case in cases if _fits(case)]
    known = [case for case in candidates if right(case.question, case)[0][0]]
    pairs = joined(known)
    say(f"{len(known)} of {len(candidates)} are right by themselves; {len(pairs)} pairs")
    both, told = [], []
    for number, pair in enumerate(pairs, start=1):
        (one, two), notes = right(pair.question, *pair.cases)
        both.append(one and two)
        told.append((one and two) or ((one or two) and "nothing was found on" in notes))
        if not both[-1]:
            say(f"{number}: {'one' if one or two else 'none'} of two: {pair.question}")
    labels = [pair.cases[0].group or pair.cases[0].id for pair in pairs]
    return {
        "both_right": Metric.of(proportion(both, labels)),
        "both_or_named": Metric.of(proportion(told, labels)),
        "right_alone": Metric(len(known) / max(1, len(candidates)), n=len(candidates)),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when it was measured."""
    options = _options(arguments)
    with place_for(options.workspace) as folder:
        build(Path(folder), options.seed, options.documents, None)
        with open_system(Path(folder)) as system:
            ingest(system)
            metrics = ask(system, Path(folder) / "documents", read_cases(Path(folder) / "cases.jsonl"))
    emit("two_questions", metrics, record=options.record, options={"seed": options.seed})
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("two_questions", "two questions in one sentence")
    which_company(options)
    return options.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"two_questions: {error}")
