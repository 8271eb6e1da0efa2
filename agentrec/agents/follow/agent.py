"""What the companions of all agents share. On the start path of `record`: imports are light here."""

from __future__ import annotations

import os
import time

from agentrec.capture.companion_host import Companion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.agents.follow.event_builder import Story, Told
    from agentrec.capture.companion_host import Emit

BUSY, CALM = 0.05, 0.25  # seconds between looks while something happens, and else
BUSY_FOR = 2.0  # seconds after the last thing that happened
LAST_LOOKS = 8  # at the end: what is still unread, in pieces


class AgentCompanion(Companion):
    """Follows one agent. A subclass says how to ``prepare``, ``open`` and ``look``."""

    name = "agent"
    homes: tuple[str, ...] = ()  # variables that say where the agent keeps its own things

    def __init__(self, argv: list[str]) -> None:
        self.argv = argv
        self.env: dict[str, str] = {}
        self.cwd = ""
        self.began = 0.0  # seconds since the epoch
        self.pid = 0
        self._emit: Emit | None = None
        self._last = 0.0

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        """Remember where we are; nothing is changed."""
        self.adopt(env, cwd, time.time())
        return argv, env

    def adopt(self, env: dict[str, str], cwd: str, began: float) -> None:
        """Where the agent works and since when, in seconds since the epoch."""
        self.env, self.cwd, self.began = env, cwd, began

    def start(self, emit: Emit, pid: int) -> None:
        self._emit, self.pid = emit, pid
        self.open()

    def tick(self) -> float:
        now = time.monotonic()
        if self._tell(self.look()):
            self._last = now
        return BUSY if now - self._last < BUSY_FOR else CALM

    def stop(self) -> None:
        if self._emit is not None:
            looks = 0
            while self._tell(self.look()) and looks < LAST_LOOKS:
                looks += 1
            self._tell(self.finish())
        self.clean()

    def open(self) -> None:
        """The agent runs: import what is needed, see what was there before."""

    def look(self) -> Iterable[Told]:
        """What is new."""
        return ()

    def finish(self) -> Iterable[Told]:
        """The agent has ended: what was held back."""
        return ()

    def clean(self) -> None:
        """Remove what ``prepare`` made."""

    def _tell(self, events: Iterable[Told]) -> bool:
        """Emit them; whether there were any."""
        told = False
        for event in events:
            told = True
            if self._emit is not None:
                self._emit(
                    event.track,
                    event.kind,
                    event.data,
                    span=event.span,
                    parent=event.parent,
                    actor=event.actor,
                )
        return told

    def story(self) -> Story:
        """An empty story that says how the agent was started: what resuming it needs."""
        from agentrec.agents.follow.event_builder import Story, shortened
        from agentrec.redact import mask_command

        names = ("HOME", *self.homes)
        home = {name: self.env[name] for name in names if name in self.env}
        argv = shortened(mask_command(self.argv))[0]
        return Story(self.name, {"argv": argv, "home": home, "started_in": self.cwd})

    def home(self, variable: str, default: str) -> str:
        """The agent's own directory: what ``variable`` says, else ``default`` below the user's home."""
        named = self.env.get(variable, "")
        if named:
            return os.path.join(self.cwd, os.path.expanduser(named))
        return os.path.join(self.env.get("HOME") or os.path.expanduser("~"), default)
