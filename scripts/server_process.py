"""A server that runs beside tests and comparisons, in a directory that is removed at the end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_POLL_SECONDS = 0.1


class ServerProcess(ABC):
    """A program that is ended with us. Subclasses call :meth:`start` and say whether it answers."""

    name: str
    start_seconds: float

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix=f"agentrec-{self.name}-")

    def start(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Run ``command`` in the directory, which is its home, too."""
        if ends_with_parent := shutil.which("setpriv"):
            command = [ends_with_parent, "--pdeathsig", "KILL", *command]
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**env, "HOME": self.folder},
                stdout=log,
                stderr=log,
            )

    @abstractmethod
    def answers(self) -> bool:
        """Whether it is ready."""

    def __enter__(self) -> Self:
        deadline = time.monotonic() + self.start_seconds
        while not self.answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                log = Path(self.folder, "log").read_text(errors="replace")
                self.__exit__()
                raise RuntimeError(f"{self.name} does not start: {log[-2000:]}")
            time.sleep(_POLL_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGKILL)  # it may take seconds to end by itself
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
