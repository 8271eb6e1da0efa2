"""Loads the engine's library with its C declarations parsed ahead.

The binding parses 80 KB of C at every import, which takes longer than everything else `agentrec cat`
does. Parsed once, cffi can write the result down as a module that loads in a millisecond; it is kept in
the user's cache directory, named by what it was made from. Where that cannot be, nothing is lost but time.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
from contextlib import redirect_stdout
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

_LIBRARY = "libghostty-vt.dylib" if sys.platform == "darwin" else "libghostty-vt.so"


def load(more: str) -> tuple[Any, Any, str]:
    """``(ffi, lib, version)`` of the engine; ``more`` are C declarations of our own.

    Raises ImportError when the binding is not installed, OSError when its library does not load.
    """
    folder = _package()
    with open(os.path.join(folder, "__init__.py"), encoding="utf-8") as file:
        found = re.search(r'__version__ = "([^"]+)"', file.read())
    ffi = _parsed(os.path.join(folder, "_cdef.py"), more)
    return ffi, ffi.dlopen(os.path.join(folder, "_lib", _LIBRARY)), found[1] if found else ""


def _package() -> str:
    spec = find_spec("pyghostty")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("pyghostty is not installed")
    return next(iter(spec.submodule_search_locations))


def _parsed(declarations: str, more: str) -> Any:
    """An FFI object that knows the declarations in the module at that path, and ``more``."""
    import _cffi_backend

    with open(declarations, "rb") as file:
        source = file.read()
    made_from = hashlib.sha256(
        b"\0".join([source, more.encode(), _cffi_backend.__version__.encode()])
    )
    name = f"ghostty_{made_from.hexdigest()[:32]}"
    path = os.path.join(_cache(), f"{name}.py")
    if _is_private(path):
        return _module(name, path).ffi
    return _parse(declarations, more, name, path)


def _parse(declarations: str, more: str, name: str, path: str) -> Any:
    from cffi import FFI

    ffi = FFI()
    ffi.cdef(_module("ghostty_declarations", declarations).CDEF)
    ffi.cdef(more)
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        part = f"{path}.{os.getpid()}"
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        ffi.set_source(name, None)
        with redirect_stdout(io.StringIO()):  # it tells what it does
            ffi.emit_python_code(part)
        os.replace(part, path)
    except OSError:
        pass  # no place for it: it will be parsed again the next time
    return ffi


def _module(name: str, path: str) -> ModuleType:
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _cache() -> str:
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "agentrec")


def _is_private(path: str) -> bool:
    """Whether only this user can have written the file: it is code that we are about to run."""
    try:
        about, folder = os.lstat(path), os.lstat(os.path.dirname(path))
    except OSError:
        return False
    ours = about.st_uid == folder.st_uid == os.getuid()
    return (
        ours
        and not (about.st_mode | folder.st_mode) & 0o022
        and about.st_mode & 0o170000 == 0o100000
    )
