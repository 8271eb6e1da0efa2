"""What the companions of all agents share. On the start path of `record`: imports are light here."""

from __future__ import annotations

import os
import time

from agentrec.capture.companion_host import Companion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.agents.follow.event_builder import AgentEvent, EventBuilder
    from agentrec.agents.follow.owners import Owners
    from agentrec.capture.companion_host import Emit

BUSY_POLL_INTERVAL_SECONDS, IDLE_POLL_INTERVAL_SECONDS = 0.05, 0.25
QUIET_POLL_INTERVAL_SECONDS = 1.0
# It counts as busy for this long after the last event, and as quiet after this long without one: its user
# or its model takes their time.
BUSY_PERIOD_SECONDS, QUIET_AFTER_SECONDS = 2.0, 20.0
# At the end, what is still unread is read in pieces.
MAX_LAST_POLLS = 8


class AgentCompanion(Companion):
    """Follows one agent. A subclass implements ``open`` and ``poll``, perhaps ``prepare`` and ``finish``."""

    name = "agent"
    # Variables that name the directory of the agent's own files.
    home_variables: tuple[str, ...] = ()

    def __init__(self, argv: list[str]) -> None:
        self.argv = argv
        self.env: dict[str, str] = {}
        self.cwd = ""
        # Seconds since the epoch.
        self.began = 0.0
        self.pid = 0
        self._emit: Emit | None = None
        self._last_event = self._started = 0.0
        self._owners: Owners | None = None
        self._builder_in_use: EventBuilder | None = None

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        """Remember where the agent starts; nothing is changed."""
        self.attach(env, cwd, time.time())
        return argv, env

    def attach(
        self, env: dict[str, str], cwd: str, began: float, owners: Owners | None = None
    ) -> None:
        """Set where the agent works, and since when, in seconds since the epoch.

        Agents of one recording share ``owners``.
        """
        self.env, self.cwd, self.began, self._owners = env, cwd, began, owners

    def owners(self) -> Owners:
        """Return what tells records from copies of them."""
        from agentrec.agents.follow.owners import Owners

        if self._owners is None:
            self._owners = Owners()
        return self._owners

    def start(self, emit: Emit, pid: int) -> None:
        self._emit, self.pid = emit, pid
        self._started = time.monotonic()
        self.open()

    def tick(self) -> float:
        now = time.monotonic()
        if self._emit_all(self.poll()):
            self._last_event = now
        builder = self._builder_in_use
        if builder and self._emit and (text := builder.misreads.check(now)):
            self._emit("sys", "trouble", {"text": text})
        if now - self._last_event < BUSY_PERIOD_SECONDS:
            return BUSY_POLL_INTERVAL_SECONDS
        since = now - max(self._last_event, self._started)
        quiet = since >= QUIET_AFTER_SECONDS
        return QUIET_POLL_INTERVAL_SECONDS if quiet else IDLE_POLL_INTERVAL_SECONDS

    def stop(self) -> None:
        if self._emit is not None:
            polls = 0
            while self._emit_all(self.poll()) and polls < MAX_LAST_POLLS:
                polls += 1
            self._emit_all(self.finish())
            if self._builder_in_use:
                self._builder_in_use.troubles()
                self._emit_all(self._builder_in_use.drain())
        self.clean_up()

    def open(self) -> None:
        """Import what is needed, and note which files existed before: the agent runs."""

    def poll(self) -> Iterable[AgentEvent]:
        """Return new events."""
        return ()

    def finish(self) -> Iterable[AgentEvent]:
        """Return events that were held back: the agent has ended."""
        return ()

    def clean_up(self) -> None:
        """Remove what ``prepare`` made."""

    def _emit_all(self, events: Iterable[AgentEvent]) -> bool:
        """Emit them; return whether there were any."""
        emitted = False
        for event in events:
            emitted = True
            if self._emit is not None:
                self._emit(
                    event.track,
                    event.kind,
                    event.data,
                    span=event.span,
                    parent=event.parent,
                    actor=event.actor,
                )
        return emitted

    def new_builder(self) -> EventBuilder:
        """Return an empty builder that knows how the agent was started: resuming it needs that."""
        from agentrec.agents.follow.event_builder import EventBuilder
        from agentrec.agents.follow.shortening import shortened
        from agentrec.redact import mask_command

        names = ("HOME", *self.home_variables)
        home = {name: self.env[name] for name in names if name in self.env}
        argv = shortened(mask_command(self.argv))[0]
        started = {"argv": argv, "home": home, "started_in": self.cwd}
        self._builder_in_use = EventBuilder(self.name, started)
        return self._builder_in_use

    def home(self, variable: str, default: str) -> str:
        """Return the agent's own directory: the value of ``variable``, or ``default`` in the user's home."""
        named = self.env.get(variable, "")
        if named:
            return os.path.join(self.cwd, os.path.expanduser(named))
        return os.path.join(self.env.get("HOME") or os.path.expanduser("~"), default)


def option_value(argv: list[str], names: tuple[str, ...]) -> str:
    """Return the value of the first of these options (``-o FILE``, ``--output=FILE``), or nothing."""
    for index, word in enumerate(argv):
        if word in names and index + 1 < len(argv):
            return argv[index + 1]
        name, _, value = word.partition("=")
        if value and name.startswith("--") and name in names:
            return value
    return ""


def make_private_folder(runtime: str) -> str:
    """Make a directory in ``runtime`` that only we may enter, named after our process. Raises OSError."""
    path = os.path.join(runtime, f"hooks-{os.getpid()}-{os.urandom(4).hex()}")
    os.mkdir(path, 0o700)
    return path


def remove_private_folder(path: str) -> None:
    """Remove it and the files in it, if possible."""
    try:
        for name in os.listdir(path):
            os.unlink(os.path.join(path, name))
        os.rmdir(path)
    except OSError:
        return


def sweep_private_folders(runtime: str) -> None:
    """Remove those that killed recorders have left."""
    for name in os.listdir(runtime):
        kind, _, rest = name.partition("-")
        pid = rest.partition("-")[0]
        if kind == "hooks" and pid.isdecimal() and not _is_alive(int(pid)):
            remove_private_folder(os.path.join(runtime, name))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
