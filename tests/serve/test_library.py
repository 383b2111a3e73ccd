import io

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.serve.fake import library

BEN = {"X-Metier-User": "ben"}


def test_only_documents_the_user_may_see(client: TestClient) -> None:
    def uris(headers: dict[str, str] | None) -> set[str]:
        return {row["uri"] for row in client.get("/api/v1/documents", headers=headers).json()["documents"]}

    assert "hr/salaries.pdf" in uris(None)
    assert "hr/salaries.pdf" not in uris(BEN)
    assert "secret/plan.pdf" not in uris(None)


def test_pages_of_the_ledger_cover_it_without_overlap(client: TestClient) -> None:
    ids: list[str] = []
    offset: int | None = 0
    while offset is not None:
        reply = client.get(f"/api/v1/documents?limit=2&offset={offset}").json()
        ids += [row["id"] for row in reply["documents"]]
        offset = reply["next"]
    assert len(ids) == len(set(ids)) == client.get("/api/v1/documents?count=true").json()["visible"] == 6


def test_quarantined_documents_say_what_to_do(client: TestClient) -> None:
    [row] = client.get("/api/v1/documents?state=quarantined").json()["documents"]
    assert row["reason"] == "encrypted"
    assert "save it without a password" in row["detail"]


def test_a_document_and_a_range_of_it(client: TestClient) -> None:
    whole = client.get("/api/v1/documents/d-handbook").json()
    document = library()[0]
    assert whole["text"] == document.text
    assert (whole["pages"][0]["width"], whole["pages"][0]["words"]) == (595.0, [])
    block = document.blocks[7]
    part = client.get(f"/api/v1/documents/d-handbook?start={block.start}&end={block.end}").json()
    assert part["text"] == document.text[block.start : block.end]
    assert [item["id"] for item in part["blocks"]] == [block.id]
    assert (part["text_start"], part["length"]) == (block.start, len(document.text))
    words = client.get("/api/v1/documents/d-handbook?words=true").json()["pages"][0]["words"]
    assert words[0]["box"]["x0"] == 60.0
    for odd in ("start=9&end=3", "start=99999999", "end=99999999"):
        assert client.get(f"/api/v1/documents/d-handbook?{odd}").status_code == 200
    assert client.get("/api/v1/documents/d-handbook?start=-1").status_code == 422


def test_a_picture_has_the_asked_scale(client: TestClient) -> None:
    reply = client.get("/api/v1/documents/d-handbook/pages/1.png?scale=2")
    assert reply.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(reply.content)).size == (1190, 1684)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("d-handbook/pages/3.png", 404),
        ("d-handbook/pages/0.png", 422),
        ("d-handbook/pages/1.png?scale=900", 422),
        ("d-prices/pages/1.png", 422),
        ("none/pages/1.png", 404),
    ],
)
def test_pictures_that_are_not_there(client: TestClient, path: str, status: int) -> None:
    assert client.get(f"/api/v1/documents/{path}").status_code == status


def test_another_groups_document_looks_like_none(client: TestClient) -> None:
    for path in ("", "/pages/1.png"):
        hidden = client.get(f"/api/v1/documents/d-salary{path}", headers=BEN)
        absent = client.get(f"/api/v1/documents/d-absent{path}", headers=BEN)
        assert hidden.status_code == absent.status_code == 404
        assert hidden.text.replace("d-salary", "") == absent.text.replace("d-absent", "")
