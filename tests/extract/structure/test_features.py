import numpy as np

from metier.extract.raw import RawBlock, RawDocument, RawPage, RawRun
from metier.extract.structure.features import (
    CONTEXT,
    FEATURES,
    block_features,
    body_text,
    describe,
    groups_of,
    may_be_heading,
    with_context,
)
from metier.extract.structure.prepare import prepare


def document(*lines: tuple[str, str, float]) -> RawDocument:
    """One block per line of (text, font, size), and a paragraph of two lines of body text after each."""
    runs, blocks, y = [], [], 50.0
    for text, font, size in lines:
        runs.append(RawRun(text, (50, y, 50 + 4 * len(text), y + 1.2 * size), font, size))
        blocks.append(RawBlock("paragraph", text, rect=(50, y, 50 + 4 * len(text), y + 1.2 * size)))
        y += 30
        body = "the supplier delivers the goods to the site"
        runs += [
            RawRun(body, (50, y, 300, y + 12), "Times", 10),
            RawRun(body, (50, y + 12, 300, y + 24), "Times", 10),
        ]
        blocks.append(RawBlock("paragraph", f"{body} {body}", rect=(50, y, 300, y + 24)))
        y += 50
    return RawDocument("", "", [RawPage(1, 600, 800, runs=runs)], blocks)


def features(raw: RawDocument) -> list[dict[str, float]]:
    items = describe(prepare(raw))
    return [dict(zip(FEATURES, row, strict=True)) for row in block_features(raw, items, body_text(items))]


def test_looks_are_told_against_the_body_text():
    found = features(document(("1 Scope", "Times-Bold", 15.0), ("1.1 Terms", "Times-Bold", 10.0)))
    assert (found[0]["size"], found[0]["bold"], found[0]["size_rank"]) == (1.5, 1, 1)
    assert (found[2]["size"], found[2]["number_depth"]) == (1.0, 2)
    assert (found[1]["size"], found[1]["bold"], found[1]["lines"]) == (1.0, 0, 2)


def test_numbers_that_count_on_are_seen():
    found = features(
        document(("1 Scope", "Times", 10.0), ("2 Terms", "Times", 10.0), ("7 Other", "Times", 10.0))
    )
    assert [found[row]["number_follows"] for row in (0, 2, 4)] == [1, 2, -1]
    assert [found[row]["number_next"] for row in (0, 2, 4)] == [1, 0, 0]


def test_a_printed_table_of_contents_names_headings():
    raw = document(*[(f"Title {chr(97 + n)}x", "Times", 10.0) for n in range(6)])
    entries = "\n".join(f"Title {chr(97 + n)}x . . . . . {n + 2}" for n in range(6))
    for block in raw.blocks:
        block.page = 2
    raw.pages = [RawPage(1, 600, 800), RawPage(2, 600, 800, runs=raw.pages[0].runs)]
    raw.blocks.insert(0, RawBlock("code", entries, 1, rect=(50, 50, 300, 200)))
    found = features(raw)
    assert found[0]["contents_page"] == 1
    assert [row["in_contents"] for row in found[1::2]] == [1] * 6


def test_the_second_look_knows_the_likes_of_a_block():
    raw = document(("1 Scope", "Times-Bold", 15.0), ("2 Terms", "Times-Bold", 15.0))
    items = describe(prepare(raw))
    table = block_features(raw, items, body_text(items))
    wide = with_context(table, np.array([0.9, 0.0, 0.5, 0.2]), groups_of(items))
    named = dict(zip(CONTEXT, wide[0, len(FEATURES) :], strict=True))
    assert np.isclose(named["style_chance"], 0.7)
    assert named["chance_next"] == 0.0
    assert np.isclose(named["style_weight"], 1.4 / 1.6)
    assert (
        with_context(table[:0], np.zeros(0), (np.zeros(0, int), np.zeros(0, int))).shape[1] == wide.shape[1]
    )


def test_tables_and_furniture_are_not_asked_about():
    raw = document(("1 Scope", "Times", 10.0))
    raw.blocks += [RawBlock("table"), RawBlock("footer", "Page 1"), RawBlock("paragraph", "* * *")]
    assert [may_be_heading(item) for item in describe(prepare(raw))] == [True, True, False, False, False]
