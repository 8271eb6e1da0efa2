"""Drive a program in a real terminal as a person would: look at the screen, type, look again.

The terminal is tmux on a private server: it emulates, answers queries, and its ``capture-pane``
is the independent witness of what the screen shows. The program gets exactly the environment it is
given, so the same steps can be run with and without a recorder in front and compared.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.agents_env.need import missing

# The program has ended and its last byte is through: unknown to every terminal, so it draws nothing.
SENTINEL = b"\x1b]7777;agentrec-drive-end\x07"

SCREEN_POLL_INTERVAL_SECONDS = 0.03

# Waits until the output is tapped, runs the program, keeps the pane alive for a last look.
# The empty trap keeps the shell when Ctrl-C reaches the group; unlike '' it is not inherited.
WRAPPER = """\
trap : INT QUIT
{tmux} wait-for begin
stty -g > modes-before
cd {cwd} && env -i {env} {argv}
echo $? > {folder}/status
cd {folder}
stty -g > modes-after
stty -echo
printf '\\033]7777;agentrec-drive-end\\007'
{tmux} wait-for end
"""

# A test run that is killed leaves no terminal behind.
WATCH = "while kill -0 {pid} 2>&-; do sleep 2; done; {tmux} kill-server; rm -rf {folder}"


@dataclass(frozen=True, slots=True)
class Wait:
    """Until the screen matches a regular expression."""

    pattern: str
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Settle:
    """Until the screen has not changed for ``quiet`` seconds."""

    quiet: float = 0.4
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Type:
    """Type this text key by key: TUIs take what comes at once for a paste."""

    text: str
    gap_seconds: float = 0.02


@dataclass(frozen=True, slots=True)
class Send:
    """These bytes at once: a key, an escape sequence, a paste."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Press:
    """A key, and again every so many seconds until the screen matches.

    A TUI that is still starting may lose a key, and shows nothing of it.
    """

    data: bytes
    pattern: str
    every: float = 3.0
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Resize:
    """Give the terminal another size."""

    cols: int
    rows: int


Step = Wait | Settle | Type | Send | Press | Resize


@dataclass(frozen=True, slots=True)
class Result:
    """How it ended.

    ``raw`` is every byte the terminal got. ``screen`` is its last text, ``styled`` the same with
    colours and attributes as escape sequences, ``cursor`` (column, row) from 0. ``status`` is as a
    shell says it: 128 + n for signal n. ``restored`` tells whether the terminal's modes are as before.
    """

    raw: bytes
    screen: str
    styled: str
    cursor: tuple[int, int]
    alternate: bool
    status: int
    restored: bool


class DriveError(AssertionError):
    """A step did not come true in time; the message holds the screen."""


def drive(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    cols: int,
    rows: int,
    steps: Sequence[Step],
    *,
    prefix: Sequence[str] = (),
    timeout: float = 60.0,
) -> Result:
    """Run ``prefix + argv`` through the steps and wait for its end.

    Raises DriveError when a step or the end (``timeout`` seconds) does not come.
    """
    if shutil.which("tmux") is None:
        missing("tmux is not installed: scripts/packages installs it as root")
    # Not under tmp_path: the path of a socket may not be longer than some hundred bytes.
    folder = Path(tempfile.mkdtemp(prefix="drive-"))
    terminal = Terminal(folder)
    try:
        terminal.open([*prefix, *argv], env, cwd, cols, rows)
        for step in steps:
            terminal.perform(step)
        terminal.wait_for_end(timeout)
        return terminal.result()
    finally:
        terminal.close()
        shutil.rmtree(folder, ignore_errors=True)


