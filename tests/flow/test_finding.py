"""Which thread asks which retriever, and that what is found does not depend on it."""

import threading
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from metier.flow.finding import search_all
from metier.types import Access, Hit, Query
from tests.builders import passage


class Leg:
    """Implements stages.Retriever: finds its own name, and notes by which thread it was asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.threads: list[int] = []

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        self.threads.append(threading.get_ident())
        return [Hit(passage(f"{self.name} {query.text}"), 1.0)]


def searches_of(*texts: str) -> Sequence[Callable[[Any], list[Hit]]]:
    access = Access("anna", frozenset({"all"}))
    return [lambda leg, text=text: leg.retrieve(Query(text), access, 5) for text in texts]


@pytest.mark.parametrize(
    ("waiting", "here"),
    [
        ((), ("keyword", "static", "sentence")),
        (("sentence",), ("keyword", "static")),
        (("keyword",), ("static", "sentence")),
        (("keyword", "static", "sentence"), ()),
    ],
)
def test_what_searches_memory_is_asked_by_this_thread(
    waiting: tuple[str, ...], here: tuple[str, ...]
) -> None:
    legs = [Leg(name) for name in ("keyword", "static", "sentence")]
    parts: Any = SimpleNamespace(retrievers=legs, waits=lambda name: name in waiting)
    found = search_all(parts, searches_of("pump", "valve"))
    assert [list(one) for one in found] == [["keyword", "static", "sentence"]] * 2
    for one, text in zip(found, ("pump", "valve"), strict=True):
        assert [hits[0].passage.text for hits in one.values()] == [f"{leg.name} {text}" for leg in legs]
    mine = threading.get_ident()
    assert tuple(leg.name for leg in legs if leg.threads == [mine, mine]) == here
    if not here:  # one of them is: the last, which need not be handed over
        assert [thread for leg in legs for thread in leg.threads].count(mine) == 1


def test_nothing_is_asked_where_there_is_no_retriever() -> None:
    parts: Any = SimpleNamespace(retrievers=[], waits=lambda name: True)
    assert search_all(parts, searches_of("pump")) == [{}]
