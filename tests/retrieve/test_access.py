"""The oracle, for both engines: over random worlds of documents, groups and people, each retriever finds what brute force finds."""

import itertools
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metier.retrieve.dense import DenseRetriever
from metier.retrieve.keyword import KeywordRetriever, query_terms
from metier.stages import PassageSearch, Retriever
from metier.store.passages import LancePassages
from metier.store.serving import ServedPassages
from metier.text.analyze import terms
from metier.text.context import context_text
from metier.types import Access, Entry, Passage, Query, State
from tests.fakes import HashEmbedder, entry, passage

WORDS = ("notice", "period", "salary", "travel", "hotel")
GROUPS = ("hr", "it", "board", "all")
EMBEDDER = HashEmbedder(64)
_groups = st.lists(st.sampled_from(GROUPS), max_size=3, unique=True).map(lambda names: tuple(sorted(names)))
_document = st.tuples(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), _groups, st.booleans())
_worlds = itertools.count()


ENGINES = ("table", "snapshot", "snapshot behind")


def build(
    folder: Path, world: Sequence[tuple[list[str], tuple[str, ...], bool]], engine: str
) -> tuple[PassageSearch, dict[str, Entry]]:
    """All documents, some of which are not live, half of them added after the index (or the snapshot) was made."""
    table = LancePassages(folder, {"static": EMBEDDER})
    rows = [
        passage(f"d{n}", f"{n}.txt", " ".join(words), groups=groups, title="t")
        for n, (words, groups, _) in enumerate(world)
    ]
    half = len(rows) // 2
    served = ServedPassages(table, folder.parent / "snapshots", 64)
    for some in (rows[:half], rows[half:]):
        table.add(some, {"static": EMBEDDER.embed_passages([context_text(row) for row in some])})
        if some is not rows[half:]:
            table.optimize()
            if engine == "snapshot behind":
                served.refresh()
    live = {f"d{n}": entry(f"d{n}", state=State.LIVE) for n, (_, _, is_live) in enumerate(world) if is_live}
    if engine == "snapshot":
        served.refresh()
    return table if engine == "table" else served, live


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    world=st.lists(_document, min_size=1, max_size=12),
    mine=_groups,
    question=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    k=st.integers(1, 14),
    engine=st.sampled_from(ENGINES),
    chosen=st.none() | st.frozensets(st.sampled_from([f"d{n}" for n in range(12)]), max_size=6),
)
def test_every_retriever_finds_what_brute_force_finds(
    tmp_path: Path,
    world: list[tuple[list[str], tuple[str, ...], bool]],
    mine: tuple[str, ...],
    question: list[str],
    k: int,
    engine: str,
    chosen: frozenset[str] | None,
) -> None:
    folder = tmp_path / f"w{next(_worlds)}" / "passages.lance"
    folder.parent.mkdir()
    table, live = build(folder, world, engine)
    access = Access("me", frozenset(mine), chosen)
    query = Query(" ".join(question), "en")
    allowed = {f"d{n}" for n, (_, groups, is_live) in enumerate(world) if is_live and set(groups) & set(mine)}
    allowed &= allowed if chosen is None else chosen
    keyword: Retriever = KeywordRetriever(table, lambda: live)
    dense: Retriever = DenseRetriever("static", table, EMBEDDER, lambda: live)
    wanted = set(query_terms(query))
    matching = {
        f"d{n}" for n, (words, _, _) in enumerate(world) if wanted & set(terms(" ".join(words), "en"))
    }
    for retriever, everything in ((keyword, allowed & matching), (dense, allowed)):
        hits = retriever.retrieve(query, access, k)
        found = [hit.passage.document for hit in hits]
        assert len(found) == len(set(found)) == min(k, len(everything))
        assert set(found) <= everything, f"{retriever.name} showed what {mine} may not see"
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    vector = EMBEDDER.embed_queries([query.text])[0]
    best = sorted(
        (float(EMBEDDER.embed_passages([text])[0] @ vector) for text in _texts(world, allowed)), reverse=True
    )
    scores = [hit.score for hit in dense.retrieve(query, access, k)]
    assert scores == pytest.approx(best[:k], abs=1e-5)
    shutil.rmtree(folder.parent)


def _texts(world: Sequence[tuple[list[str], tuple[str, ...], bool]], allowed: set[str]) -> list[str]:
    return [f"t\n{' '.join(words)}" for n, (words, _, _) in enumerate(world) if f"d{n}" in allowed]


Small = tuple[PassageSearch, dict[str, Entry]]


@pytest.fixture(params=ENGINES)
def small(tmp_path: Path, request: pytest.FixtureRequest) -> Small:
    world = [
        (["notice", "period"], ("all",), True),
        (["hotel"], ("all",), True),
        (["travel"], ("all",), True),
    ]
    return build(tmp_path / "passages.lance", world, request.param)


ME = Access("me", frozenset({"all"}))


def test_rewrites_are_searched_besides(small: Small) -> None:
    table, live = small
    query = Query("notice", "en", rewrites=("hotel",))
    for retriever in (
        KeywordRetriever(table, lambda: live),
        DenseRetriever("static", table, EMBEDDER, lambda: live),
    ):
        top: list[Passage] = [hit.passage for hit in retriever.retrieve(query, ME, 2)]
        assert {item.document for item in top} == {"d0", "d1"}


def test_a_question_without_search_terms_finds_no_keywords(
    small: Small,
) -> None:
    table, live = small
    for text in ("", "?!", "the of and"):
        assert KeywordRetriever(table, lambda: live).retrieve(Query(text, "en"), ME, 5) == []


def test_a_question_is_searched_with_the_stems_of_both_languages() -> None:
    expected = {*terms("Kündigungen", "de"), *terms("periods", "en")}
    assert set(query_terms(Query("Kündigungen periods", "de"))) >= expected
    assert query_terms(Query("notice notice")) == list(dict.fromkeys(query_terms(Query("notice notice"))))


def test_stop_words_of_the_question_are_searched_in_no_language() -> None:
    assert query_terms(Query("What is Debian?", "en")) == ["debian"]
    assert query_terms(Query("Was will die DIN A 4?", "de"), ("en",)) == query_terms(
        Query("will DIN A 4?", "de"), ("en",)
    )
    assert {"it", "rd"} <= set(query_terms(Query("Who heads IT and R&D?", "en")))


def test_only_languages_of_the_documents_are_searched(small: Small) -> None:
    table, live = small
    asked: list[list[str]] = []
    table.search_terms = lambda words, *_, **__: asked.append(list(words)) or []  # type: ignore[method-assign, func-returns-value]
    query = Query("genes of servers", "en")
    for languages in (("en", "en", "en"), ("en", "de", "en"), ("", "", "")):
        told = {
            name: replace(row, language=one) for (name, row), one in zip(live.items(), languages, strict=True)
        }
        KeywordRetriever(table, lambda told=told: told).retrieve(query, ME, 5)  # type: ignore[misc]
    english, mixed, unknown = asked
    assert english == terms(query.text, "en")
    assert mixed == unknown == query_terms(query)
    assert set(mixed) > set(english)


def test_a_question_in_another_language_than_the_documents_is_searched_in_its_own(
    small: Small,
) -> None:
    assert set(query_terms(Query("Kündigungen", "de"), ("en",))) >= set(terms("Kündigungen", "de"))
    assert query_terms(Query("notice"), ()) == query_terms(Query("notice"))
