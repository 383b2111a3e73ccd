"""Mistakes people make at doors, planted one by one: a zero of benchmarks/acl_doors.py counts only if they are found."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from benchmarks.acl_door_world import Doors
from metier.flow import answer as journey
from metier.flow import finding
from metier.flow.answering import Answering, Run
from metier.serve import asking, ingesting, library, openai_door
from metier.serve.desk import asker
from metier.serve.problems import Problem, not_found
from metier.stages import Retriever
from metier.types import Access, Entry, Evidence, Hit, Query, Trace

Patch = tuple[Any, str, Any]  # what, which attribute of it, and what it is while the bug is planted


@dataclass(frozen=True, slots=True)
class DoorBug:
    """One mistake."""

    name: str
    plant: Callable[[Doors], list[Patch]]

    @contextmanager
    def planted(self, doors: Doors) -> Iterator[None]:
        """The bug is in place inside."""
        with ExitStack() as stack:
            for what, name, value in self.plant(doors):
                stack.enter_context(patch.object(what, name, value))
            yield


# --- lists, documents, pictures ---------------------------------------------------------------------------------------


def _rows(doors: Doors, state: Any = None) -> list[Entry]:
    return doors.system._open.ledger.entries([state] if state else None)


def _list_without_filter(doors: Doors) -> list[Patch]:
    def documents(user: Any, state: Any = None, limit: int = 100, offset: int = 0) -> list[Entry]:
        return _rows(doors, state)[offset : offset + limit]

    return [(doors.system, "documents", documents)]


def _count_of_everything(doors: Doors) -> list[Patch]:
    real = doors.system.documents

    def documents(user: Any, state: Any = None, limit: int = 100, offset: int = 0) -> list[Entry]:
        return _rows(doors) if limit == library.EVERYTHING else real(user, state, limit, offset)

    return [(doors.system, "documents", documents)]


def _filter_after_the_cut(doors: Doors) -> list[Patch]:
    def documents(user: Any, state: Any = None, limit: int = 100, offset: int = 0) -> list[Entry]:
        access = doors.system.settings.access(user)
        rows = _rows(doors, state)[offset : offset + limit]
        return [row for row in rows if doors.system._open.may_see(row, access)]

    return [(doors.system, "documents", documents)]


def _groups_of_yesterday(doors: Doors) -> list[Patch]:
    """The groups that the ledger wrote down are asked, not those of metier.yaml."""
    return [(doors.system._open, "may_see", lambda entry, access: access.allows(entry.groups))]


def _document_without_check(doors: Doors) -> list[Patch]:
    return [(doors.system, "document", lambda user, key: doors.system._open.documents.document(key))]


def _picture_without_check(doors: Doors) -> list[Patch]:
    def page_png(user: Any, key: str, page: int, scale: float = 1.5) -> Any:
        row = doors.system.live_documents().get(key)
        if row is None:
            return None
        blob = doors.system._open.documents.blob(row.sha256)
        return doors.system._intake.sandbox().render(blob, row.media_type, page, scale)

    return [(doors.system, "page_png", page_png)]


def _documents_that_are_gone(doors: Doors) -> list[Patch]:
    """What is not live any more is still shown by its id."""

    def visible(user: Any, key: str) -> Entry | None:
        access = doors.system.settings.access(user)
        return next(
            (row for row in _rows(doors) if row.id == key and doors.system._open.may_see(row, access)), None
        )

    return [(doors.system, "_visible", visible)]


# --- error texts ------------------------------------------------------------------------------------------------------


def _error_names_the_title(doors: Doors) -> list[Patch]:
    def told(what: str) -> Problem:
        rows = doors.system.live_documents()
        return not_found(f"{what} ({next((row.title for key, row in rows.items() if key in what), '')})")

    return [(library, "not_found", told)]


def _error_says_forbidden(doors: Doors) -> list[Patch]:
    def told(what: str) -> Problem:
        known = any(key in what for key in doors.system.live_documents())
        return Problem(403, "forbidden", "Forbidden", what, "Ask the owner.") if known else not_found(what)

    return [(library, "not_found", told)]


def _error_counts(doors: Doors) -> list[Patch]:
    """The reason why is in a header only."""

    def told(what: str) -> Problem:
        problem = not_found(what)
        problem.headers["X-Hidden"] = str(sum(key in what for key in doors.system.live_documents()))
        return problem

    return [(library, "not_found", told)]


def _unknown_user_is_the_first(doors: Doors) -> list[Patch]:
    def anybody(request: Any) -> Access:
        try:
            return asker(request)
        except Problem:
            return doors.system.settings.access(None)

    return [(library, "asker", anybody)]


def _paths_are_told(doors: Doors) -> list[Patch]:
    return [(doors.system, "may_ingest", lambda path, user: True)]


def _status_names_the_file(doors: Doors) -> list[Patch]:
    """What was read last is named to everybody."""
    real = ingesting.IngestJob.view
    everybody = Access("root", frozenset(group for doc in doors.world.docs for group in doc.groups))
    return [(ingesting.IngestJob, "view", lambda job, access: real(job, everybody))]


# --- answers ----------------------------------------------------------------------------------------------------------


def _answers_of_others(doors: Doors) -> list[Patch]:
    return [(doors.system, "trace", lambda key, user=None: doors.system.stored_trace(key))]


def _old_answers_stay_open(doors: Doors) -> list[Patch]:
    return [(asking, "_still_open", lambda trace, access, settings: True)]


def _old_answers_by_citation(doors: Doors) -> list[Patch]:
    """Only what an old answer cites is looked at, not what it names or was made from."""
    real = asking._still_open

    def still_open(trace: Trace, access: Access, settings: Any) -> bool:
        return real(replace(trace, pool=()), access, settings)

    return [(asking, "_still_open", still_open)]


def _answers_kept(key: Callable[[str, Any], object]) -> Callable[[Doors], list[Patch]]:
    """A cache of answers whose key forgets something."""

    def plant(doors: Doors) -> list[Patch]:
        real, kept = doors.system.ask, {}

        def ask(question: str, user: Any = None, history: Any = (), on_statement: Any = None) -> Any:
            name = key(question, user)
            if name not in kept:
                kept[name] = real(question, user, history, on_statement)
            return kept[name]

        return [(doors.system, "ask", ask)]

    return plant


def _chat_asks_as_the_first(doors: Doors) -> list[Patch]:
    return [(openai_door, "asker", lambda request: doors.system.settings.access(None))]


def _sent_before_verified(doors: Doors) -> list[Patch]:
    return [(journey, "_verify", lambda parts, run, draft, statement: statement)]


def _service_is_sent_everything(doors: Doors) -> list[Patch]:
    """All that is found is scored before anybody asks who may see it; what is answered is right."""
    real = finding._reordered
    everybody = Access("root", frozenset(group for doc in doors.world.docs for group in doc.groups))

    def reordered(parts: Answering, run: Run, evidence: list[Evidence]) -> list[Evidence]:
        hits = [hit for leg in parts.retrievers for hit in leg.retrieve(run.query, everybody, parts.wide)]
        if parts.reorder is not None and hits:
            parts.reorder.reorder(run.query, [Evidence(hit.passage, hit.score) for hit in hits])
        return real(parts, run, evidence)

    return [(finding, "_reordered", reordered)]


def _service_by_rights_of_yesterday(doors: Doors) -> list[Patch]:
    """The rights that the index wrote down decide what is sent, not those of metier.yaml."""

    def allowed(parts: Answering, query: Query, access: Access, retriever: Retriever) -> list[Hit]:
        return retriever.retrieve(query, access, parts.wide)

    return [(finding, "_allowed", allowed)]


DOOR_BUGS = (
    DoorBug("a list without a filter", _list_without_filter),
    DoorBug("a count of everything", _count_of_everything),
    DoorBug("a list filtered after it was cut into pages", _filter_after_the_cut),
    DoorBug("documents by the groups of yesterday", _groups_of_yesterday),
    DoorBug("a document without a check", _document_without_check),
    DoorBug("a picture without a check", _picture_without_check),
    DoorBug("documents that are gone", _documents_that_are_gone),
    DoorBug("an error names the title", _error_names_the_title),
    DoorBug("an error says forbidden", _error_says_forbidden),
    DoorBug("an error counts in a header", _error_counts),
    DoorBug("an unknown user is the first", _unknown_user_is_the_first),
    DoorBug("ingest tells which files there are", _paths_are_told),
    DoorBug("the status names what was read last", _status_names_the_file),
    DoorBug("answers of others by id", _answers_of_others),
    DoorBug("old answers stay open", _old_answers_stay_open),
    DoorBug("old answers are judged by citations alone", _old_answers_by_citation),
    DoorBug("answers kept by question", _answers_kept(lambda question, user: question)),
    DoorBug(
        "answers kept through a change of rights", _answers_kept(lambda question, user: (question, user))
    ),
    DoorBug("the chat asks as the first user", _chat_asks_as_the_first),
    DoorBug("the rerank service is sent everything that was found", _service_is_sent_everything),
    DoorBug("the rerank service is sent passages by rights of yesterday", _service_by_rights_of_yesterday),
    DoorBug("statements are streamed before they are verified", _sent_before_verified),
)
