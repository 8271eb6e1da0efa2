"""Going on from a step of a recorded run, in a recording of its own."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, NamedTuple

from agentrec.sdk import current
from agentrec.sdk.overrides import check_complete
from agentrec.sdk.resume_point import MOCK, REPLAY, parent_header, run_details, state_with
from agentrec.sdk.run_recorder import Recorder
from agentrec.sdk.served import Served, ServedCalls, ServedSteps

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from agentrec.sdk.resume_point import Mode
    from agentrec.sdk.run_protocols import RecordedRun


class Resumed(NamedTuple):
    """A resumed run: its recording's ``id`` and ``path``, what ``fn`` returned, and how many steps and
    calls ran and were served."""

    id: str
    path: str
    value: object
    ran: int
    served: int


def resume(
    run: RecordedRun,
    fn: Callable[[object], object],
    from_: int,
    overrides: Mapping[str, object],
    mode: Mode,
    path: str | os.PathLike[str] | None = None,
    tags: Sequence[str] = (),
) -> Resumed:
    """Call ``fn`` so that the run goes on from before step ``from_``, and record that.

    FORK: ``fn`` gets the state before the step, with ``overrides``, and everything runs. REPLAY:
    ``fn`` gets the state before the first step; decorated functions return their recorded results up
    to the step, checked against what they are called with, and run from there on. MOCK: as FORK, but
    model and tool calls (``r.model``, ``r.tool``, wrapped clients) with recorded arguments return
    their recorded results. Raises ResumeError when the state cannot be used, the overrides do not fit
    it, or the run differs from the recording.
    """
    with _Resuming(run, fn, from_, overrides, mode, path, tags) as resuming:
        value = fn(resuming.state)
        if inspect.iscoroutine(value):
            value.close()
            raise TypeError("fn is async: use `await run.aresume(...)`")
        resuming.served.check_end()
    return resuming.outcome(value)


async def aresume(
    run: RecordedRun,
    fn: Callable[[object], object],
    from_: int,
    overrides: Mapping[str, object],
    mode: Mode,
    path: str | os.PathLike[str] | None = None,
    tags: Sequence[str] = (),
) -> Resumed:
    """:func:`resume` for an async ``fn``."""
    with _Resuming(run, fn, from_, overrides, mode, path, tags) as resuming:
        value = fn(resuming.state)
        value = await value if inspect.isawaitable(value) else value
        resuming.served.check_end()
    return resuming.outcome(value)


class _Resuming:
    """The recorder of a resumed run, and the state it starts from."""

    def __init__(
        self,
        run: RecordedRun,
        fn: Callable[[object], object],
        from_: int,
        overrides: Mapping[str, object],
        mode: Mode,
        path: str | os.PathLike[str] | None,
        tags: Sequence[str],
    ) -> None:
        frame = run.step(from_)
        n = frame.index
        self.state = state_with(run.input(n), overrides)
        self.served = Served()
        if mode is REPLAY:
            self.served = ServedSteps(run, n, overrides)
            self.state = run.input(0)
            if n:  # else it has been checked above
                check_complete(self.state, "resume with mode=FORK")
        elif mode is MOCK:
            self.served = ServedCalls(run, n)
        self._recorder = Recorder(
            path,
            name=run.name or getattr(fn, "__name__", ""),
            tags=tags or run.tags,
            entry=run.entry,
            parent=parent_header(run.recording, frame, mode),
            details=run_details(n, overrides, mode),
        )
        self._recorder.served = self.served

    def __enter__(self) -> Self:
        self._recorder.__enter__()
        current.begin_resuming(self._recorder)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        current.end_resuming(self._recorder)
        if error is not None:
            error.add_note(f"recorded in {self._recorder.path}")
        self._recorder.__exit__(kind, error, trace)

    def outcome(self, value: object) -> Resumed:
        recorder = self._recorder
        return Resumed(recorder.session, recorder.path, value, self.served.ran, self.served.served)
