"""What is asked again, and what is taken from before."""

from types import SimpleNamespace
from typing import Any, cast

from metier.specialize.bench import Pace, Trial, consider_again, replay
from tests.specialize.made import example


class Counting:
    """A trial that counts what it is asked for; questions about contacts are answered part by part."""

    def __init__(self, release: str) -> None:
        self.release = release
        self.searched: list[str] = []

    def find(self, question: str, user: str, history: object = (), filter: object = None) -> Any:
        self.searched.append(question)
        return SimpleNamespace(question=question, found_by=self.release)

    def consider(self, found: Any) -> tuple[str, ...]:
        return () if "contact" in found.question else (f"{self.release} chooses",)

    def whole(self, found: Any) -> str:
        return f"{self.release} leads"


def test_another_choice_searches_only_what_is_answered_part_by_part() -> None:
    asked = [example("a1", question="How long?"), example("a2", question="Who is the contact?")]
    parent, candidate = Counting("parent"), Counting("candidate")
    pace = Pace()
    before = replay(cast(Trial, parent), asked, {"a1": "g1", "a2": "g2"}, pace, "mixture")
    assert parent.searched == ["How long?", "Who is the contact?"]
    after = consider_again(cast(Trial, candidate), before, pace, "answer_policy")
    assert candidate.searched == ["Who is the contact?"]
    assert [(item.example, item.group) for item in after] == list(zip(asked, ["g1", "g2"], strict=True))
    assert [cast(Any, item.found).found_by for item in after] == ["parent", "candidate"]
    assert [cast(Any, item.looks) for item in after] == [("candidate chooses",), ()]
    assert {cast(Any, item.whole) for item in after} == {"candidate leads"}
    assert pace.done == 4
