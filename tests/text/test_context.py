from metier.text.context import context_text
from tests.builders import passage


def test_a_passage_is_searched_with_its_title_and_headings():
    item = passage("30 days.", title="Leave Policy", heading_path=("Annual leave", "Germany"))
    assert context_text(item) == "Leave Policy\nAnnual leave\nGermany\n30 days."
