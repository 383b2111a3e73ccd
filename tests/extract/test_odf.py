import pytest

from tests.extract.conftest import blocks
from tests.extract.office_files import odf, package

NUMBERED = (
    '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
    '<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/></text:list-style>'
    '<style:style style:name="P1" style:parent-style-name="Title"/>'
)


def test_headings_lists_spaces_and_notes(tmp_path, read):
    body = (
        '<text:p text:style-name="P1">Handbook</text:p><text:h text:outline-level="2">Notice<text:s text:c="2"/>period</text:h>'
        "<text:p>Three<text:line-break/>months<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>In "
        "writing</text:p></text:note-body></text:note></text:p>"
        '<text:list text:style-name="L1"><text:list-item><text:p>one</text:p></text:list-item><text:list-item><text:p>two</text:p>'
        "<text:list><text:list-item><text:p>inner</text:p></text:list-item></text:list></text:list-item></text:list>"
    )
    document = read(odf(tmp_path / "a.odt", "text", body, NUMBERED))
    assert document.media_type == "application/vnd.oasis.opendocument.text"
    assert [(document.text[b.start : b.end], b.level) for b in document.blocks if b.kind == "heading"] == [
        ("Handbook", 1), ("Notice period", 2)
    ]  # fmt: skip
    assert blocks(document, "list_item") == ["1. one", "2. two", "a) inner"]
    assert blocks(document, "paragraph") == ["Three\nmonths[1]", "[1] In writing"]


def test_tables_with_spans_and_repeated_empty_cells(tmp_path, read):
    cell = "<table:table-cell{0}><text:p>{1}</text:p></table:table-cell>"
    body = (
        "<table:table><table:table-header-rows><table:table-row>" + cell.format("", "Plan") + cell.format("", "Price")
        + "</table:table-row></table:table-header-rows><table:table-row>"
        + cell.format(' table:number-columns-spanned="2"', "All plans")
        + '<table:covered-table-cell/></table:table-row><table:table-row table:number-rows-repeated="1000000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'
    )  # fmt: skip
    document = read(odf(tmp_path / "a.odt", "text", body))
    assert blocks(document, "table") == ["Plan | Price\nAll plans"]
    assert [(c.text, c.header, c.column_span) for c in document.blocks[0].cells] == [
        ("Plan", True, 1), ("Price", True, 1), ("All plans", False, 2)
    ]  # fmt: skip


def test_deleted_and_hidden_text_is_left_out(tmp_path, read):
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>"
        '</text:changed-region></text:tracked-changes><text:section text:display="none"><text:p>hidden</text:p>'
        "</text:section><text:p>Shown</text:p>"
    )
    assert read(odf(tmp_path / "a.odt", "text", body)).text == "Shown"


def test_slides_are_pages_with_places_and_notes(tmp_path, read):
    page = '<style:page-layout><style:page-layout-properties fo:page-width="10in" fo:page-height="5in"/></style:page-layout>'
    body = (
        '<draw:page draw:name="p1"><draw:frame presentation:class="title" svg:x="1in" svg:y="0.5in" svg:width="4in" '
        'svg:height="1in"><draw:text-box><text:p>Travel</text:p></draw:text-box></draw:frame><draw:frame><draw:text-box>'
        "<text:p>Second class</text:p></draw:text-box></draw:frame><presentation:notes><draw:frame><draw:text-box><text:p>Why"
        '</text:p></draw:text-box></draw:frame></presentation:notes></draw:page><draw:page draw:name="p2"/>'
    )
    document = read(odf(tmp_path / "a.odp", "presentation", body, page_styles=page))
    assert [(p.label, p.width, p.height) for p in document.pages] == [("Travel", 720, 360), ("p2", 720, 360)]
    assert blocks(document) == ["Travel", "Second class", "Notes: Why"]
    box = document.blocks[0].box
    assert box is not None
    assert (box.x0, box.y0, box.x1, box.y1) == (72, 36, 360, 108)


def test_passwords_and_broken_packages_are_named(tmp_path, fail):
    locked = odf(tmp_path / "a.odt", "text", "", manifest="<encryption-data/>")
    assert fail(locked).reason == "encrypted"
    mime = "application/vnd.oasis.opendocument.text"
    assert fail(package(tmp_path / "b.odt", {"mimetype": mime})).reason == "corrupt"
    assert fail(package(tmp_path / "c.odt", {"mimetype": mime, "content.xml": "<a"})).reason == "corrupt"


@pytest.mark.parametrize("tag", ["text:section", "text:span"])
def test_nesting_beyond_reason_is_no_crash(tmp_path, extractor, tag):
    body = f"<text:p>Start</text:p>{f'<{tag}>' * 300}<text:p>deep</text:p>{f'</{tag}>' * 300}"
    found = extractor.extract("d", "a.odt", odf(tmp_path / "a.odt", "text", body))
    assert getattr(found, "reason", "read") in ("read", "corrupt")


def test_entities_are_not_expanded(tmp_path, extractor):
    bomb = '<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
    path = package(
        tmp_path / "a.odt", {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": bomb}
    )
    assert extractor.extract("d", "a.odt", path).reason == "corrupt"
