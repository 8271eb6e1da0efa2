"""The Python library: record a run from inside, read recordings, and go on from a recorded state.

- ``run_recorder``: records a run; ``step_scope``, ``calls``: blocks and functions; ``current``: the
  recorder and the step that code runs in
- ``failures``: errors, ``token_counts``: tokens as APIs report them, ``env_reads``: variables that are
  read, ``file_snapshots``: snapshots of files
- ``states``: any JSON value, stored as what changed; ``write``: how events get into a recording
- ``read``: recordings as a program reads them
- ``resume``: FORK, REPLAY and MOCK; ``resume_point``: where a run starts from; ``served``: what is not run;
  ``overrides``: changes of a state; ``entry_point``: the function that continues
- ``transactions``: work that is merged as a whole or not at all
- ``bridges``: frameworks and clients of models that record to a recorder
- ``run_protocols``: what these modules know of each other

Names are loaded when they are used: ``from agentrec import Recorder`` loads no reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.sdk.current import current_recorder as current_recorder
    from agentrec.sdk.failures import ReplayedError as ReplayedError
    from agentrec.sdk.failures import ResumeError as ResumeError
    from agentrec.sdk.overrides import New as New
    from agentrec.sdk.read.run import Run as Run
    from agentrec.sdk.read.run_list import list_runs as list_runs
    from agentrec.sdk.resume_point import FORK as FORK
    from agentrec.sdk.resume_point import MOCK as MOCK
    from agentrec.sdk.resume_point import REPLAY as REPLAY
    from agentrec.sdk.resume_point import Mode as Mode
    from agentrec.sdk.run_recorder import Recorder as Recorder
    from agentrec.sdk.transactions.transaction_workspace import Workspace as Workspace
    from agentrec.transactions.merge import ConflictError as ConflictError

_WHERE = {
    "Recorder": "run_recorder",
    "Run": "read.run",
    "list_runs": "read.run_list",
    "Mode": "resume_point",
    "FORK": "resume_point",
    "REPLAY": "resume_point",
    "MOCK": "resume_point",
    "New": "overrides",
    "ResumeError": "failures",
    "ReplayedError": "failures",
    "current_recorder": "current",
    "Workspace": "transactions.transaction_workspace",
    "ConflictError": "transactions.transaction_workspace",
}
__all__ = [
    "FORK",
    "MOCK",
    "REPLAY",
    "ConflictError",
    "Mode",
    "New",
    "Recorder",
    "ReplayedError",
    "ResumeError",
    "Run",
    "Workspace",
    "current_recorder",
    "list_runs",
    "model",
    "step",
    "tool",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"agentrec.sdk.{_WHERE[name]}"), name)
    return value


def step(name: object = "") -> Callable[..., object]:
    """Decorate a function as a step of the recorder that is current when it is called, if any."""
    from agentrec.sdk.step_scope import wrapped

    if callable(name):
        return wrapped(None, name, getattr(name, "__name__", "step"))
    return lambda function: wrapped(None, function, str(name or function.__name__))


def model(name: object = "", *, model: str = "") -> Callable[..., object]:
    """Decorate a function that calls a model, likewise."""
    from agentrec.sdk.calls import recorded_function
    from agentrec.sdk.run_protocols import MODEL

    return recorded_function(None, MODEL, name, model)


def tool(name: object = "") -> Callable[..., object]:
    """Decorate a tool, likewise."""
    from agentrec.sdk.calls import recorded_function
    from agentrec.sdk.run_protocols import TOOL

    return recorded_function(None, TOOL, name)
