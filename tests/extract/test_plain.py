"""HTML, Markdown, text, CSV and mail."""

import pytest

from metier.extract.csv_file import find_delimiter
from metier.extract.markdown import plain


def blocks(document, kind=None):
    return [document.text[b.start : b.end] for b in document.blocks if kind in (None, b.kind)]


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


PAGE = """<!doctype html><html><head><title>Expenses</title><style>p{}</style><script>var x = "hidden"</script></head>
<body><nav>Menu</nav><h1>Travel</h1><p>Trains are <b>second</b> class.<br>Always.</p>
<div style="display:none">secret</div><p hidden>secret</p>
<h2>Rates</h2><ol start="3"><li>Three</li><li>Four<ul><li>inner</li></ul></li></ol>
<table><caption>Per day</caption><thead><tr><th>Country</th><th>Rate</th></tr></thead>
<tr><td rowspan="2">DE</td><td>28</td></tr><tr><td>14</td></tr></table><pre>a
  b</pre></body></html>"""


def test_html_structure_without_what_is_not_shown(tmp_path, read):
    document = read(write(tmp_path, "a.html", PAGE))
    assert document.title == "Expenses"
    assert "hidden" not in document.text
    assert "secret" not in document.text
    assert ("heading", 2) in [(b.kind, b.level) for b in document.blocks]
    assert blocks(document, "paragraph") == ["Menu", "Trains are second class.\nAlways."]
    assert blocks(document, "list_item") == ["3. Three", "4. Four", "inner"]
    assert blocks(document, "table") == ["Country | Rate\nDE | 28\nDE | 14"]
    assert blocks(document, "caption") == ["Per day"]
    assert blocks(document, "code") == ["a\n  b"]
    table = next(b for b in document.blocks if b.kind == "table")
    assert table.heading_path == ("Travel", "Rates")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_text_in_the_encodings_of_offices(encoding, tmp_path, read):
    path = write(
        tmp_path, "a.txt", "Kündigungsfrist: drei Monate – schriftlich.\n\nGrüße aus Köln".encode(encoding)
    )
    assert blocks(read(path)) == ["Kündigungsfrist: drei Monate – schriftlich.", "Grüße aus Köln"]


def test_html_declares_its_encoding(tmp_path, read):
    page = "<html><head><meta charset='iso-8859-1'></head><body><p>Grüße</p></body></html>"
    assert blocks(read(write(tmp_path, "a.htm", page.encode("latin-1")))) == ["Grüße"]


def test_html_named_pdf_is_read_as_html(tmp_path, read):
    assert read(write(tmp_path, "a.pdf", PAGE)).media_type == "text/html"


@pytest.mark.parametrize("depth", [250, 1000, 5000])
def test_deep_nesting_loses_nothing(depth, tmp_path, read):
    page = "<html><body>" + "<div>" * depth + "bottom" + "</div>" * depth + "<p>after &amp; all</p>"
    document = read(write(tmp_path, "a.html", page))
    assert document.text.split() == ["bottom", "after", "&", "all"]


MARKDOWN = """---
title: Onboarding
date: 2025-02-03
---
# First day

Meet **your** team at [the wiki](https://wiki.example/start).
Bring `id --card`.

Setext
------
- one
  continued
- two
1. three

| Item | Cost |
|------|-----:|
| Desk | 200  |

```sh
make run  # not a heading
```
> Quoted words
"""


