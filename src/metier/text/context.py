"""What a passage is searched by: its own text with the headings it stands under."""

from metier.types import Passage


def context_text(passage: Passage) -> str:
    """Title, heading path and text, one per line. Headings carry words (product, year, site) that the text omits."""
    return "\n".join((passage.title, *passage.heading_path, passage.text))
