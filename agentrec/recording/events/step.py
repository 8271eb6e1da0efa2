"""Steps of a run inside a program, with the state before and after each."""

from __future__ import annotations

from collections.abc import Mapping

from agentrec.recording.events.fields import (
    ANY,
    COUNT,
    FLAG,
    NUMBER,
    TABLE,
    TEXT,
    TEXTS,
    TIME_NS,
    Field,
)
from agentrec.recording.events.record import EventRecord

_STATE = "; a state, see [python.md](python.md#how-states-are-stored)"


class StepRun(
    EventRecord, kind="step/run", source="the Python library", links="span: the run's id"
):
    """A run inside a program starts."""

    name = Field(TEXT, "its name")
    tags = Field(TEXTS, "words to find it by")
    entry = Field(TEXT, "the function that continues from a state: `module:function`")
    python = Field(TEXT, "version of Python")
    mode = Field(TEXT, "of a resumed run: `fork`, `replay` or `mock`")
    from_step = Field(COUNT, "of a resumed run: the step of its parent that it starts from")
    overrides = Field(TABLE, "of a resumed run: what was changed in the state")
    at_ns = Field(TIME_NS, "its time, if the event was added later")


class StepStart(
    EventRecord,
    kind="step/start",
    source="the Python library",
    links="span: the step; parent: the enclosing step",
):
    """A step starts."""

    n = Field(COUNT, "number of the step in its run, in order of their starts")
    node = Field(TEXT, "what the step is called")
    input = Field(TABLE, f"the state before{_STATE}")
    meta = Field(TABLE, "what else the caller says about it")
    at_ns = Field(TIME_NS, "its time, if the event was added later")


class StepEnd(
    EventRecord,
    kind="step/end",
    source="the Python library",
    links="span: the step; parent: the enclosing step",
):
    """A step ended. One without a start was recorded afterwards, with both states."""

    n = Field(COUNT, "number of the step in its run, in order of their starts")
    node = Field(TEXT, "what the step is called")
    input = Field(TABLE, f"the state before, if the step has no start{_STATE}")
    output = Field(TABLE, f"the state after{_STATE}")
    duration_ms = Field(NUMBER, "milliseconds it took")
    error = Field(TABLE, "what it failed with: `type`, `message`, `traceback`")
    served = Field(FLAG, "its result was served from the parent's recording; it did not run")
    meta = Field(TABLE, "what else the caller says about it")
    at_ns = Field(TIME_NS, "its time, if the event was added later")

    @property
    def failed(self) -> bool | None:
        return bool(self.error)


class StepError(
    EventRecord, kind="step/error", source="the Python library", links="parent: the enclosing step"
):
    """Something failed in a run."""

    node = Field(TEXT, "where")
    error = Field(TABLE, "what it failed with: `type`, `message`, `traceback`")
    input = Field(TABLE, f"the state it failed on{_STATE}")
    at_ns = Field(TIME_NS, "its time, if the event was added later")

    @property
    def failed(self) -> bool | None:
        return True


class StepMemory(
    EventRecord, kind="step/memory", source="the Python library", links="parent: the enclosing step"
):
    """An agent read or changed its memory."""

    op = Field(TEXT, "what it did, such as `get`, `set`, `search`, `delete`")
    key = Field(TEXT, "on what")
    value = Field(ANY, "what was read or written")
    store = Field(TEXT, "the memory, if there are several")
    at_ns = Field(TIME_NS, "its time, if the event was added later")


class StepState(
    EventRecord, kind="step/state", source="the Python library", links="parent: the enclosing step"
):
    """The state at a labeled point between steps."""

    label = Field(TEXT, "the point")
    state = Field(TABLE, f"the state{_STATE}")
    snapshot = Field(TEXT, "the snapshot of files that was taken with it")
    at_ns = Field(TIME_NS, "its time, if the event was added later")


def same_error(one: object, other: object) -> bool:
    """Whether two errors are the same one, on its way up through steps and run."""
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)):
        return False
    return all(one.get(name) == other.get(name) for name in ("type", "message"))


class StepDone(
    EventRecord, kind="step/done", source="the Python library", links="span: the run's id"
):
    """A run inside a program ended."""

    steps = Field(COUNT, "how many steps it had")
    error = Field(TABLE, "what it failed with: `type`, `message`, `traceback`")
    at_ns = Field(TIME_NS, "its time, if the event was added later")

    @property
    def failed(self) -> bool | None:
        return bool(self.error)
