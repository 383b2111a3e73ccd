"""The scorer against the conformance examples of the original one (opendataloader-bench b4b9505)."""

import pytest

from benchmarks.markdown_scores import Scores, score, tables_to_html

NEAR = {"abs": 5e-7}


def test_text_with_and_without_tables() -> None:
    got = score("# A\n\n|x|y|\n|-|-|\n|1|2|\n\nabc", "A abc x y 1 2")
    assert got.nid == pytest.approx(0.170213, **NEAR)
    assert got.nid_s == 0.5
    assert (score("abc", "").nid, score("abc", "").nid_s) == (0, 0)


@pytest.mark.parametrize(
    ("truth", "predicted", "teds", "teds_s"),
    [
        ("|a|b|\n|-|-|\n|1|2|\n\nx\n\n|c|d|\n|-|-|\n|3|4|\n", "|a|b|\n|-|-|\n|1|2|\n", 0.5, 0.5),
        (
            "<table><tr><td colspan=2>a</td></tr><tr><td>1</td><td>2</td></tr></table>",
            "|a||\n|-|-|\n|1|2|\n",
            0.714286,
            0.714286,
        ),
        (
            "<table><thead><tr><th>a &amp; b<br>c</th></tr></thead></table>",
            "|a & b c|\n|-|\n",
            0.895833,
            1.0,
        ),
        ("|a|\n|-|\n|1|\n", "no table", 0.0, 0.0),
    ],
)
def test_tables(truth: str, predicted: str, teds: float, teds_s: float) -> None:
    got = score(truth, predicted)
    assert got.teds == pytest.approx(teds, **NEAR)
    assert got.teds_s == pytest.approx(teds_s, **NEAR)


def test_tables_do_not_apply_without_one_in_the_truth() -> None:
    assert score("text", "|a|\n|-|\n|1|\n").teds is None


@pytest.mark.parametrize(
    ("truth", "predicted", "mhs", "mhs_s"),
    [
        ("x\n# A\ntext", "# A\ntext", 0.75, 0.75),
        ("# A\ntext\n", "## A\ntext\n", 1.0, 1.0),
        ("x", "# A", None, None),
        ("# A", "x", 0.0, 0.0),
    ],
)
def test_headings(truth: str, predicted: str, mhs: float | None, mhs_s: float | None) -> None:
    got = score(truth, predicted)
    assert (got.mhs, got.mhs_s) == (mhs, mhs_s)


def test_pipe_tables_become_html() -> None:
    expected = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr><tr><td>x</td><td>y</td></tr></table>"
    assert tables_to_html("a|b\n-|-\n1|2|3\nx|y\n\nz") == f"{expected}\n\nz"
    # three cells in a wider table: the middle one is repeated
    assert tables_to_html("a|b|c|d\n-|-|-|-\n1|2|3").count("<td>2</td>") == 2
    # without a header, the first row of the body is it
    assert tables_to_html("|||\n|-|-|\n|1|2|") == ("<table><tr><th>1</th><th>2</th></tr></table>\n")


def test_overall_is_the_mean_of_what_applies() -> None:
    assert Scores(0.5, None, None, None, 0.7, None).overall == pytest.approx(0.6)
    assert Scores(None, None, None, None, None, None).overall is None
