"""What people say about answers: rows that are made here, and rows that come from elsewhere. A canary that runs is looked at after each."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from metier.errors import UserError
from metier.feedback.exchange import check_rows, imported_row, row_id, without_foreign_marks
from metier.feedback.rows import feedback_row
from metier.store.ledger import utc_now
from metier.system.answering import new_id
from metier.system.canary import CanaryRun
from metier.system.opened import Opened
from metier.types import Answer, Feedback, Progress, Trace


class Opinions:
    """The feedback of one open workspace; safe to share between threads."""

    def __init__(self, opened: Opened, canary: CanaryRun, ask: Callable[[str, str | None], Answer]) -> None:
        """`ask` answers a question that an imported row is about."""
        self._open, self._canary, self._ask = opened, canary, ask

    def add(self, rows: Sequence[Mapping[str, Any]], author: str) -> list[Feedback]:
        """Stores what the author says about their answers. Raises UserError, and stores nothing, if one row is wrong."""
        made: list[Feedback] = []
        for data in rows:
            trace = self._open.answers.trace(str(data.get("answer", "")))
            if trace is None or trace.principal != author:
                raise UserError(
                    f"feedback: there is no answer {data.get('answer')!r} that {author} asked for"
                )
            made.append(feedback_row(data, author, trace, utc_now, new_id))
        self._open.feedback.append(made)
        for row in made:
            self._open.audit.append("feedback", row.answer, author, {"kind": row.kind, "id": row.id})
        self._look()
        return made

    def take(
        self,
        rows: Sequence[Mapping[str, Any]],
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
    ) -> tuple[int, int]:
        """(added, known already) of rows that name their authors; each is kept as soon as it is made. Raises UserError, and stores
        nothing, if one row is wrong."""
        known = {row.id for row in self._open.feedback.rows()}
        fresh = {identity: data for data in rows if (identity := row_id(data)) not in known}
        check_rows(rows, self._stored_for)
        started, added = time.monotonic(), 0
        for identity, data in fresh.items():
            if should_stop():
                break
            row = imported_row(data, self._trace_for, utc_now, partial(str, identity))
            self._open.feedback.append([row])
            added += 1
            spent = time.monotonic() - started
            on_progress(Progress(added, len(fresh), 0, spent, row.answer, "rows"))
        skipped = len(rows) - len(fresh)
        self._open.audit.append("feedback_import", "", "operator", {"added": added, "known": skipped})
        self._look()
        return added, skipped

    def importable(self, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The rows without marks (thumbs and the like) on answers that are not here; all if there is nothing else."""
        return without_foreign_marks(rows, lambda answer: self._open.answers.trace(answer) is not None)

    def _look(self) -> None:
        self._canary.look([user.id for user in self._open.rules.now().users])

    def _stored_for(self, answer_id: str, _question: str, user: str | None) -> Trace | None:
        """The trace of an answer that is here. Raises UserError for an unknown user."""
        self._open.rules.now().principal(user)
        return self._open.answers.trace(answer_id)

    def _trace_for(self, answer_id: str, question: str, user: str | None) -> Trace | None:
        """The trace of an answer, or of the question asked now."""
        if (trace := self._open.answers.trace(answer_id)) or not question.strip():
            return trace
        return self._open.answers.trace(self._ask(question, user).id)
