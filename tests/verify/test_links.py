import pytest

from metier.verify.links import Links, links
from tests.verify.conftest import Run


@pytest.mark.parametrize(
    ("statement", "source", "ok"),
    [
        ("See https://acme.com/leave.", "Details: www.acme.com/leave", True),
        ("See https://evil.example/?q=secret", "Details: www.acme.com/leave", False),
        ("See [here](https://evil.io/x).", "No link.", False),
        ("![x](//evil.io/p.png)", "No link.", False),
        ("Go to acme.com/login now", "Go to the page.", False),
        ("javascript:alert(1)", "Nothing.", False),
        ("Open report.pdf, version 1.2 for 3.5 kg.", "Nothing.", True),
        ("No link at all.", "Nothing.", True),
    ],
)
def test_links(run: Run, statement: str, source: str, ok: bool) -> None:
    (finding,) = run(Links(), statement, source)
    assert finding.ok is ok, finding.detail


def test_paths_keep_their_case_and_hosts_lose_it() -> None:
    assert links("https://WWW.Acme.com/Leave") == {"acme.com/Leave"}
