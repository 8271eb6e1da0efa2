"""The recorder of a run inside a program."""

from __future__ import annotations

import atexit
import json
import os
import platform
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Self

from agentrec.errors import AgentrecError, OutputError
from agentrec.sdk import current
from agentrec.sdk.failures import describe_error
from agentrec.sdk.run_protocols import MODEL, TOOL, UNSET, OpenStep
from agentrec.sdk.step_scope import StepScope
from agentrec.sdk.write.calls_and_errors import RecordsCalls
from agentrec.sdk.write.run_events import fields_text
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextvars import Token
    from types import TracebackType

    from agentrec.json_values import JsonObject
    from agentrec.sdk.file_snapshots import FileSnapshots
    from agentrec.sdk.run_protocols import RunRecorder, ServesResults
    from agentrec.sdk.states.plain_json import Convert


class Recorder(RecordsCalls):
    """Records a run: its steps with their states, model calls, tool calls, marks, notes and errors.

    Inside ``agentrec record`` it adds to that recording, else it writes one of its own. Use it as a context
    manager, or call :meth:`close`; a program that ends without is closed, too. Every method may be
    called from any thread or task, and none raises because something cannot be stored: a note takes
    its place.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        name: str = "",
        tags: Sequence[str] = (),
        entry: str | Callable[..., object] = "",
        convert: Convert | None = None,
        join_running: bool = True,
        redact: bool = True,
        overwrite: bool = False,
        env_reads: bool = False,
        parent: JsonObject | None = None,
        details: JsonObject | None = None,
    ) -> None:
        """``path``: the recording, by default one in the data directory named by date.

        ``entry`` is the function that continues from a state, or its ``module:function``: `agentrec
        resume`, the player and the page call it. ``convert`` gets each value that is not JSON and
        returns one that is. ``redact=False`` leaves secrets as they are. ``env_reads`` records which
        variables the program reads. ``parent`` and ``details`` are for resumed runs. Raises
        OutputError when the file cannot be written.
        """
        super().__init__(
            path,
            name=name,
            convert=convert,
            join_running=join_running,
            redact=redact,
            overwrite=overwrite,
            parent=parent,
        )
        self.state: object = None  # of a fork: what it goes on from
        self.served: ServesResults | None = None
        self.steps = 0  # that have started
        self._open: dict[str, OpenStep] = {}
        self._token: Token[RunRecorder | None] | None = None
        self._files: FileSnapshots | None = None
        self._discarded = False
        self._drains: set[Callable[[], object]] = set()
        # A fork has the same settings.
        self._new = partial(Recorder, tags=tags, entry=entry, convert=convert, redact=redact)
        about = {"name": name, "tags": list(tags), "entry": entry_name(entry), **(details or {})}
        about["python"] = platform.python_version()
        self.event("step", "run", fields_text(about), span=self.run)
        atexit.register(self.close)
        if env_reads:
            from agentrec.sdk.env_reads import watch_env

            watch_env(self)

    def __enter__(self) -> Self:
        self._token = current.enter_recorder(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(error)

    def close(self, error: BaseException | None = None) -> None:
        """End the run; ``error`` is what it failed with. Does nothing the second time."""
        if not self.closed and self.is_ours:
            for drain in [*self._drains]:
                drain()
        with self.lock:
            if self.closed or not self.is_ours:
                return
            self.paused = False  # the end of a run is in it
            done: JsonObject = {"steps": self.steps}
            if error is not None:
                done["error"] = describe_error(error)
            self.event("step", "done", fields_text(done), span=self.run)
            self.closed = True
        current.leave_recorder(self, self._token)
        atexit.unregister(self.close)
        self.end()
        if self._files is not None:
            self._files.close()
        if self._discarded:
            self._delete()

    def drain_before_close(self, drain: Callable[[], object]) -> None:
        """Call ``drain`` when the run ends, for frameworks that tell what happens later, in their threads."""
        self._drains.add(drain)

    def pause(self) -> None:
        """Leave out what happens from now on, until :meth:`resume`.

        Inside `agentrec record` that is for the recording around the program.
        """
        if self.running is not None:
            self.ask({"op": "pause", "paused": True})
        else:
            self.paused = True

    def resume(self) -> None:
        """Record again."""
        if self.running is not None:
            self.ask({"op": "pause", "paused": False})
        self.record_again()

    def discard(self, *, keep: bool = False) -> None:
        """Delete the recording when it ends, with its snapshots; ``keep`` takes that back.

        Inside `agentrec record` it is the recording around the program.
        """
        if self.running is not None:
            self.ask({"op": "discard", "keep": keep})
        else:
            self._discarded = not keep

    def _delete(self) -> None:
        from agentrec.snapshots.pruning import forget

        for trouble in forget(self.session, self.env):
            self.warn(trouble)
        try:
            os.unlink(self.path)
        except OSError as error:
            self.warn(f"cannot remove {self.path}: {error.strerror}")

    # --- steps ----------------------------------------------------------------------------------

    def step(
        self, name: object = "", state: object = UNSET, *, meta: Mapping[str, object] | None = None
    ) -> StepScope:
        """A step: ``with r.step("plan", state) as s:`` (also ``async with``) or a decorator.

        In a block, the state after it is what ``s.output`` was set to, else ``state`` as it is then. A
        decorated function's arguments are the state before and its result the state after. ``@r.step``
        alone takes the function's name.
        """
        return StepScope(self, name, state, meta)

    def record_step(
        self,
        node: str,
        input: object = UNSET,  # noqa: A002 - the field's word
        output: object = UNSET,
        meta: Mapping[str, object] | None = None,
        *,
        duration_ms: float | None = None,
        parent: str | None = None,
        error: BaseException | str | None = None,
    ) -> int:
        """Record a step that has ended; returns its number."""
        if self.served is not None:
            self.served.check_unwrapped(node)
        with self.lock:
            n = self._next()
            data = [f'"n":{n},"node":{self.name_text(node)}']
            if input is not UNSET:
                data.append(f'"input":{self.state_text(input)}')
            if output is not UNSET:
                data.append(f'"output":{self.state_text(output)}')
            if duration_ms is not None:
                data.append(f'"duration_ms":{self.value_text(duration_ms)}')
            if error is not None:
                data.append(f'"error":{self.value_text(describe_error(error))}')
            if meta:
                data.append(f'"meta":{self.value_text(dict(meta))}')
            above = parent or self.enclosing()
            self.event("step", "end", ",".join(data), span=f"{self.run}:{n}", parent=above)
        return n

    def begin_step(
        self,
        node: str,
        input: object = UNSET,  # noqa: A002 - the field's word
        *,
        run_id: object = None,
        parent_run_id: object = None,
        meta: Mapping[str, object] | None = None,
    ) -> OpenStep:
        """Start a step that :meth:`end_step` ends, for frameworks that call back.

        ``run_id`` and ``parent_run_id`` are the framework's own ids: async frameworks lose the context.
        """
        above = self._open.get(str(parent_run_id)) if parent_run_id is not None else None
        parent = above.span if above else self.enclosing()
        step = self.start(node, input, meta=meta, parent=parent)
        self.keep_open(step.span if run_id is None else str(run_id), step)
        return step

    def keep_open(self, run_id: str, step: OpenStep) -> None:
        """Let :meth:`end_step` end a step by this id."""
        self._open[run_id] = step

    def end_step(
        self,
        run_id: object,
        output: object = UNSET,
        *,
        error: BaseException | str | None = None,
        meta: Mapping[str, object] | None = None,
    ) -> None:
        """End the step that :meth:`begin_step` started with ``run_id``; unknown ones are left alone."""
        step = self._open.pop(str(run_id), None)
        if step is not None:
            self.finish(step, output, error=error, meta=meta)

    def start(
        self,
        node: str,
        state: object = UNSET,
        *,
        meta: Mapping[str, object] | None = None,
        parent: str | None = None,
    ) -> OpenStep:
        """Record the start of a step and return it, for :meth:`finish`."""
        with self.lock:
            n = self._next()
            span = f"{self.run}:{n}"
            data = f'"n":{n},"node":{self.name_text(node)}'
            if state is not UNSET:
                data += f',"input":{self.state_text(state)}'
            if meta:
                data += f',"meta":{self.value_text(dict(meta))}'
            self.event("step", "start", data, span=span, parent=parent)
        return OpenStep(n, node, span, parent, time.perf_counter_ns())

    def finish(
        self,
        step: OpenStep,
        output: object = UNSET,
        *,
        error: BaseException | str | None = None,
        meta: Mapping[str, object] | None = None,
        served: bool = False,
    ) -> None:
        """Record the end of a step."""
        took = (time.perf_counter_ns() - step.began) / NS_PER_MS
        with self.lock:
            data = f'"n":{step.n},"node":{self.name_text(step.node)}'
            if output is not UNSET:
                data += f',"output":{self.state_text(output)}'
            data += f',"duration_ms":{took:.3f}'
            if error is not None:
                data += f',"error":{self.value_text(describe_error(error))}'
            if served:
                data += ',"served":true'
            if meta:
                data += f',"meta":{self.value_text(dict(meta))}'
            self.event("step", "end", data, span=step.span, parent=step.parent)

    def model(self, name: object = "", *, model: str = "") -> Callable[..., object]:
        """Decorate a function that calls a model: its arguments are the prompt, its result the answer.

        Tokens are taken from the ``usage`` of the result, if it has one. ``@r.model`` alone takes the
        function's name.
        """
        from agentrec.sdk.calls import recorded_function

        return recorded_function(self, MODEL, name, model)

    def tool(self, name: object = "") -> Callable[..., object]:
        """Decorate a tool: a call of the function is recorded as a tool call."""
        from agentrec.sdk.calls import recorded_function

        return recorded_function(self, TOOL, name)

    def _next(self) -> int:
        n = self.steps
        self.steps += 1
        return n

    # --- points ---------------------------------------------------------------------------------

    def mark(self, label: str, *, details: Mapping[str, object] | None = None) -> None:
        """Set a mark. ``details``: its ``status`` or ``transaction``, see docs/events.md."""
        if self.running is not None:
            self.ask({"op": "mark", "label": label, **(details or {})})
        else:
            data = {"label": label, "source": "sdk", **(details or {})}
            self.event("mark", "moment", fields_text(data))

    def note(self, text: str) -> None:
        """Add a note."""
        if self.running is not None:
            self.ask({"op": "note", "text": text, "source": "sdk"})
        else:
            self.event("mark", "note", fields_text({"text": text, "source": "sdk"}))

    def snapshot(self, label: str, state: object = UNSET, *, files: bool = True) -> str:
        """Take a snapshot of the working directory's files, and of ``state``; returns its id.

        The id is empty when no snapshots are taken of this directory.
        """
        taken = self._take_files(label) if files else ""
        with self.lock:
            data = f'"label":{self.value_text(label)}'
            if state is not UNSET:
                data += f',"state":{self.state_text(state)}'
            if taken:
                data += f',"snapshot":{json.dumps(taken)}'
            self.event("step", "state", data, parent=self.enclosing() or self.run)
        return taken

    def _take_files(self, label: str) -> str:
        if self.running is not None:
            self.wait_until_written()
            try:
                return self.running.snapshot(label)
            except AgentrecError as error:
                self.warn(f"no snapshot: {error}")
                return ""
        from agentrec.sdk.file_snapshots import FileSnapshots

        with self.lock:
            if self._files is None:
                self._files = FileSnapshots(self.session, self.env)
            try:
                name, data = self._files.take(label)
            except (AgentrecError, OSError) as error:
                self.warn(f"no snapshot: {error}")
                return ""
            if data:
                self.event("fs", "snapshot", fields_text(data))
            return name

    def fork(
        self,
        from_step: int,
        overrides: Mapping[str, object] | None = None,
        *,
        path: str | os.PathLike[str] | None = None,
    ) -> Recorder:
        """A recorder of a new run that goes on from before a step of this one; its ``state`` is what
        it goes on from.

        Its recording names this one as its parent. Raises InputError, ResumeError.
        """
        from agentrec.sdk.resume_point import fork_point

        self.wait_until_written()
        state, parent, details = fork_point(self.path, self.run, from_step, overrides or {})
        fork = self._new(path, name=self.name, parent=parent, details=details)
        fork.state = state
        return fork


def entry_name(entry: str | Callable[..., object]) -> str:
    """``module:function``; of a function in the main program its file. Raises OutputError."""
    if isinstance(entry, str):
        return entry
    name = getattr(entry, "__qualname__", "")
    if not name or "<" in name:
        raise OutputError(
            "the entry point must be a function of a module", "define it with def, at the top"
        )
    module = getattr(entry, "__module__", "")
    if module == "__main__":
        main = getattr(sys.modules["__main__"], "__spec__", None)
        file = getattr(sys.modules["__main__"], "__file__", None)
        module = main.name if main else os.path.abspath(file) if file else module
    return f"{module}:{name}"