class Terminal:
    """One pane of a private tmux server. ``drive`` is the simple way to use it.

    Waiting looks at the screen every ``look_seconds``, each time with a process of its own.
    """

    def __init__(self, folder: Path, look_seconds: float = SCREEN_POLL_INTERVAL_SECONDS) -> None:
        self._folder, self._look_seconds = folder, look_seconds
        self._tmux = ["tmux", "-f", "/dev/null", "-S", str(folder / "socket")]

    def open(
        self, argv: Sequence[str], env: Mapping[str, str], cwd: Path, cols: int, rows: int
    ) -> None:
        """Start the program; its output is tapped from the first byte on."""
        script = WRAPPER.format(
            tmux=shlex.join(self._tmux),
            cwd=shlex.quote(str(cwd)),
            env=shlex.join(f"{key}={value}" for key, value in env.items()),
            argv=shlex.join(argv),
            folder=shlex.quote(str(self._folder)),
        )
        (self._folder / "wrapper").write_text(script)
        size = ["-x", str(cols), "-y", str(rows)]
        # One command line, so that the server knows its options before the window exists.
        self._run(
            *("set", "-g", "status", "off", ";", "set", "-g", "history-limit", "20000", ";"),
            *("set", "-g", "default-terminal", "tmux-256color", ";"),
            *("new-session", "-d", *size, "-c", str(self._folder), "sh", "wrapper"),
        )
        watch = WATCH.format(
            pid=os.getpid(),
            tmux=shlex.join(self._tmux),
            folder=shlex.quote(str(self._folder)),
        )
        self._run("run-shell", "-b", watch)
        self._run("pipe-pane", "-o", f"cat > {shlex.quote(str(self._folder / 'raw'))}")
        self._run("wait-for", "-S", "begin")

    def perform(self, step: Step) -> None:
        """Do one step. Raises DriveError if it does not come true in time."""
        if isinstance(step, Send):
            self._send(step.data)
        elif isinstance(step, Type):
            for character in step.text:
                self._send(character.encode())
                time.sleep(step.gap_seconds)
        elif isinstance(step, Press):
            self._press(step)
        elif isinstance(step, Resize):
            self._run("resize-window", "-x", str(step.cols), "-y", str(step.rows))
        elif isinstance(step, Wait):
            self._until(lambda: re.search(step.pattern, self.screen()), step.timeout, repr(step))
        else:
            self._settle(step)

    def screen(self, *, styled: bool = False) -> str:
        """What is shown now, one line per row, blanks at the ends cut."""
        return self._run("capture-pane", "-p", *(["-e"] if styled else []))

    def wait_for_end(self, timeout: float) -> None:
        """Until the program has ended and all its output has come through."""
        self._until(lambda: self._raw().endswith(SENTINEL), timeout, "the end of the program")

    def result(self) -> Result:
        """What is left after the end."""
        column, row, alternate = self._format("#{cursor_x} #{cursor_y} #{alternate_on}").split()
        modes = [(self._folder / name).read_bytes() for name in ("modes-before", "modes-after")]
        return Result(
            raw=self._raw().removesuffix(SENTINEL),
            screen=self.screen(),
            styled=self.screen(styled=True),
            cursor=(int(column), int(row)),
            alternate=alternate == "1",
            status=int((self._folder / "status").read_text()),
            restored=modes[0] == modes[1],
        )

    def close(self) -> None:
        """End the terminal and whatever still runs in it."""
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)

    def _press(self, step: Press) -> None:
        deadline = time.monotonic() + step.timeout
        while not re.search(step.pattern, self.screen()):
            if time.monotonic() > deadline:
                raise DriveError(f"no answer to {step!r}; the screen is\n{self.screen()}")
            self._send(step.data)
            again = time.monotonic() + step.every
            while time.monotonic() < again and not re.search(step.pattern, self.screen()):
                time.sleep(self._look_seconds)

    def _settle(self, step: Settle) -> None:
        last, since = self.screen(), time.monotonic()

        def quiet() -> bool:
            nonlocal last, since
            now = self.screen(styled=True)
            if now != last:
                last, since = now, time.monotonic()
            return time.monotonic() - since >= step.quiet

        self._until(quiet, step.timeout, repr(step))

    def _until(self, done: Callable[[], object], timeout: float, what: str) -> None:
        deadline = time.monotonic() + timeout
        while not done():
            if time.monotonic() > deadline:
                raise DriveError(f"waited {timeout:g} s for {what}; the screen is\n{self.screen()}")
            time.sleep(self._look_seconds)

    def _send(self, data: bytes) -> None:
        """Through a paste buffer: the only way in for any byte (-r: line feeds stay line feeds)."""
        source = self._folder / "typed"
        source.write_bytes(data)
        self._run("load-buffer", str(source), ";", "paste-buffer", "-r", "-d")

    def _format(self, template: str) -> str:
        return self._run("display-message", "-p", template)

    def _raw(self) -> bytes:
        try:
            return (self._folder / "raw").read_bytes()
        except FileNotFoundError:
            return b""

    def _run(self, *arguments: str) -> str:
        environment = {key: value for key, value in os.environ.items() if key != "TMUX"}
        done = subprocess.run(
            [*self._tmux, *arguments], capture_output=True, check=False, env=environment
        )
        if done.returncode != 0:
            raise DriveError(f"tmux {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode("utf-8", "replace")
