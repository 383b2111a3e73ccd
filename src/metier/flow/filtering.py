"""A question that is put to some of the documents: what its asker may read for it, and what is said about that."""

import dataclasses

from metier.flow.answering import Answering
from metier.types import Abstention, Access, Chosen, Filter, Outcome, Query, Settled

_ALL = "Ask again without the filter to search all documents that you may see."


def narrowed(parts: Answering, query: Query, access: Access) -> tuple[Access, Chosen | None]:
    """The access with the documents that the filter of the question leaves; unchanged if it has none."""
    if query.filter is None:
        return access, None
    chosen = parts.choose(query.filter, access)
    return dataclasses.replace(access, documents=chosen.documents), chosen


def nothing_left(query: Query, chosen: Chosen | None) -> Settled | None:
    """The abstention of a question whose filter leaves no document; None if there is one, or no filter."""
    if query.filter is None or chosen is None or chosen.documents:
        return None
    why = [*chosen.notes, *_undated(chosen)] or ["no document meets all of it"]
    reason = f"No document that you may see meets the filter ({query.filter}): {'; '.join(why)}"
    return Settled(Outcome.ABSTAINED, abstention=Abstention(reason, missing=(query.text,), next=_ALL))


def with_filter_told(settled: Settled, wanted: Filter | None, chosen: Chosen | None) -> Settled:
    """What was settled, saying what in the filter meets nothing and, where nothing is answered, how few documents were searched."""
    if wanted is None or chosen is None or not chosen.documents or settled.outcome is Outcome.REFUSED:
        return settled
    settled = dataclasses.replace(settled, notes=(*settled.notes, *chosen.notes))
    if settled.abstention is None:
        return settled
    count = len(chosen.documents)
    searched = f"{count} documents were" if count > 1 else "One document was"
    told = f"{searched} searched ({'; '.join([str(wanted), *_undated(chosen)])}). {_ALL}"
    return dataclasses.replace(settled, abstention=dataclasses.replace(settled.abstention, next=told))


def _undated(chosen: Chosen) -> list[str]:
    return [f"{chosen.undated} state no date and are left out"] if chosen.undated else []
