"""The child of a branch whose calls are replayed up to the point: `record` with a ghost's server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.branches.journal import child_replay
from agentrec.cli.branches.ghost_play import say
from agentrec.errors import ExitCode
from agentrec.ghost.ghost_companion import GhostCompanion
from agentrec.ghost.ghost_server import GhostSettings
from agentrec.ghost.request_match import STRICT
from agentrec.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.cli.capture.start import RecordOptions
    from agentrec.json_values import JsonObject


def begin(entry_file: str, options: RecordOptions, env: Mapping[str, str]) -> GhostCompanion | None:
    """Have recorded answers given if the branch wants that: ``options`` are changed."""
    told = child_replay(entry_file)
    if not told:
        return None
    ghost = GhostCompanion(_settings(told), env)
    options.model_calls, options.stand_in = True, ghost.origin
    options.more_companions = [*options.more_companions, ghost]
    return ghost


def finish(ghost: GhostCompanion, code: int) -> int:
    """Say what became of it, and return the exit code."""
    if ghost.miss is not None:
        say("the run went another way than the recorded one, before the point of the branch")
        say(ghost.miss_what)
        for line in ghost.miss:
            say(f"  {printable(line)}")
        return ExitCode.MISS
    if not ghost.handed_over:
        say("the run ended before the point of the branch: the message was not sent")
        return code or ExitCode.MISS
    return code


def _settings(told: JsonObject) -> GhostSettings:
    known = {name: value for name, value in told.items() if name in GhostSettings._fields}
    return GhostSettings(**{"match": STRICT, "pace": "instant", **known})  # type: ignore[arg-type]
