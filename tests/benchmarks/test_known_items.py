from benchmarks.known_items import KnownItem, known_items

PAGE = """# Heading of a page that is never taken as a sentence at all.

The first short one. A valve on the northern line must be closed before the pump is started again.

| a table row | that looks like a sentence with many words in it. |
|---|---|

Every **operator** signs the [log book](x.html) at the end of a shift without exception.
"""


def test_a_question_is_half_a_sentence_shuffled_and_always_the_same() -> None:
    (item,) = known_items({"p1": PAGE}, 1)
    assert item.page == "p1"
    words = item.question.split()
    sentences = [
        "A valve on the northern line must be closed before the pump is started again",
        "Every operator signs the log book at the end of a shift without exception",
    ]
    (source,) = [s for s in sentences if set(words) <= set(s.split())]
    assert len(words) == round(len(source.split()) / 2)
    assert item.question not in source
    assert known_items({"p1": PAGE}, 1) == [item]


def test_every_page_gives_one_before_any_gives_two() -> None:
    pages = {"b": PAGE, "a": PAGE.replace("valve", "gate"), "empty": "| only | a table |"}
    assert [item.page for item in known_items(pages, 100)] == ["a", "b", "a", "b"]
    assert [item.page for item in known_items(pages, 3)] == ["a", "b", "a"]
    assert known_items({}, 10) == []
    assert isinstance(known_items(pages, 1)[0], KnownItem)
