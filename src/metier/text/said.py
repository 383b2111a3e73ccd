"""Does a text say a short answer, as whole words and whole figures? "3" is not said by "13 days" nor by "3.5"."""

import re
from collections.abc import Sequence


def says_all(text: str, values: Sequence[str]) -> bool:
    """True if there are values and the text has each of them."""
    return bool(values) and all(
        re.search(rf"(?<![\w.,-]){re.escape(value)}(?![\w]|[.,]\d)", text) for value in values
    )
