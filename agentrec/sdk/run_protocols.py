"""What the modules of this package know of each other: recorders, recorded runs, results."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from agentrec.sdk.failures import ReplayedError, error_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.recording.reader import Recording
    from agentrec.sdk.read.run_frames import RunFrame

# Stands for a state that was not given: None is one.
UNSET: object = type("Unset", (), {"__repr__": lambda _: "UNSET"})()
MODEL, TOOL = "model", "tool"


class OpenStep(NamedTuple):
    """A step that has started: its number, name, span, the enclosing step's span, and a clock reading."""

    n: int
    node: str
    span: str
    parent: str | None
    began: int


class Result(NamedTuple):
    """A recorded result: the value, or the error.

    ``in_place``: the function changed its argument and returned nothing; ``returns_argument``: it
    returned it.
    """

    value: object
    error: Mapping[str, object] | None = None
    in_place: bool = False
    returns_argument: bool = False

    def give(self, argument: object) -> object:
        """Return it as the function would have. Raises ReplayedError if it failed then."""
        if self.error is not None:
            raise ReplayedError(error_text(self.error))
        if not (self.in_place or self.returns_argument):
            return self.value
        if not (isinstance(argument, dict) and isinstance(self.value, dict)):
            return self.value if self.returns_argument else None
        argument.clear()
        argument.update(self.value)
        return argument if self.returns_argument else None


class RunRecorder(Protocol):
    """A recorder, as far as steps and calls care."""

    @property
    def closed(self) -> bool: ...
    @property
    def served(self) -> ServesResults | None: ...
    def start(
        self,
        node: str,
        state: object = ...,
        *,
        meta: Mapping[str, object] | None = ...,
        parent: str | None = ...,
    ) -> OpenStep: ...
    def finish(
        self,
        step: OpenStep,
        output: object = ...,
        *,
        error: BaseException | str | None = ...,
        meta: Mapping[str, object] | None = ...,
        served: bool = ...,
    ) -> None: ...
    def mark(self, label: str, *, details: Mapping[str, object] | None = ...) -> None: ...
    def begin_tool_call(self, tool: str, args: object = ...) -> str: ...
    def end_tool_call(
        self,
        span: str,
        result: object = ...,
        *,
        duration_ms: float | None = ...,
        error: BaseException | str | None = ...,
        served: bool = ...,
    ) -> None: ...
    def record_llm_call(
        self,
        node: str = ...,
        prompt: object = ...,
        response: object = ...,
        *,
        model: str = ...,
        tokens: object = ...,
        cost_usd: float | None = ...,
        duration_ms: float | None = ...,
        stop_reason: str = ...,
        id: str = ...,  # noqa: A002 - the field's word
        parent: str | None = ...,
        actor: str | None = ...,
        error: BaseException | str | None = ...,
        served: bool = ...,
    ) -> None: ...


class ServesResults(Protocol):
    """What a resumed run takes from its parent's recording; see :mod:`agentrec.sdk.served`."""

    def step(self, recorder: RunRecorder, name: str, state: object) -> Result | None: ...
    def entered(self, step: OpenStep) -> None: ...
    def check_unwrapped(self, name: str) -> None: ...
    def call(self, kind: str, name: str, args: object) -> Result | None: ...


class RecordedRun(Protocol):
    """A recorded run, as far as resuming it cares; see :class:`agentrec.sdk.read.run.Run`."""

    @property
    def path(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def tags(self) -> list[str]: ...
    @property
    def entry(self) -> str: ...
    @property
    def recording(self) -> Recording: ...
    @property
    def frames(self) -> list[RunFrame]: ...
    def step(self, n: int) -> RunFrame: ...
    def input(self, n: int) -> object: ...
    def output(self, n: int) -> object: ...
    def prompts(self) -> dict[int, object]: ...
