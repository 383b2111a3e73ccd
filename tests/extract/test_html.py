import pytest

from tests.extract.conftest import blocks, write

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


def test_html_declares_its_encoding(tmp_path, read):
    page = "<html><head><meta charset='iso-8859-1'></head><body><p>Grüße</p></body></html>"
    assert blocks(read(write(tmp_path, "a.htm", page.encode("latin-1")))) == ["Grüße"]


@pytest.mark.parametrize("depth", [250, 1000, 5000])
def test_deep_nesting_loses_nothing(depth, tmp_path, read):
    page = "<html><body>" + "<div>" * depth + "bottom" + "</div>" * depth + "<p>after &amp; all</p>"
    document = read(write(tmp_path, "a.html", page))
    assert document.text.split() == ["bottom", "after", "&", "all"]
