"""The function that continues a run, by its name: ``module:function`` or ``file.py:function``."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from typing import TYPE_CHECKING

from agentrec.sdk.failures import ResumeError

if TYPE_CHECKING:
    from collections.abc import Callable


def load_entry(name: str) -> Callable[[object], object]:
    """Import the function. Runs the code of its module. Raises ResumeError."""
    module_name, _, function_name = name.rpartition(":")
    if not module_name or not function_name:
        raise ResumeError(
            f"invalid entry point {name!r}", "use module:function or file.py:function"
        )
    try:
        found: object = _module(module_name)
        for part in function_name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, OSError) as error:
        raise ResumeError(
            f"cannot load the entry point {name}: {error}", "run this where it can be imported"
        ) from None
    if not callable(found):
        raise ResumeError(f"the entry point {name} is not a function")
    return found


def _module(name: str) -> object:
    if not name.endswith(".py"):
        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
        return importlib.import_module(name)
    sys.path.insert(0, os.path.dirname(os.path.abspath(name)))
    spec = importlib.util.spec_from_file_location("agentrec_entry", name)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot read {name}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
