"""How many hidden requirements does the interview find in 30 marks? Simulated experts; `--data` is accepted and not read.

Each expert has 5 requirements, drawn from the 24 rules that code can check (with a limit on words of 20, 40 or 80) and 6 that no
rule states (an exception told, a formal tone, ...), prefers the wording that breaks fewer of them, and slips in 5% of the marks
(then says anything). Wordings are made from answers that quote a made-up handbook.

found: share of all hidden requirements found after 30 marks (interval over experts). found_of_rules: of those that a rule states.
wrong: requirements found that the expert has not, per expert. marks: spent, on average.
"""

import sys
from collections.abc import Sequence

import numpy as np

from benchmarks.common import Metric, emit, parser, say
from metier.evaluate.estimates import mean
from metier.evaluate.requirements import LEVELS, RULES, Rule, Shown, words_at_most
from metier.evaluate.specify import Choice, interview

UNSTATED = (
    "tells exceptions",
    "formal tone",
    "gives a reason",
    "uses house terms",
    "gives an example",
    "addresses the asker",
)
_HIDDEN, _SLIPS = 5, 0.05
_THINGS = (
    "notice period",
    "probation",
    "monthly allowance",
    "travel budget",
    "delivery time",
    "warranty",
    "deposit",
    "storage fee",
)
_VALUES = ("6 weeks", "3 months", "EUR 40", "EUR 1,200", "12 days", "24 months", "EUR 500", "EUR 7")


def answers() -> list[tuple[str, Shown]]:
    """Questions with the system's own answers."""
    return [
        (
            f"How high is the {thing} for {who}?",
            Shown(f"The {thing} for {who} is {value}.", (f"Handbook {number}",), "2026-01-01", number + 1),
        )
        for number, (thing, value) in enumerate(zip(_THINGS, _VALUES, strict=True))
        for who in ("staff in Derby", "new colleagues", "suppliers", "the plant")
    ]


def hidden(rng: np.random.Generator) -> tuple[list[Rule], int]:
    """The rules an expert has in mind, and how many more that no rule states."""
    drawn = rng.choice(len(RULES) + len(UNSTATED), size=_HIDDEN, replace=False)
    rules = [RULES[index] for index in drawn if index < len(RULES)]
    limit = words_at_most(int(rng.choice(LEVELS)))
    return [limit if rule.id.startswith("words") else rule for rule in rules], int(
        (drawn >= len(RULES)).sum()
    )


def expert(rules: Sequence[Rule], rng: np.random.Generator, slips: float = _SLIPS) -> object:
    """Chooses the wording that breaks fewer of the rules."""

    def choose(question: str, one: Shown, other: Shown) -> Choice:
        if rng.random() < slips:
            options: tuple[Choice, ...] = ("first", "second", "same")
            return options[int(rng.integers(3))]
        broken = [sum(not rule.holds(question, item) for rule in rules) for item in (one, other)]
        return "same" if broken[0] == broken[1] else "first" if broken[0] < broken[1] else "second"

    return choose


def measure(experts: int, marks: int, seed: int, slips: float = _SLIPS) -> dict[str, Metric]:
    """The figures over so many experts."""
    shares, of_rules, wrong, spent = [], [], [], []
    for number in range(experts):
        rng = np.random.default_rng([seed, number])
        rules, unstated = hidden(rng)
        questions = answers()
        rng.shuffle(questions)
        made = interview(questions, expert(rules, rng, slips), marks)  # type: ignore[arg-type]
        ids, wanted = {test.id for test in made.tests}, {rule.id for rule in rules}
        shares.append(len(ids & wanted) / (len(wanted) + unstated))
        if wanted:
            of_rules.append(len(ids & wanted) / len(wanted))
        wrong.append(len(ids - wanted))
        spent.append(made.marks)
    say(
        f"{experts} experts: found {np.mean(shares):.3f}, of rules {np.mean(of_rules):.3f}, wrong {np.mean(wrong):.2f}"
    )
    return {
        "found": Metric.of(mean(shares)),
        "found_of_rules": Metric.of(mean(of_rules)),
        "wrong": Metric.of(mean(wrong)),
        "marks": Metric(float(np.mean(spent)), n=experts),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = parser("eval_specify", "how many hidden requirements an interview finds")
    options.add_argument("--experts", type=int, default=300)
    options.add_argument("--marks", type=int, default=30)
    options.add_argument("--seed", type=int, default=9)
    chosen = options.parse_args(arguments)
    metrics = measure(chosen.experts, chosen.marks, chosen.seed)
    emit(
        "eval_specify",
        metrics,
        record=chosen.record,
        options={"experts": chosen.experts, "marks": chosen.marks},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
