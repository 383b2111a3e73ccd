"""Which revisions the filter of `metier specialize --revise` lets teach: python -m benchmarks.revisions --data DIR

A stronger model is made up: it is told that a sentence with one fault (swap suite, in English and German) is wrong, and gives back the
sentence as its source has it (right), another fault of it (still wrong), the same with other white space and marks (wording), another sentence of the
source (rewritten) or silence. `kept_right` should be 1, all others 0. The sets are those the checks were written on, so this says
that the filter holds what the checks know, not that 99% of a model's mistakes are seen.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from benchmarks.common import Metric, emit, parser, say
from benchmarks.verify_quality import labelled_rows, swap_suite
from metier.evaluate.estimates import proportion
from metier.specialize.clair import Revision
from metier.specialize.revisions import of_model, supported_by
from metier.specialize.rows import Example
from metier.text.sentences import split_sentences
from metier.types import Evidence, Passage, Query
from metier.verify.swaps import Swap, half

Case = tuple[str, str, str, Swap]  # how the reply came about, what was shown, the reply, the case shown


def main() -> None:
    """Prints the JSON of the contract."""
    options = parser("revisions", __doc__ or "", needs_data=True)
    options.add_argument("--limit", type=int, default=400, help="faults of each half")
    given = options.parse_args()
    suite = swap_suite(labelled_rows(given.data))
    metrics: dict[str, Metric] = {}
    for name in ("tuning", "checking"):
        own = [case for case in suite if half(case.group) == name]
        kept: dict[str, list[bool]] = defaultdict(list)
        groups: dict[str, list[str]] = defaultdict(list)
        for how, shown, reply, case in list(replies(own))[: 4 * given.limit]:
            kept[how].append(is_kept(shown, reply, case))
            groups[how].append(case.group)
        suffix = "" if name == "checking" else "_tuning"
        for how, found in kept.items():
            metrics[f"kept_{how}{suffix}"] = Metric.of(proportion(found, groups[how]))
            say(f"{name}: of {len(found)} {how} ones {sum(found)} are kept")
    emit("revisions", metrics, record=given.record)


def replies(suite: Sequence[Swap]) -> Iterator[Case]:
    """What a model could say of each sentence with a fault."""
    siblings: dict[tuple[str, str], list[Swap]] = defaultdict(list)
    for case in suite:
        siblings[case.group, case.source].append(case)
    for cases in siblings.values():
        right = next((case.statement for case in cases if case.kind == "faithful"), "")
        faults = [case for case in cases if case.kind != "faithful"]
        for place, case in enumerate(faults):
            if not right:
                continue
            yield "right", case.statement, right, case
            other = faults[(place + 1) % len(faults)]
            if other is not case:
                yield "still_wrong", case.statement, other.statement, case
            yield "wording", case.statement, f"{case.statement.rstrip('.')} ", case
            spans = split_sentences(case.source, case.language)
            rest = [case.source[start:end] for start, end in spans if case.source[start:end] not in right]
            if rest:
                yield "rewritten", case.statement, max(rest, key=len), case
            yield "silent", case.statement, "NOT_FOUND", case


def is_kept(shown: str, reply: str, case: Swap) -> bool:
    """Whether the reply becomes a pair."""
    text = case.source
    passage = Passage("p", "d", "source", "", 1, 0, len(text), text, (), "text", case.language, "", ())
    example = Example("a", "q", "u", "", said=(shown,), thumb=-1.0)
    holds = supported_by(Query("q", case.language), [Evidence(passage, 1.0)])
    return isinstance(of_model(example, reply, holds), Revision)


if __name__ == "__main__":
    main()
