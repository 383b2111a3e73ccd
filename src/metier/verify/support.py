"""Support: how much of each statement stands in the text its own citations cover.

Words and neighbouring pairs against the best aligned span. Blind to swapped numbers, names and negation: those are
other checks, and only all of them together (see combine.py) say how likely a statement is supported.
"""

from collections.abc import Sequence

from metier.types import Draft, Evidence, Finding, Query
from metier.verify.align import align

# half the content words: below it, 97% of statements of the tuning half of begin_wow are unsupported
LEAST_WORDS = 0.5

MOST_NOVEL = 8  # words that the source does not have; more of them change nothing further


class Support:
    """Share of a statement's words and word pairs in its cited text; six findings per statement."""

    name = "support"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        """Findings "support" (content words in the aligned span), "support_tokens" (words of any kind), "support_order"
        (in the same order), "support_pairs", "support_anywhere" (in the cited text as a whole) and "support_known" (1
        without a word of its own, 0 with MOST_NOVEL or more)."""
        found: list[Finding] = []
        for statement in draft.statements:
            alignment = align(statement, evidence)
            ok = bool(statement.citations) and alignment.words >= LEAST_WORDS
            detail = "" if ok else _why(bool(statement.citations), alignment.words)
            found.append(Finding("support", statement.id, ok, alignment.words, detail))
            found += [
                Finding(check, statement.id, True, score)
                for check, score in (
                    ("support_tokens", alignment.tokens),
                    ("support_order", alignment.order),
                    ("support_pairs", alignment.pairs),
                    ("support_anywhere", alignment.anywhere),
                    ("support_known", 1 - min(alignment.novel, MOST_NOVEL) / MOST_NOVEL),
                )
            ]
        return found


def _why(cited: bool, words: float) -> str:
    return f"{words:.0%} of its words stand in the cited text" if cited else "it cites nothing"
