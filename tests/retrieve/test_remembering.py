"""What was found is remembered by question and by access."""

from metier.retrieve.remembering import Remembering
from metier.types import Access, Hit, Query
from tests.builders import passage


class Counting:
    name = "counting"

    def __init__(self) -> None:
        self.asked: list[Access] = []

    def retrieve(self, query: Query, access: Access, k: int) -> list[Hit]:
        self.asked.append(access)
        return [Hit(passage(access.principal), 1.0)][:k]


def test_each_question_of_each_access_is_asked_once() -> None:
    leg = Counting()
    known: dict[object, object] = {}
    ann, bob = (Access(name, frozenset({name})) for name in ("ann", "bob"))
    for _ in range(2):
        found = Remembering(leg, known)  # another trial with the same memory
        assert found.name == "counting"
        assert found.retrieve(Query("q"), ann, 5)[0].passage.text == "ann"
        assert found.retrieve(Query("q"), bob, 5)[0].passage.text == "bob"
        found.retrieve(Query("q"), ann, 5).clear()  # what is remembered is not what was handed out
        assert len(found.retrieve(Query("q"), ann, 5)) == 1
        assert found.retrieve(Query("q"), ann, 0) == []
    assert leg.asked == [ann, bob, ann]
