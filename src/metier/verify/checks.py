"""The checks every draft passes, in the order they are shown."""

from metier.stages import Check
from metier.verify.citation import CitationIntegrity
from metier.verify.dates import Dates
from metier.verify.links import Links
from metier.verify.names import Names
from metier.verify.negation import Negation
from metier.verify.numbers import Numbers
from metier.verify.personal import PersonalData
from metier.verify.support import Support
from metier.verify.voice import Voice


def all_checks() -> tuple[Check, ...]:
    """One of each check; they hold no state."""
    return (
        CitationIntegrity(), Support(), Numbers(), Dates(), Names(), Negation(), Voice(), PersonalData(), Links(),
    )  # fmt: skip
