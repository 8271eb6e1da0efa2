"""agentrec: flight recorder and time machine for coding agents that run in a terminal.

``Recorder``, ``Run`` and other names of the Python library (``agentrec.sdk``) can be imported from
here; they are loaded when they are used. Their types are in ``__init__.pyi``.
"""

__version__ = "0.1.0"

_CUTS = ("cut", "join", "speed", "trim")
_SDK = ("FORK", "MOCK", "REPLAY", "New", "Recorder", "Run", "Workspace", "list_runs")


def __getattr__(name: str) -> object:
    if name not in (*_SDK, *_CUTS):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = "agentrec.cuts.python_api" if name in _CUTS else "agentrec.sdk"
    value: object = getattr(import_module(module), name)
    return value
