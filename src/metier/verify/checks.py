"""The checks every draft passes, in the order they are shown."""

from metier.stages import Check, Entailer
from metier.verify.citation import CitationIntegrity
from metier.verify.contradiction import Contradiction
from metier.verify.dates import Dates
from metier.verify.derived import Derived
from metier.verify.links import Links
from metier.verify.names import Names
from metier.verify.negation import Negation
from metier.verify.numbers import Numbers
from metier.verify.personal import PersonalData
from metier.verify.support import Support
from metier.verify.voice import Voice


def all_checks(entailer: Entailer | None = None, contradiction: float = 1.0) -> tuple[Check, ...]:
    """One of each check; they hold no state. With an entailment model one more, which holds sentences back that their cited
    text contradicts at least so likely."""
    own: tuple[Check, ...] = (
        CitationIntegrity(), Support(), Numbers(), Derived(), Dates(), Names(), Negation(), Voice(), PersonalData(), Links(),
    )  # fmt: skip
    return own if entailer is None else (*own, Contradiction(entailer, contradiction))
