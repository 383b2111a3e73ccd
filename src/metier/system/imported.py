"""What an imported release is held against before it is kept: parts that would make the system trust what it must not."""

from collections.abc import Mapping
from typing import Any

from metier.errors import UserError
from metier.generate.shots import job_prompt
from metier.verify.combine import SupportModel


def check_parts(parts: Mapping[str, Any]) -> None:
    """Raises UserError naming the file for a part that is no object, a verifier that no fit makes, or a prompt that is more than a few
    examples."""
    for name, part in sorted(parts.items()):
        if not isinstance(part, Mapping):
            raise UserError(
                f"{name}.json: expected an object; do not use this release (`metier release rollback` leaves it)"
            )
    SupportModel(parts.get("verifier"))
    job_prompt(parts.get("prompt"))
