"""An answer while it is being made: statements as they pass the checks, then the whole."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from metier.serve.desk import Desk
from metier.types import Answer, Filter, Statement, Turn

log = logging.getLogger("metier.serve")


class Asking:
    """One question under way. Made by `begin`; the work goes on (and is logged) even if the client goes away."""

    def __init__(
        self, desk: Desk, question: str, user: str, history: Sequence[Turn], filter: Filter | None
    ) -> None:
        self._desk = desk
        self._filter = filter
        self._question, self._user, self._history = question, user, history
        self._loop = asyncio.get_running_loop()
        # None is the end: the task is done, with an answer or an error.
        self._queue: asyncio.Queue[Statement | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(self._finished)

    @classmethod
    async def begin(
        cls,
        desk: Desk,
        question: str,
        user: str,
        history: Sequence[Turn] = (),
        is_gone: Callable[[], Awaitable[bool]] | None = None,
        filter: Filter | None = None,
    ) -> "Asking":
        """Starts as soon as there is room. Raises the 503 problem if there is none, or if the client left while waiting."""
        await desk.asking.enter(is_gone)
        return cls(desk, question, user, history, filter)

    async def events(self) -> AsyncIterator[Statement | Answer | BaseException]:
        """Every statement once, in order, then the answer; or, at any point, the error that ended it."""
        sent: list[str] = []
        while (statement := await self._queue.get()) is not None:
            sent.append(statement.id)
            yield statement
        if (error := self._task.exception()) is not None:
            yield error
            return
        answer = self._task.result()
        for statement in answer.statements:
            if statement.id not in sent:
                yield statement
        if withdrawn := set(sent) - {statement.id for statement in answer.statements}:
            log.error("answer %s lacks statements that were already sent: %s", answer.id, sorted(withdrawn))
        yield answer

    async def _run(self) -> Answer:
        def say(statement: Statement) -> None:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, statement)

        def work() -> Answer:
            return self._desk.system.ask(self._question, self._user, self._history, say, filter=self._filter)

        try:
            return await self._desk.asking.run_inside(work)
        finally:
            self._desk.asking.leave()

    def _finished(self, task: asyncio.Task[Answer]) -> None:
        self._queue.put_nowait(None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a question ended with an error: %s", error, exc_info=error)
