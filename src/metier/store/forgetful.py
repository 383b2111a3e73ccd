"""Logs that write nothing: for questions that must not be stored."""

from collections.abc import Mapping
from typing import Any

from metier.store.audit import GENESIS
from metier.types import Occasion, Trace


class ForgetfulAnswers:
    """Implements stages.AnswerLog; holds the last answer in memory."""

    def __init__(self) -> None:
        self.last: Trace | None = None

    def append(self, trace: Trace) -> None:
        self.last = trace

    def trace(self, answer: str) -> Trace | None:
        return self.last if self.last and self.last.answer.id == answer else None

    def traces(self, limit: int = 100, occasion: Occasion | None = None) -> list[Trace]:
        return [self.last] if self.last and limit and occasion in (None, self.last.occasion) else []


class ForgetfulAudit:
    """Implements stages.AuditLog; nothing happened."""

    def append(self, kind: str, subject: str, principal: str, data: Mapping[str, Any]) -> str:
        return GENESIS
