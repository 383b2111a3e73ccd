"""Citations: each lies inside a passage that was read, and its quote is that text to the character."""

from collections.abc import Sequence

from metier.types import Citation, Draft, Evidence, Finding, Query


class CitationIntegrity:
    """1 if every citation of a statement is true to its passage, 0 otherwise (or if there is none)."""

    name = "citation"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        """One finding per statement."""
        found = []
        for statement in draft.statements:
            problems = [
                problem for citation in statement.citations if (problem := _problem(citation, evidence))
            ]
            if not statement.citations:
                problems = ["the statement cites nothing"]
            found.append(
                Finding(self.name, statement.id, not problems, float(not problems), "; ".join(problems))
            )
        return found


def _problem(citation: Citation, evidence: Sequence[Evidence]) -> str:
    passages = [item.passage for item in evidence if item.passage.document == citation.document]
    if not passages:
        return f"{citation.id}: {citation.uri} was not among the evidence"
    if citation.end <= citation.start:
        return f"{citation.id}: an empty range of {citation.uri}"
    inside = [passage for passage in passages if passage.holds(citation)]
    if not inside:
        return f"{citation.id}: characters {citation.start}-{citation.end} of {citation.uri} were not read"
    places = (passage.cite(citation.id, citation.start, citation.end) for passage in inside)
    if any((one.uri, one.quote) == (citation.uri, citation.quote) for one in places):
        return ""
    return f"{citation.id}: the quote is not what stands at its place in {citation.uri}"
