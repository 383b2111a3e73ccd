import pytest

from metier.extract.markdown import plain
from tests.extract.conftest import blocks, write

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
