"""Support: how much of each statement stands in the text its own citations cover.

Words and neighbouring pairs against the best aligned span. Blind to swapped numbers, names and negation: those are
other checks, and only all of them together (see combine.py) say how likely a statement is supported.
"""

from collections.abc import Sequence

from metier.text.overlap import text_overlap
from metier.types import Draft, Evidence, Finding, Query
from metier.verify.align import align

LEAST_WORDS = (
    0.5  # half the content words: below it, 97% of statements of the tuning half of begin_wow are unsupported
)


class Support:
    """Share of a statement's words and word pairs in its cited text; five findings per statement."""

    name = "support"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        """Findings "support" (words in the aligned span), "support_pairs", "support_run", "support_anywhere" and
        "support_echo" (share of the words that only repeat the question)."""
        found: list[Finding] = []
        for statement in draft.statements:
            alignment = align(statement, evidence)
            ok = bool(statement.citations) and alignment.words >= LEAST_WORDS
            detail = "" if ok else _why(bool(statement.citations), alignment.words)
            echo = text_overlap(statement.text, query.text, alignment.language) if query.text else 0.0
            found.append(Finding("support", statement.id, ok, alignment.words, detail))
            found += [
                Finding(check, statement.id, True, score)
                for check, score in (
                    ("support_pairs", alignment.pairs),
                    ("support_run", alignment.run),
                    ("support_anywhere", alignment.anywhere),
                    ("support_echo", echo),
                )
            ]
        return found


def _why(cited: bool, words: float) -> str:
    return f"{words:.0%} of its words stand in the cited text" if cited else "it cites nothing"
