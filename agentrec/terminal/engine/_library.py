"""The engine's library, libghostty-vt: loaded, with what its callers share.

It is imported at the first screen, since loading it takes about 0.1 s.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError
from agentrec.terminal.engine._abi import load

if TYPE_CHECKING:
    from agentrec.terminal.engine._abi import CData

# Where nothing is parsed in advance, looking up a C type by name takes 4 ms the first time, because all
# headers are parsed again. One struct that mentions every type in use is parsed once instead.
_IN_USE = """
GhosttyBuffer GhosttyCellsView GhosttyFormatter GhosttyFormatterTerminalOptions GhosttyGridRef
GhosttyPointS GhosttyRenderState
GhosttyRenderStateCursorVisualStyle GhosttyRenderStateDirty GhosttyRenderStateOverscan
GhosttyRenderStateRowCells GhosttyRenderStateRowIterator GhosttyRow GhosttySelection
GhosttySnapshotDecoder GhosttyString GhosttyStyle GhosttyTerminal GhosttyTerminalModeConfig
GhosttyTerminalScreen GhosttyTerminalSelectionFormatOptions bool size_t uint16_t
"""
_NAMES = _IN_USE.split()
_MEMBERS = " ".join(f"{name} *{name.lower()};" for name in _NAMES)
# Unions cannot be passed by value; a struct of the same size and alignment is passed alike.
_OURS = f"""
typedef struct {{ uint16_t x; uint32_t y; uint64_t _pad; }} GhosttyPointValueS;
typedef struct {{ GhosttyPointTag tag; GhosttyPointValueS value; }} GhosttyPointS;
typedef GhosttyResult (*AgentrecFindCell)(GhosttyTerminal, GhosttyPointS, GhosttyGridRef *);
typedef struct {{ {_MEMBERS} uint8_t **bytes; }} AgentrecTypes;
"""
ffi, lib, VERSION = load(_OURS)
find_cell = ffi.cast("AgentrecFindCell", ffi.addressof(lib, "ghostty_terminal_grid_ref"))
_FIELDS = dict(ffi.typeof("AgentrecTypes").fields)
_TYPES = {name: _FIELDS[name.lower()].type for name in _NAMES} | {"bytes": _FIELDS["bytes"].type}


def new(ctype: str, *value: object) -> CData:
    """A pointer to a new C value, zero unless given; ``bytes`` is a pointer to bytes."""
    pointer: CData = ffi.new(_TYPES[ctype], *value)
    return pointer


class EngineError(AgentrecError):
    """The engine refused a call. Sizes and input are checked before, so this is a bug."""


def check(result: int, what: str) -> None:
    if result:
        raise EngineError(f"the terminal engine could not {what} (code {result})")


def sized(ctype: str) -> CData:
    """A new struct of the kind that holds its own size."""
    out = new(ctype)
    out.size = ffi.sizeof(out[0])
    return out


def owned(owner: object, ctype: str, name: str) -> CData:
    """A pointer to a new library object that is freed with its owner."""
    out = new(ctype)
    check(getattr(lib, f"ghostty_{name}_new")(ffi.NULL, out), f"make a {name}")
    finalizer = weakref.finalize(owner, getattr(lib, f"ghostty_{name}_free"), out[0])
    finalizer.atexit = False  # a thread may still be inside the engine
    return out
