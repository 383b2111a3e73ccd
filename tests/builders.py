"""Small values for tests: passages, evidence, and an embedder that counts shared words."""

from collections.abc import Sequence

import numpy as np

from metier.stages import Vectors
from metier.text.analyze import content_words
from metier.types import Evidence, Passage


def passage(text: str, document: str = "d1", start: int = 0, **changed: object) -> Passage:
    """A passage of the text; its id is the document and place."""
    values: dict[str, object] = {
        "id": f"{document}:{start}",
        "document": document,
        "uri": f"{document}.txt",
        "title": "Handbook",
        "page": 1,
        "start": start,
        "end": start + len(text),
        "text": text,
        "heading_path": (),
        "kind": "text",
        "language": "en",
        "version_date": "",
        "groups": ("all",),
    }
    return Passage(**values | changed)  # type: ignore[arg-type]


def table(text: str, document: str = "t1", **changed: object) -> Passage:
    """A passage that is a table."""
    return passage(text, document, kind="table", **changed)


def evidence(*passages: Passage, score: float = 0.5) -> list[Evidence]:
    """The passages as evidence, best first."""
    return [Evidence(item, score - 0.01 * place) for place, item in enumerate(passages)]


class WordEmbedder:
    """A bag of words hashed into 64 dimensions: texts that share words are near."""

    identity = "words"
    dimension = 64

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in content_words(text, "en"):
                row[sum(word.encode()) % self.dimension] += 1
            if row.any():
                row /= np.linalg.norm(row)
        return rows

    embed_queries = embed_passages
