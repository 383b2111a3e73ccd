from tests.extract.conftest import blocks, write
from tests.extract.office_files import ppt


def test_slides_in_order_with_notes_and_without_what_was_thrown_away(tmp_path, read):
    path = ppt(
        tmp_path / "a.ppt",
        [("Travel", "Second class\nBook early", "Say why"), ("Costs – übersicht", "140 € a night", "")],
        stale="An old slide",
    )
    document = read(path)
    assert [(page.number, page.label) for page in document.pages] == [(1, "Travel"), (2, "Costs – übersicht")]
    assert (document.pages[0].width, document.pages[0].height) == (720, 540)
    assert blocks(document, "heading") == ["Travel", "Costs – übersicht"]
    assert blocks(document, "paragraph") == ["Second class\nBook early", "Notes: Say why", "140 € a night"]
    assert "old slide" not in document.text


def test_passwords_and_broken_files_are_named(tmp_path, fail):
    assert fail(ppt(tmp_path / "a.ppt", [("x", "y", "")], encrypted=True)).reason == "encrypted"
    good = ppt(tmp_path / "b.ppt", [("x", "y", "")]).read_bytes()
    assert fail(write(tmp_path, "cut.ppt", good[:700])).reason in ("corrupt", "unsupported")
