"""Which recorder and which step code runs in.

Both follow the context, as of `contextvars`: each task of an event loop has its own. A thread that was
started without its parent's context has the recorder that was opened last.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextvars import Token

    from agentrec.sdk.run_protocols import RunRecorder

# The span of the enclosing step, and the recorder that it is in.
_step: ContextVar[tuple[RunRecorder, str] | None] = ContextVar("agentrec_step", default=None)
_recorder: ContextVar[RunRecorder | None] = ContextVar("agentrec_recorder", default=None)
_opened: list[RunRecorder] = []
# Recorders of resumed runs: they take the place of those that functions were decorated with.
_resuming: list[RunRecorder] = []


def current_recorder() -> RunRecorder | None:
    """The recorder of the innermost ``with Recorder()``, if any."""
    return _recorder.get() or (_opened[-1] if _opened else None)


def recorder_for(own: RunRecorder | None) -> RunRecorder | None:
    """The recorder that a function decorated with ``own`` records to: that of a resumed run, if one runs."""
    if _resuming:
        inner = _recorder.get()
        return inner if inner in _resuming else _resuming[-1]
    return own if own is not None and not own.closed else current_recorder() or own


def enter_recorder(recorder: RunRecorder) -> Token[RunRecorder | None]:
    """Make ``recorder`` the current one."""
    _opened.append(recorder)
    return _recorder.set(recorder)


def leave_recorder(recorder: RunRecorder, token: Token[RunRecorder | None] | None) -> None:
    """The opposite of :func:`enter_recorder`."""
    if recorder in _opened:
        _opened.remove(recorder)
    if token is not None:
        try:
            _recorder.reset(token)
        except ValueError:  # left in another context than entered
            _recorder.set(None)


def begin_resuming(recorder: RunRecorder) -> None:
    """From now on decorated functions record to ``recorder``."""
    _resuming.append(recorder)


def end_resuming(recorder: RunRecorder) -> None:
    """The opposite of :func:`begin_resuming`."""
    if recorder in _resuming:
        _resuming.remove(recorder)


def enclosing_span(recorder: object) -> str | None:
    """The span of the step of ``recorder`` that code runs in."""
    step = _step.get()
    return step[1] if step is not None and step[0] is recorder else None


def enter_step(recorder: RunRecorder, span: str) -> Token[tuple[RunRecorder, str] | None]:
    """Code runs in the step ``span`` now."""
    return _step.set((recorder, span))


def leave_step(token: Token[tuple[RunRecorder, str] | None]) -> None:
    """The opposite of :func:`enter_step`."""
    try:
        _step.reset(token)
    except ValueError:  # left in another context than entered, as async generators can be
        _step.set(None)
