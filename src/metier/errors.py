"""The two kinds of errors: what the user can mend, and what we must mend.

Failures of the world that concern one document are neither: they are `types.Failure` values and stop nothing else.
"""


class UserError(Exception):
    """A problem its reader can solve; shown as its message alone, without a traceback, with exit code 2.

    The message says what happened, where, and what to do next.
    """


class Busy(UserError):
    """Another process holds what is needed (the writer's lock, a port); trying again later helps."""


class Stopped(UserError):
    """Somebody asked to stop before there was anything to keep; exit code 130."""


class ModelUnavailable(UserError):
    """A language model or embedder that is configured cannot be used now; answering goes on without it."""
