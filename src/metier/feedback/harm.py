"""What of feedback says that an answer harmed: somebody had to notice a mistake or to mend it."""

from metier.types import Feedback


def says_harm(row: Feedback) -> bool | None:
    """True if the row says that the answer was wrong: thumb down, citation wrong (or a better one named), "should have
    abstained", the text mended, an answer by an expert. False if it says that the answer was right; None if neither: a
    reason explains another row, and what was misread is no fault of the release."""
    if row.kind == "thumb":
        return bool(row.value == -1)
    if row.kind == "citation":
        return bool(row.value != "right")
    if row.kind == "should_abstain":
        return bool(row.value)
    return True if row.kind in ("edit", "expert_answer") else None
