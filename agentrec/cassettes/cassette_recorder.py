"""Records the model calls of this process and of those it starts, in a recording without a terminal."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from agentrec import __version__
from agentrec.capture.companion_host import CompanionHost
from agentrec.capture.event_log import EventLog, NotifyingSink
from agentrec.config import make_folders
from agentrec.errors import OutputError
from agentrec.gateway.companion import ModelCallsCompanion
from agentrec.recording.encryption.recipients import refuse_setting
from agentrec.recording.writer import Writer
from agentrec.recording_registry import new_id
from agentrec.redact.event_mask import EventMask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject

_STOP_TIMEOUT_SECONDS = 5.0


class CassetteRecorder:
    """A recording at ``path`` that appears when it is kept. ``program`` is what it is called.

    ``variables`` are to be set in this process: they point its clients at the gateway, which asks the servers
    that ``env`` names. Raises OutputError.
    """

    def __init__(
        self, path: str, program: str, title: str, cwd: str, env: Mapping[str, str]
    ) -> None:
        refuse_setting("a cassette", env)
        self._path = path
        self._part = f"{path}.{os.getpid()}.part"
        try:
            make_folders(os.path.dirname(path))
        except OSError as error:
            raise OutputError(f"cannot create {path}: {error.strerror}") from None
        self._writer = Writer(self._part, _header(program, title, cwd), overwrite=True)
        companion = ModelCallsCompanion([program])
        self._host = CompanionHost([companion])
        log = EventLog(NotifyingSink(EventMask(self._writer), self._host), self._host)
        _, wanted = companion.prepare([program], dict(env), cwd)
        self.variables = {name: it for name, it in wanted.items() if env.get(name) != it}
        self._writer.start()
        self._host.start(log.emit, os.getpid())

    def stop(self, *, keep: bool) -> None:
        """End it, and give it its name or remove it. Raises OutputError."""
        self._host.stop(_STOP_TIMEOUT_SECONDS)
        self._writer.close()
        try:
            if keep and not self._writer.failure:
                os.replace(self._part, self._path)
            else:
                os.unlink(self._part)
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror}") from None
        if keep and self._writer.failure:
            raise OutputError(f"cannot write {self._path}: {self._writer.failure}")


def _header(program: str, title: str, cwd: str) -> JsonObject:
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "id": new_id(program),
        "created": created,
        "cols": 80,
        "rows": 24,
        "command": [program],
        "title": title,
        "cwd": cwd,
        "env": {},
        "producer": f"agentrec {__version__}",
        "headless": True,
    }
