"""What went wrong in a run, as it is recorded, and errors of the library itself."""

from __future__ import annotations

import traceback

from agentrec.errors import AgentrecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject

_MAX_MESSAGE_CHARS = 4000
_MAX_TRACEBACK_CHARS = 8000


class ResumeError(AgentrecError):
    """A run cannot be resumed like this. The message says why."""


class ReplayedError(Exception):
    """Raised where a recorded step, model call or tool call failed that is served from the recording."""


def describe_error(error: BaseException | str) -> JsonObject:
    """``type``, ``message`` and ``traceback`` of what was raised; of a text, the message."""
    if isinstance(error, str):
        return {"type": "", "message": error[:_MAX_MESSAGE_CHARS]}
    lines = traceback.format_exception(error)
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - somebody else's code
        message = ""
    return {
        "type": type(error).__name__,
        "message": message[:_MAX_MESSAGE_CHARS],
        "traceback": "".join(lines)[-_MAX_TRACEBACK_CHARS:],
    }


def error_text(error: Mapping[str, object] | None) -> str:
    """A recorded error in one line: its type and message."""
    if error is None:
        return ""
    kind, message = error.get("type") or "", error.get("message") or ""
    return f"{kind}: {message}" if kind and message else f"{kind or message}"
