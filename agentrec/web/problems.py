"""Errors as problem details (RFC 9457)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from agentrec.capture.io.child import CannotRunError, NotFoundError
from agentrec.errors import AgentrecError, FormatError, InputError, UsageError
from agentrec.snapshots.model import SnapshotError
from agentrec.terminal.engine.screen import EngineMissingError
from agentrec.web.openapi.responses import PROBLEM

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject


class ProblemError(Exception):
    """A response that is a problem. ``detail`` says what is wrong, ``hint`` what to do, ``more`` is data."""

    def __init__(
        self, status: int, detail: str, hint: str = "", more: JsonObject | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.hint = status, detail, hint
        self.more = more or {}


def problem_of(error: Exception) -> ProblemError | None:
    """The problem to report for an error; None if it is a bug."""
    if isinstance(error, ProblemError):
        return error
    if not isinstance(error, AgentrecError):
        return None
    return ProblemError(_status(error), str(error), error.hint)


def _status(error: AgentrecError) -> int:
    if isinstance(error, EngineMissingError | NotFoundError | CannotRunError):
        return 501
    if isinstance(error, UsageError):
        return 400
    if isinstance(error, SnapshotError):
        return 410  # the recording names a snapshot that the store no longer has
    if isinstance(error, FormatError):
        return 422
    if isinstance(error, InputError):
        return 404
    return 503  # the library cannot be read now


def body_of(problem: ProblemError) -> bytes:
    """The problem as JSON."""
    value: JsonObject = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.hint:
        value["hint"] = problem.hint
    return json.dumps(value | problem.more).encode()


def headers_of(problem: ProblemError) -> dict[str, str]:
    """The headers of a response with this problem."""
    more = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}
    return {"Content-Type": PROBLEM, "Cache-Control": "no-store", **more.get(problem.status, {})}
