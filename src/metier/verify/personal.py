"""Personal data: a statement gives none that its cited text does not give.

What the cited text itself holds is a question of access, decided before it was read; what is not there was invented,
or came from somewhere the asker may not look.
"""

from collections.abc import Sequence

from metier.text.personal import personal_data
from metier.types import Draft, Evidence, Finding, Query
from metier.verify.align import align, share_given


class PersonalData:
    """0 if a statement holds an e-mail address, telephone, account, card or id number that is not cited, else 1."""

    name = "personal"

    def check(self, query: Query, draft: Draft, evidence: Sequence[Evidence]) -> list[Finding]:
        """One finding per statement; details name the kind only, so that logs hold no personal data."""
        found = []
        for statement in draft.statements:
            stated = personal_data(statement.text)
            given = (
                {span.value for span in personal_data(align(statement, evidence).cited)} if stated else set()
            )
            kinds = sorted({span.kind for span in stated if span.value not in given})
            found.append(share_given(self.name, statement, kinds))
        return found
