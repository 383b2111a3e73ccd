"""Which documents of the example company say what a case's gold evidence says: copies of its file, and second true sources."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from metier.evaluate.citations import quotes_overlap
from metier.evaluate.grade import contains
from metier.evaluate.matching import YES_NO_TYPES, fold
from metier.types import Answer, Case, Citation


def files_of_one_content(documents: Path) -> dict[str, str]:
    """Of files that are the same to the byte, by uri: what their content is called by. A share keeps the annual report a second
    time under another name: who cites that one cites the annual report."""
    paths = (path for path in sorted(documents.rglob("*")) if path.is_file())
    return {path.relative_to(documents).as_posix(): sha256(path.read_bytes()).hexdigest() for path in paths}


def with_one_name(
    answer: Answer, case: Case, one_file: Mapping[str, str], sees: Callable[[str], bool]
) -> Answer:
    """The answer with citations of a copy, or of a second true source, named as the gold evidence is. What the asker may not see
    keeps its name, so that the leak is seen."""
    gold = {one_file[quote.uri]: quote.uri for quote in case.evidence if quote.uri in one_file}

    def named(citation: Citation) -> Citation:
        uri = gold.get(one_file.get(citation.uri, ""), citation.uri)
        if says_the_same(citation, case):
            uri = case.evidence[0].uri
        return replace(citation, uri=uri) if sees(citation.uri) else citation

    statements = [
        replace(one, citations=tuple(named(citation) for citation in one.citations))
        for one in answer.statements
    ]
    return replace(answer, statements=tuple(statements))


_CALLED = re.compile(r"\b(?=\w*[A-ZÄÖÜ\d])\w+")  # names and numbers; in German also nouns, which is stricter


def says_the_same(citation: Citation, case: Case) -> bool:
    """True if the quote by itself states the answer of a case with one piece of evidence, has most words of the gold quote (or
    the gold quote of it), and says in its words or title whatever the question writes with a capital letter or a figure."""
    if len(case.evidence) != 1 or case.answer_type in YES_NO_TYPES:
        return False
    said = fold(f"{citation.title} {citation.quote}")
    return (
        contains(citation.quote, case)
        and quotes_overlap(citation.quote, case.evidence[0].quote)
        and all(fold(word) in said for word in _CALLED.findall(case.question.partition(" ")[2]))
    )
