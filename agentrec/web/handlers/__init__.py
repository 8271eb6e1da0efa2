"""One function for each operation of the document, by its id.

A handler runs in a thread, takes an :class:`~agentrec.web.request.Asked` and returns what becomes JSON, an
``Answer`` or a ``Download``. Whatever is wrong it raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentrec.web.handlers.changing import HANDLERS as ADDING
from agentrec.web.handlers.files import HANDLERS as FILES
from agentrec.web.handlers.library import HANDLERS as LIBRARY
from agentrec.web.handlers.playback import HANDLERS as PLAYING
from agentrec.web.handlers.recording import HANDLERS as RECORDING
from agentrec.web.handlers.replay import HANDLERS as REPLAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.web.request import Asked

HANDLERS: dict[str, Callable[[Asked], Any]] = {
    **LIBRARY,
    **RECORDING,
    **PLAYING,
    **FILES,
    **ADDING,
    **REPLAY,
}
