"""A model's other wording is used only if it asks of the same things."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from metier.errors import ModelUnavailable
from metier.models.completion import Completion, Request, Spent
from metier.retrieve.rewording import Reworder
from metier.types import Query, Reworded, Usage

ASKED = "Who gives the green light to the Ondara 25 of Eastmoor Paper?"


@dataclass
class Model:
    """Says what it was told to, and counts three and two tokens."""

    says: str
    identity: str = "test"
    heard: list[Sequence[Mapping[str, str]]] = field(default_factory=list)

    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        self.heard.append(messages)
        return Completion(iter([*self.says, Spent(3, 2)]))


class Broken(Model):
    def complete(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        raise ModelUnavailable("no answer")


def test_the_first_line_is_the_question_in_other_words() -> None:
    model = Model('"Who approves the Ondara 25 of Eastmoor Paper?"\nThat is all.')
    found = Reworder(model).reword(Query(ASKED))
    assert found.text == "Who approves the Ondara 25 of Eastmoor Paper?"
    assert found.usage == Usage(3, 2)
    assert model.heard[0][-1] == {"role": "user", "content": ASKED}


@pytest.mark.parametrize(
    "says",
    [
        "",
        "who gives the green light to the Ondara 25 of Eastmoor Paper",
        "Who approves the Ondara 30 of Eastmoor Paper?",
        "Who approves the Ondara 25?",
        "Who approves the Ondara 25 of Eastmoor Paper in Derby?",
    ],
    ids=["nothing", "the same", "another number", "a name less", "a name more"],
)
def test_what_asks_of_other_things_is_not_used(says: str) -> None:
    assert Reworder(Model(says)).reword(Query(ASKED)).text == ""


def test_a_question_is_said_in_the_language_of_documents_to_be_searched_beside_it() -> None:
    model = Model("Wer genehmigt die Ondara 25 von Eastmoor Paper?")
    found = Reworder(model).translate(Query(ASKED, "en"), "de")
    assert (found.text, found.besides) == (model.says, True)
    assert "in German" in model.heard[0][0]["content"]
    assert Reworder(Model("Wer genehmigt die Ondara 30?")).translate(Query(ASKED, "en"), "de").text == ""
    assert Reworder(model).translate(Query(ASKED, "en"), "xx") == Reworded("")


def test_without_the_model_there_are_no_other_words() -> None:
    assert Reworder(Broken("")).reword(Query(ASKED)).text == ""


class Chatty(Model):
    """Talks about what it says, but writes JSON where it is asked to."""

    def ask(self, request: Request) -> Completion:
        self.heard.append(request.messages)
        said = f'{{"question": "{self.says}"}}' if request.schema else f"Sure, here it is:\n{self.says}"
        return Completion(iter([said, Spent(3, 2)]))


def test_a_model_that_talks_about_the_question_is_asked_for_json() -> None:
    model = Chatty("Who approves the Ondara 25 of Eastmoor Paper?")
    found = Reworder(model).reword(Query(ASKED))
    assert (found.text, found.usage) == ("Who approves the Ondara 25 of Eastmoor Paper?", Usage(6, 4))
    assert model.heard[1][2]["content"] == '{"question": "Who must be notified in case of sickness absence?"}'
