"""The operations of the API: one function for each, by its operation id.

A handler runs in a thread, takes an :class:`~agentrec.web.request.ApiRequest`, and returns a JSON value, a
``JsonReply`` or a ``Download``. It raises ProblemError or AgentrecError.

library    lists, searches and totals over many recordings
recording  one recording: facts, timeline, events, summary
playback   screens, frames, output and activity
files      files of a snapshot, and diffs
changing   add marks and snapshots, branch
transactions  list, begin, savepoint, rollback, commit, abort
compare    how two recordings differ
lineage    which recording branched from which
download   a recording as a file, a screen as a picture
replay     the replay API of AgentOS
sharing    links to one recording
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.web.handlers.changing import HANDLERS as CHANGING
from agentrec.web.handlers.compare import HANDLERS as COMPARE
from agentrec.web.handlers.files import HANDLERS as FILES
from agentrec.web.handlers.library import HANDLERS as LIBRARY
from agentrec.web.handlers.playback import HANDLERS as PLAYBACK
from agentrec.web.handlers.recording import HANDLERS as RECORDING
from agentrec.web.handlers.replay import HANDLERS as REPLAY
from agentrec.web.handlers.sharing import HANDLERS as SHARING
from agentrec.web.handlers.transactions import HANDLERS as TRANSACTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.web.request import ApiRequest

    Handler = Callable[[ApiRequest], object]

HANDLERS: dict[str, Handler] = {
    **LIBRARY,
    **RECORDING,
    **COMPARE,
    **PLAYBACK,
    **FILES,
    **CHANGING,
    **TRANSACTIONS,
    **REPLAY,
    **SHARING,
}
