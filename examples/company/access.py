"""Who may see what: the folders of the share and the groups they are open to."""

from examples.company.world import USERS

RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("company/**", ("all",)),
    ("it/**", ("all",)),
    ("news/**", ("all",)),
    ("products/**", ("all",)),
    ("safety/**", ("all",)),
    ("inbox/**", ("all",)),
    ("finance/published/**", ("all",)),
    ("finance/internal/**", ("finance", "management")),
    ("hr/**", ("hr", "management")),
    ("sales/contracts/**", ("sales", "management")),
    ("sales/visits/**", ("sales", "management")),
    ("sales/price-lists/**", ("sales", "finance", "management")),
    ("purchasing/**", ("finance", "production", "management")),
    ("production/**", ("production", "management")),
    ("legal/**", ("finance", "management")),
    ("board/**", ("management",)),
)
"""Disjoint globs, so that the first match is the only one. `drafts/` has no rule on purpose: nobody may see it."""


def groups_of(uri: str) -> tuple[str, ...]:
    """The groups a document is open to; none if no rule names it."""
    for glob, allowed in RULES:
        if uri.startswith(glob.removesuffix("**")):
            return allowed
    return ()


def may_see(user: str, uri: str) -> bool:
    """True if the user shares a group with the document."""
    return not set(USERS[user][1]).isdisjoint(groups_of(uri))
