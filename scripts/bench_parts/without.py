"""`agentrec` with some of its work left out, to see what that work costs.

Run as a program: ``without.py WORK[,WORK...] ARGUMENTS...``. What it records is not complete.
"""

from __future__ import annotations

import sys

# Nothing more is imported here: what a recorder loads is counted, too.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

PRINT_MODULES = "print-modules"
_BURST_BYTES = 100_000  # a write of more is a burst's


def _modes() -> None:
    """The modes that the program sets in the user's terminal are not followed."""
    from agentrec.capture.io.user_terminal import UserTerminal

    def show(self: UserTerminal, data: bytes) -> None:
        if self.output:
            self.output.send(data)

    _replace(UserTerminal, "show", show)


def _companions() -> None:
    """Only the terminal is watched: no agents, processes, connections, files, snapshots, moments."""
    import agentrec.companions

    _replace(agentrec.companions, "default_companions", lambda *_, **__: [])


def _watching(package: str) -> Callable[[], None]:
    """What the companions of ``package`` would see is not watched."""

    def leave_out() -> None:
        import agentrec.companions

        usual = agentrec.companions.default_companions

        def others(*args: Any, **options: Any) -> list[Any]:
            companions = usual(*args, **options)
            return [one for one in companions if not type(one).__module__.startswith(package)]

        _replace(agentrec.companions, "default_companions", others)

    return leave_out


def _keyframes() -> None:
    """No keyframes are made."""
    from agentrec.recording.writer import Writer

    _replace(Writer, "attach", lambda *_: None)


def _hashes() -> None:
    """Frames have neither checksums nor a chain of hashes."""
    from types import SimpleNamespace

    from agentrec.recording.format import frames, segments

    class Nothing:
        def __init__(self, *_: bytes) -> None:
            pass

        def update(self, data: bytes) -> None:
            pass

        def digest(self) -> bytes:
            return bytes(32)

    _replace(segments, "hashlib", SimpleNamespace(sha256=Nothing))
    _replace(frames, "checksum", lambda *_: 0)


def _file() -> None:
    """Bursts are not written to the file."""
    from agentrec.recording.format import frames

    write = frames.write_all

    def little(fd: int, pieces: Sequence[bytes]) -> None:
        if sum(map(len, pieces)) < _BURST_BYTES:
            write(fd, pieces)

    _replace(frames, "write_all", little)


def _recording() -> None:
    """Output is shown, and not recorded."""
    from agentrec.capture.terminal_recorder import TerminalRecorder

    _replace(TerminalRecorder, "output", lambda *_: None)


WORK: dict[str, Callable[[], None]] = {
    "modes": _modes,
    "companions": _companions,
    "keyframes": _keyframes,
    "hashes": _hashes,
    "file": _file,
    "recording": _recording,
}

WATCHING: dict[str, Callable[[], None]] = {
    "agents": _watching("agentrec.agents"),
    "moments": _watching("agentrec.companions.moments"),
    "network": _watching("agentrec.companions.network"),
    "processes": _watching("agentrec.companions.processes"),
    "files": _watching("agentrec.companions.files"),
}


def _print_modules() -> None:
    """Instead of starting the command, print which modules are loaded by then."""
    from agentrec.capture.io import child

    def spawn(*_: object) -> None:
        print(" ".join(sorted(sys.modules)), flush=True)
        raise SystemExit

    _replace(child, "spawn", spawn)


def _replace(owner: Any, name: str, value: object) -> None:
    setattr(owner, name, value)


def main() -> None:
    for name in sys.argv.pop(1).split(","):
        (WORK | WATCHING | {PRINT_MODULES: _print_modules})[name]()
    from agentrec.cli.main import entry

    entry()


if __name__ == "__main__":
    main()
