"""LlamaIndex's side: SimpleDirectoryReader, the default sentence splitter and vector index, no language model."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.prompts.chat_prompts import CHAT_TEXT_QA_PROMPT

from benchmarks.peer_workers.protocol import first_words, serve
from benchmarks.peer_workers.static_vectors import StaticVectors

VECTORS = StaticVectors()


class SharedVectors(BaseEmbedding):  # type: ignore[misc]
    """The shared embedder as LlamaIndex wants it; its batch size (default 10) is raised to the embedder's own 64."""

    embed_batch_size: int = 64

    def _get_query_embedding(self, query: str) -> list[float]:
        return VECTORS.embed([query])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return VECTORS.embed([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return VECTORS.embed(texts)


def main() -> None:
    """Serves; the index is built anew by every ingest; `--text` reads *.txt instead of *.pdf."""
    suffix = ".txt" if "--text" in sys.argv else ".pdf"
    embedder = SharedVectors(model_name="wordllama-256")
    state: dict[str, Any] = {}

    def ingest(folder: Path) -> dict[str, int]:
        documents = SimpleDirectoryReader(str(folder), required_exts=[suffix]).load_data()
        index = VectorStoreIndex.from_documents(documents, embed_model=embedder)
        # 10, as Haystack's retrievers: LlamaIndex's default of 2 could not hold five passages.
        state["retriever"] = index.as_retriever(similarity_top_k=10)
        passages = len(index.docstore.docs)
        vectors = len(index.vector_store.data.embedding_dict)
        if passages != vectors:
            raise SystemExit(f"{passages} passages but {vectors} vectors: the finish line was not reached")
        return {"documents": len({d.metadata["file_name"] for d in documents}), "passages": passages}

    def ask(question: str) -> Any:
        return state["retriever"].retrieve(question)

    def files(found: Any) -> list[str]:
        return [hit.node.metadata["file_name"] for hit in found]

    def prompt(question: str, hint: str, words: int) -> list[dict[str, str]]:
        texts = first_words([hit.node.get_content() for hit in ask(question)], words)
        messages = CHAT_TEXT_QA_PROMPT.format_messages(
            context_str="\n\n".join(texts), query_str=f"{question} {hint}"
        )
        return [{"role": message.role.value, "content": message.content or ""} for message in messages]

    serve("llamaindex", version("llama-index-core"), ingest, ask, files, prompt=prompt)


if __name__ == "__main__":
    main()