def test_markdown_structure(tmp_path, read):
    document = read(write(tmp_path, "a.md", MARKDOWN))
    assert document.title == "Onboarding"
    assert document.version_date == "2025-02-03"
    assert [b.level for b in document.blocks if b.kind == "heading"] == [1, 2]
    assert "Meet your team at the wiki (https://wiki.example/start).\nBring id --card." in blocks(document)
    assert blocks(document, "list_item") == ["one\ncontinued", "two", "1. three"]
    assert blocks(document, "table") == ["Item | Cost\nDesk | 200"]
    assert blocks(document, "code") == ["make run  # not a heading"]
    assert blocks(document)[-1] == "Quoted words"


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("snake_case_name and 2*3*4", "snake_case_name and 2*3*4"),
        ("__strong__ _soft_ ***both***", "strong soft both"),
        ("a \\* b", "a * b"),
        ("`**kept**`", "**kept**"),
        ("![chart](x.png)", "chart"),
        ("<mailto:hr@acme.example>", "mailto:hr@acme.example"),
    ],
)
def test_markdown_marks(source, wanted):
    assert plain(source) == wanted


def test_csv_with_semicolons_and_decimal_commas(tmp_path, read):
    text = 'Artikel;Preis;Menge\nSchraube;1.234,50;10\n"Mutter; groß";0,80;5\n'
    document = read(write(tmp_path, "a.csv", text.encode("cp1252")))
    assert blocks(document) == ["Artikel | Preis | Menge\nSchraube | 1.234,50 | 10\nMutter; groß | 0,80 | 5"]
    assert [cell.text for cell in document.blocks[0].cells if cell.header] == ["Artikel", "Preis", "Menge"]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2", ","),
        ("a;b\n1,5;2,5", ";"),
        ("a\tb, c\n1\t2, 3", "\t"),
        ("a|b\n1|2", "|"),
        ("only\none\ncolumn", ""),
        ('name,note\nx,"a;b"\ny,"c;d"', ","),
    ],
)
def test_the_delimiter_is_the_one_that_divides_evenly(text, delimiter):
    assert find_delimiter(text) == delimiter


MAIL = b"""From: Jana Novak <jana@acme.example>
To: team@acme.example
Date: Mon, 3 Mar 2025 09:15:00 +0100
Subject: =?utf-8?q?K=C3=BCndigung?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="x"

--x
Content-Type: text/plain; charset=utf-8

The notice period is three months.

Regards
--x
Content-Type: application/pdf
Content-Disposition: attachment; filename="contract.pdf"
Content-Transfer-Encoding: base64

JVBERi0=
--x--
"""


def test_mail_headers_body_and_attachments(tmp_path, read):
    document = read(write(tmp_path, "a.eml", MAIL))
    assert document.title == "Kündigung"
    assert document.version_date == "2025-03-03"
    assert "From: Jana Novak <jana@acme.example>" in document.text
    assert "The notice period is three months." in blocks(document)
    assert "Attachments: contract.pdf" in document.text
    assert document.warnings == ("attachment contract.pdf is not read; save it beside the message",)


def test_html_mail_and_encrypted_mail(tmp_path, read, fail):
    page = (
        b"Subject: Hi\nFrom: a@b.example\nContent-Type: text/html\n\n<p>Dear <b>all</b></p><script>x</script>"
    )
    assert blocks(read(write(tmp_path, "a.eml", page)))[-1] == "Dear all"
    locked = b"Subject: Hi\nFrom: a@b.example\nContent-Type: multipart/encrypted; boundary=x\n\n--x--"
    assert fail(write(tmp_path, "b.eml", locked)).reason == "encrypted"


def test_nothing_and_unknown_bytes_are_named(tmp_path, fail):
    assert fail(write(tmp_path, "a.txt", b"")).reason == "empty"
    assert fail(write(tmp_path, "b.txt", b" \n \n")).reason == "empty"
    assert fail(write(tmp_path, "c.bin", bytes(range(256)))).reason == "unsupported"
    assert fail(write(tmp_path, "d.rtf", b"{\\rtf1 hello}")).reason == "unsupported"


def test_invisible_and_unencodable_characters_are_left_out(tmp_path, read):
    path = write(tmp_path, "a.txt", "zero\u200bwidth soft\u00adhyphen e\ufb03cient\u00a0space nul\x01")
    assert read(path).text == "zerowidth softhyphen efficient space nul"
