"""Loads the terminal engine's library, with its C declarations parsed in advance.

The binding parses 80 KB of C at every import, which takes longer than everything else `agentrec cat` does.
Parsed once, cffi can write the result as a module that loads in a millisecond. It is kept in the user's
cache directory, named by what it was made from. Where that is not possible, only time is lost.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
from contextlib import redirect_stdout
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, NamedTuple

from agentrec.atomic import create_part, publish
from agentrec.config import NoHomeError, cache_home

if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Protocol

    class CData(Protocol):
        """A C value, pointer or function: what it has is in the library's headers."""

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: object) -> None: ...
        def __getitem__(self, index: int) -> Any: ...

    class FFI(Protocol):
        """cffi's object for the declarations; see its documentation."""

        NULL: CData

        def __getattr__(self, name: str) -> Any: ...


_LIBRARY = "libghostty-vt.dylib" if sys.platform == "darwin" else "libghostty-vt.so"


class Binding(NamedTuple):
    """The loaded engine: cffi's object, the library, and the binding's version."""

    ffi: FFI
    lib: CData
    version: str


def load(declarations: str) -> Binding:
    """The engine; ``declarations`` are C declarations of our own.

    Raises ImportError when the binding is not installed, OSError when its library does not load.
    """
    folder = _package()
    with open(os.path.join(folder, "__init__.py"), encoding="utf-8") as file:
        version = re.search(r'__version__ = "([^"]+)"', file.read())
    ffi = _parsed(os.path.join(folder, "_cdef.py"), declarations)
    lib = ffi.dlopen(os.path.join(folder, "_lib", _LIBRARY))
    return Binding(ffi, lib, version[1] if version else "")


def _package() -> str:
    spec = find_spec("pyghostty")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("pyghostty is not installed")
    return next(iter(spec.submodule_search_locations))


def _parsed(header: str, declarations: str) -> FFI:
    """An FFI object for the declarations in the module at ``header``, and for ``declarations``."""
    import _cffi_backend

    with open(header, "rb") as file:
        source = file.read()
    made_from = hashlib.sha256(
        b"\0".join([source, declarations.encode(), _cffi_backend.__version__.encode()])
    )
    name = f"ghostty_{made_from.hexdigest()[:32]}"
    try:
        path = os.path.join(cache_home(os.environ), f"{name}.py")
    except NoHomeError:
        path = ""  # nowhere to keep it
    if _is_private(path):
        ffi: FFI = _module(name, path).ffi
        return ffi
    return _parse(header, declarations, name, path)


def _parse(header: str, declarations: str, name: str, path: str) -> FFI:
    import cffi

    parser = cffi.FFI()
    parser.cdef(_module("ghostty_declarations", header).CDEF)
    parser.cdef(declarations)
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        part, fd = create_part(path)
        os.close(fd)
        parser.set_source(name, None)
        with redirect_stdout(io.StringIO()):  # it prints what it does
            parser.emit_python_code(part)
        publish(part, path, overwrite=True)
    except OSError:
        pass  # nowhere to keep it: it will be parsed again the next time
    parsed: FFI = parser
    return parsed


def _module(name: str, path: str) -> ModuleType:
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _is_private(path: str) -> bool:
    """Whether only this user can have written the file: it is code that we are about to run."""
    try:
        status, folder = os.lstat(path), os.lstat(os.path.dirname(path))
    except OSError:
        return False
    ours = status.st_uid == folder.st_uid == os.getuid()
    return (
        ours
        and not (status.st_mode | folder.st_mode) & 0o022
        and status.st_mode & 0o170000 == 0o100000
    )
