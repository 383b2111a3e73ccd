"""Questions to begin with are those that this person is answered."""

from fastapi.testclient import TestClient

from metier.serve.app import create_app
from metier.serve.starters import Starters
from metier.types import Access
from tests.serve.fake import FakeSystem, fake_settings

HOTEL = "What may a hotel in Germany cost per night?"
SALARY = "What is the salary band of level four?"
NOWHERE = "Which planets have rings?"


def system(**changes: object) -> FakeSystem:
    return FakeSystem(fake_settings(scope={"examples": {"in": (NOWHERE, SALARY, HOTEL)}}, **changes))


def access(of: FakeSystem, user: str) -> Access:
    return of.settings.access(user)


def test_each_person_gets_what_their_documents_answer() -> None:
    served = system()
    found = Starters(served)
    assert found.of(access(served, "anna")) == (SALARY, HOTEL)
    assert found.of(access(served, "ben")) == (HOTEL,)
    assert found.of(access(served, "józef")) == ()
    assert not served.traces  # nothing is kept
    assert not served.rows


def test_they_are_found_out_once_until_something_changes() -> None:
    served = system()
    found = Starters(served)
    found.of(access(served, "anna"))
    asked = served.unlogged
    assert asked == 3
    found.of(access(served, "anna"))
    assert served.unlogged == asked


def test_no_more_are_asked_than_are_shown() -> None:
    served = FakeSystem(fake_settings(scope={"examples": {"in": (HOTEL,) * 8}}))
    assert len(Starters(served).of(access(served, "anna"))) == 4
    assert served.unlogged == 4


def test_a_language_model_is_not_asked() -> None:
    served = system(models={"generator": {"source": "endpoint:http://127.0.0.1:1/v1", "name": "m"}})
    assert Starters(served).of(access(served, "anna")) == (NOWHERE, SALARY, HOTEL)
    assert served.unlogged == 0


def test_the_door() -> None:
    client = TestClient(create_app(system()), base_url="http://127.0.0.1")
    assert client.get("/api/v1/starters", headers={"X-Metier-User": "ben"}).json() == {"starters": [HOTEL]}
    assert client.get("/api/v1/starters", headers={"X-Metier-User": "nobody"}).status_code == 403
