"""Haystack's side: its PDF (or plain text) converter, cleaner and splitter with their defaults, its in-memory store, and its hybrid of
BM25 and embedding retrieval joined by reciprocal rank (its documented hybrid pipeline; the joiner's own default would
compare BM25 scores with cosines)."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import haystack
from haystack import Document, Pipeline, component
from haystack.components.builders import PromptBuilder
from haystack.components.converters import PyPDFToDocument, TextFileToDocument
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentCleaner, DocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore

from benchmarks.peer_workers.protocol import first_words, serve
from benchmarks.peer_workers.static_vectors import StaticVectors

VECTORS = StaticVectors()
# of its tutorial "Creating Your First QA Pipeline with Retrieval-Augmentation"
TEMPLATE = """Given the following information, answer the question.

Context:
{% for document in documents %}
    {{ document.content }}
{% endfor %}

Question: {{question}}
Answer:"""


@component
class DocumentVectors:
    """Documents with the shared embedder's vectors."""

    @component.output_types(documents=list[Document])  # type: ignore[untyped-decorator]
    def run(self, documents: list[Document]) -> dict[str, Any]:
        """The same documents, embedded."""
        vectors = VECTORS.embed([document.content or "" for document in documents]) if documents else []
        pairs = zip(documents, vectors, strict=True)
        return {"documents": [replace(document, embedding=vector) for document, vector in pairs]}


@component
class QuestionVector:
    """The shared embedder's vector of a question."""

    @component.output_types(embedding=list[float])  # type: ignore[untyped-decorator]
    def run(self, text: str) -> dict[str, Any]:
        """Under "embedding"."""
        return {"embedding": VECTORS.embed([text])[0]}


def main() -> None:
    """Builds the two pipelines once, as an application would, and serves; `--text` reads *.txt instead of *.pdf."""
    is_text = "--text" in sys.argv
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    indexing = Pipeline()
    for name, part in (
        ("read", TextFileToDocument() if is_text else PyPDFToDocument()),
        ("clean", DocumentCleaner()),
        ("split", DocumentSplitter()),
        ("embed", DocumentVectors()),
        ("write", DocumentWriter(store)),
    ):
        indexing.add_component(name, part)
    for one, other in (("read", "clean"), ("clean", "split"), ("split", "embed"), ("embed", "write")):
        indexing.connect(one, other)
    asking = Pipeline()
    asking.add_component("vector", QuestionVector())
    asking.add_component("dense", InMemoryEmbeddingRetriever(store))
    asking.add_component("keyword", InMemoryBM25Retriever(store))
    asking.add_component("join", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    asking.connect("vector.embedding", "dense.query_embedding")
    asking.connect("dense", "join")
    asking.connect("keyword", "join")

    def ingest(folder: Path) -> dict[str, int]:
        files = sorted(folder.glob("*.txt" if is_text else "*.pdf"))
        indexing.run({"read": {"sources": files}})
        stored = store.filter_documents()
        missing = sum(document.embedding is None for document in stored)
        if missing:
            raise SystemExit(f"{missing} documents have no vector: the finish line was not reached")
        return {
            "documents": len({document.meta["file_path"] for document in stored}),
            "passages": len(stored),
        }

    def ask(question: str) -> list[Document]:
        asked = {"vector": {"text": question}, "keyword": {"query": question}}
        documents: list[Document] = asking.run(asked)["join"]["documents"]
        return documents

    def files(found: list[Document]) -> list[str]:
        return [Path(document.meta["file_path"]).name for document in found]

    builder = PromptBuilder(template=TEMPLATE, required_variables="*")

    def prompt(question: str, hint: str, words: int) -> list[dict[str, str]]:
        found = ask(question)
        texts = first_words([document.content or "" for document in found], words)
        shown = [replace(document, content=text) for document, text in zip(found, texts, strict=False)]
        built = builder.run(documents=shown, question=f"{question} {hint}")["prompt"]
        return [{"role": "user", "content": built}]

    serve("haystack", haystack.version.__version__, ingest, ask, files, prompt=prompt)


if __name__ == "__main__":
    main()
