import pytest

from tests.extract.conftest import blocks, write


def rtf(
    folder,
    body,
    head=r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial;}}",
):
    return write(folder, "a.rtf", (head + body + "}").encode("latin-1"))


def test_letters_in_every_way_rtf_writes_them(tmp_path, read):
    body = r"{\uc1 K\'fcndigung \u8211? drei\~Monate, \u-10179?\u-8704? {\f1 \'c4\'e0} a\-b x\_y \{1\} \bullet\tab z}"
    assert read(rtf(tmp_path, body)).text == "Kündigung – drei Monate, 😀 Да ab x-y {1} • z"


def test_headings_by_style_and_outline_level(tmp_path, read):
    body = (
        r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s5 heading 2;}}{\info{\title The title}{\author A}}"
        r"\pard\s1 Notice\par\pard\s5 Periods\par\pard\outlinelevel2 Details\par\pard Three months.\par"
    )
    document = read(rtf(tmp_path, body))
    assert document.title == "The title"
    assert [(document.text[b.start : b.end], b.level) for b in document.blocks if b.kind == "heading"] == [
        ("Notice", 1), ("Periods", 2), ("Details", 3)
    ]  # fmt: skip
    assert blocks(document, "paragraph") == ["Three months."]


def test_headings_by_look_where_there_are_no_styles(tmp_path, read):
    body = r"\pard\b\fs36 Notice\par\pard\b0\fs24 Three months are the rule here.\par\pard\b Not larger\par"
    document = read(rtf(tmp_path, body))
    assert blocks(document, "heading") == ["Notice"]


def test_tables_with_cells_that_span(tmp_path, read):
    row = r"\trowd\trhdr\cellx1000\cellx2000\cellx3000\pard\intbl Plan\cell Price\cell Note\cell\row"
    wide = r"\trowd\cellx1000\cellx3000\pard\intbl Basic\cell {\b 10} Euro\cell\row"
    document = read(rtf(tmp_path, r"\pard Before\par" + row + wide + r"\pard After\par"))
    assert blocks(document) == ["Before", "Plan | Price | Note\nBasic | 10 Euro", "After"]
    table = document.blocks[1]
    assert [(cell.row, cell.column, cell.column_span, cell.header) for cell in table.cells] == [
        (0, 0, 1, True), (0, 1, 1, True), (0, 2, 1, True), (1, 0, 1, False), (1, 1, 2, False)
    ]  # fmt: skip


def test_list_numbers_notes_headers_and_fields(tmp_path, read):
    body = (
        r"{\header \pard Confidential\par}{\pard\ls1{\listtext\pard\plain 2.\tab}Second\par}"
        r"\pard See {\field{\*\fldinst HYPERLINK x}{\fldrslt the page}}{\footnote \pard A note\par}.\par"
    )
    document = read(rtf(tmp_path, body))
    assert blocks(document, "header") == ["Confidential"]
    assert blocks(document, "list_item") == ["2. Second"]
    assert blocks(document, "paragraph") == ["See the page[1].", "[1] A note"]


def test_what_is_hidden_deleted_or_no_text_is_left_out(tmp_path, read):
    body = (
        r"{\*\unknown secret}{\pict 0102ff}{\v hidden}{\deleted gone}\pard Shown{\*\bkmkstart x}\par"
        "{\\object\\bin4 {{{{ x}\\pard Also\\par"
    )
    assert read(rtf(tmp_path, body)).text == "Shown\n\nAlso"


@pytest.mark.parametrize(
    "body", ["}}}} x \\par", "{{{{ y", "\\u", "\\'zz q", "\\trowd\\cell\\row", "\\bin99999999 x"]
)
def test_broken_rtf_is_no_crash(tmp_path, extractor, body):
    found = extractor.extract("d", "a.rtf", rtf(tmp_path, body))
    assert getattr(found, "reason", "read") in ("read", "empty")


def test_deep_nesting_is_refused(tmp_path, fail):
    assert fail(rtf(tmp_path, "{" * 5000)).reason == "corrupt"
