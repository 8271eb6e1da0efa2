"""A recording of the run's own, like any other: complete after a crash up to the last 250 ms."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from agentrec.errors import OutputError
from agentrec.sdk.write.event_socket import EventSocket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject

_MODULE = "agentrec.sdk.write.writer_process"
_END_TIMEOUT_SECONDS = 60.0


class OwnFile(EventSocket):
    """Carries events to the process that writes them to ``path``."""

    def __init__(
        self,
        path: str,
        header: JsonObject,
        env: Mapping[str, str],
        *,
        overwrite: bool,
        redact: bool,
        recipients: list[str],
    ) -> None:
        """Start the process. Raises OutputError when the file cannot be written."""
        self.path = os.path.abspath(path)
        _check(self.path, overwrite=overwrite)
        ours, theirs = socket.socketpair()
        super().__init__(ours, time.monotonic_ns(), str(header["id"]), self.path)
        with theirs:
            self._process = _start(theirs, env)
        request = {
            "path": self.path,
            "header": header,
            "overwrite": overwrite,
            "redact": redact,
            "recipients": recipients,
            "start_ns": self.start_ns,
        }
        ours.sendall(json.dumps(request).encode() + b"\n")

    def close(self) -> None:
        """Wait until the file is complete."""
        super().close()
        try:
            self._process.wait(_END_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.failure = self.failure or OutputError(f"{self.path} is still being written")


def _start(connection: socket.socket, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))
    found = env.get("PYTHONPATH", "")
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE],
            stdin=connection.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**env, "PYTHONPATH": os.pathsep.join(filter(None, (package, found)))},
            start_new_session=True,  # it outlives what ends the program
        )
    except OSError as error:
        raise OutputError(f"cannot start the process that writes the recording: {error}") from None


def _check(path: str, *, overwrite: bool) -> None:
    """What the user got wrong is said at once; all else when the file is created."""
    from agentrec.config import make_folders

    if os.path.isdir(path):
        raise OutputError(f"{path} is a directory", "pass a file in it")
    if os.path.exists(path) and not overwrite:
        raise OutputError(f"{path} already exists", "choose another file, or pass overwrite=True")
    folder = os.path.dirname(path)
    try:
        make_folders(folder)
    except OSError as error:
        raise OutputError(f"cannot create the directory {folder}: {error.strerror}") from None
    if not os.access(folder, os.W_OK):
        raise OutputError(f"cannot write {path}: permission denied")
