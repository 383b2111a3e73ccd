"""Texts typed in capitals -> small letters, for models that were trained on ordinary writing."""

import re

_WORD = re.compile(r"[^\W\d_]{2,}")
# one or two words in capitals are names and codes ("IT", "DIN EN"); three are a habit of typing
_LEAST_WORDS = 3


def without_capitals(text: str) -> str:
    """`text` in small letters if all its words, at least three, are in capitals; else unchanged.

    The static model reads "DIELECTRIC" as letters without a meaning: nDCG@10 of that leg on the NPL collection, whose
    questions are typed in capitals, was .06 before and .36 after (docs/design/retrieval.md).
    """
    words = _WORD.findall(text)
    return text.lower() if len(words) >= _LEAST_WORDS and all(word.isupper() for word in words) else text
