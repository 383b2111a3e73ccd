"""An Answer as running text with [n] markers and OpenAI annotations; the same whether streamed or sent at once.

Positions count code points of the text. A source (document and range) keeps its number through the whole answer.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from metier.serve.words import words
from metier.text.plain import plain
from metier.types import Answer, Citation, DescribedFigure, Outcome, Statement


class Transcript:
    """Text that grows statement by statement. What was said is never changed."""

    def __init__(self, base_url: str, language: str) -> None:
        self.text = ""
        self._base_url = base_url.rstrip("/")
        self._words = words(language)
        self._numbers: dict[tuple[str, int, int], int] = {}
        self._marks: list[tuple[int, int, Citation]] = []

    def say(self, statement: Statement) -> str:
        """The new piece of text for a statement, with the markers of its citations."""
        return self._add((" " if self.text else "") + statement.text, statement.citations)

    def close(self, answer: Answer) -> str:
        """The rest of the text: conflicts between sources, what an abstention says instead of statements, figures."""
        piece = "".join(
            self._add(
                f"\n\n{self._words['conflict']}: {conflict.note or conflict.statement}", conflict.citations
            )
            for conflict in answer.conflicts
        )
        if answer.outcome is not Outcome.ANSWERED or not self.text:
            piece += self._add(("\n\n" if self.text else "") + self._declined(answer), ())
        if answer.figures:
            lines = [f"{self._words['figures']}:", *map(self._figure, answer.figures)]
            piece += self._add("\n\n" + "\n".join(lines), ())
        return piece

    def annotations(self, answer: Answer) -> list[dict[str, Any]]:
        """One `url_citation` per marker; the address opens the page with the words highlighted."""
        return [
            {
                "type": "url_citation",
                "url_citation": {
                    "start_index": start,
                    "end_index": end,
                    "title": plain(
                        f"{citation.title or citation.uri}, {self._words['page']} {citation.page}"
                    ),
                    "url": f"{self._base_url}/?{urlencode({'answer': answer.id, 'citation': citation.id})}",
                },
            }
            for start, end, citation in self._marks
        ]

    def _add(self, text: str, citations: Sequence[Citation]) -> str:
        before = len(self.text)
        self.text += text
        seen = set()
        for citation in citations:
            key = (citation.document, citation.start, citation.end)
            if key in seen:
                continue
            seen.add(key)
            number = self._numbers.setdefault(key, len(self._numbers) + 1)
            self.text += " " if len(seen) == 1 else ""
            start = len(self.text)
            self.text += f"[{number}]"
            self._marks.append((start, len(self.text), citation))
        return self.text[before:]

    def _figure(self, item: DescribedFigure) -> str:
        place = self._words["figure_n"].format(page=item.figure.box.page, title=plain(item.title or item.uri))
        by = self._words["described_by"].format(model=plain(item.model))
        return f"- {place}. {by} {item.description}"

    def _declined(self, answer: Answer) -> str:
        heading = self._words[f"outcome_{answer.outcome.value}"]
        if (abstention := answer.abstention) is None:
            return heading
        nothing_asked = answer.outcome is Outcome.ABSTAINED and not abstention.missing
        lines = ["" if nothing_asked else heading, abstention.reason]
        for name, items in (("found", abstention.found), ("missing", abstention.missing)):
            if items:
                lines += [f"{self._words[name]}:", *(f"- {item}" for item in items)]
        if abstention.next:
            lines.append(f"{self._words['next']}: {abstention.next}")
        return "\n".join(line for line in lines if line)
