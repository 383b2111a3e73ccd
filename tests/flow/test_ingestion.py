"""Identities of documents and pipelines."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from metier.flow.ingestion import Ingestion, hash_of, no_room
from tests.fakes import FakeDocuments, FakeExtractor, HashEmbedder, LineChunker, MemoryPassages, ingestion


def parts() -> Ingestion:
    return ingestion(cast(Any, None), [], FakeDocuments(Path(), []), MemoryPassages(), FakeExtractor())


def test_the_pipeline_changes_with_everything_that_decides_passages() -> None:
    class Named:
        def __init__(self, identity: str) -> None:
            self.identity = identity

    same = parts().pipeline
    assert parts().pipeline == same
    others = [
        replace(parts(), extractor=cast(Any, Named("better reader"))),
        replace(parts(), chunker=cast(Any, Named("other passages"))),
    ]
    assert LineChunker.identity
    assert len({same, *(other.pipeline for other in others)}) == 3
    # what is pinned in the table, which is built anew without anything being read again
    assert replace(parts(), embedders={"static": HashEmbedder(identity="other")}).pipeline == same
    assert replace(parts(), slots=9, max_bytes=1, tenant="x").pipeline == same


_parts = st.lists(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5),
    min_size=1,
    max_size=4,
)


@given(_parts, _parts)
def test_two_lists_of_parts_never_share_a_hash(one: list[str], other: list[str]) -> None:
    assert (hash_of(*one) == hash_of(*other)) is (one == other)


def test_a_name_that_is_no_unicode_has_a_hash() -> None:
    assert hash_of("\udcfc") != hash_of("ü")


def test_the_message_for_a_full_disk() -> None:
    words = no_room(OSError(28, "No space left on device", "/work/x"))
    assert "/work/x" in words
    assert "metier ingest" in words
