"""How much is lost when a recorder is killed? ``python -m scripts.kills --help``.

Programs print the time, again and again, among other output. Their recorders are killed at random moments.
What was shown and is not in the file is lost; its age is that of the oldest such output when the recorder
was killed: since the program began to write it, and since it was shown.
"""

from __future__ import annotations

import argparse
import bisect
import os
import random
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import pyrage
from ptyprocess import PtyProcess

from agentrec.recording.encryption import identities
from agentrec.recording.reader import Recording
from scripts.bench_parts import streams

PROMISED_SECONDS = 0.25
KILLS = 500
AT_ONCE = 4
# A recorder is killed so long after its program's first output, in seconds.
MOMENTS = (0.2, 1.5)
PATIENCE_SECONDS = 30.0
TICK = re.compile(rb"at (\d+\.\d+) ;")
# Programs, by what they print between two ticks: lines of a slow program; the frames of an agent's screen, as
# it shows them and as fast as it goes; a log as fast as it goes.
PROGRAMS = ("lines", "screen", "repaint", "flood")
_STREAMS = {"screen": streams.repaint, "repaint": streams.repaint, "flood": streams.log}
PROGRAM = """
import os, sys, time
leader = open(f'/proc/{os.getppid()}/stat').read()
print('parent', leader.rsplit(')', 1)[1].split()[1], flush=True)  # of the leader: the recorder
name = sys.argv[1]
pieces = open(sys.argv[2], 'rb').read().split(b'\\0') if name != 'lines' else [b'x' * 50 + b'\\r\\n']
pause = {'lines': 0.002, 'screen': 0.016}.get(name, 0)
while True:
    for piece in pieces:
        data = b'at %.6f ;\\r\\n%s' % (time.monotonic(), piece)
        while data:
            data = data[os.write(1, data):]
        if pause:
            time.sleep(pause)
"""


class Loss(NamedTuple):
    """The age in seconds of the oldest output that was lost; 0: nothing was."""

    since_written: float
    since_shown: float


class Session:
    """A recorder on a terminal."""

    def __init__(self, folder: Path, program: str, options: list[str]) -> None:
        self.path = folder / "recording.ahr"
        self.path.unlink(missing_ok=True)
        command = [sys.executable, "-m", "agentrec", "record", "-q", *options]
        command += ["-o", str(self.path), "--", sys.executable, "-c", PROGRAM]
        command += [program, str(folder.parent / program)]
        env = {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.getcwd(),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
        }
        self._pty = PtyProcess.spawn(command, env=env, cwd=str(folder), dimensions=(40, 120))
        self.fd: int = self._pty.fd
        self.killed = self.begin = 0.0
        self._seen = bytearray()
        self._reads: list[tuple[int, float]] = []  # what was seen, and when
        self._recorder = 0

    def read(self) -> bool:
        """Take what is shown; false at the end."""
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            return False
        self._seen += data
        self._reads.append((len(self._seen), time.monotonic()))
        if not self._recorder and (found := re.search(rb"parent (\d+)\r", self._seen)):
            self._recorder, self.begin = int(found[1]), time.monotonic()
        return bool(data)

    def kill(self) -> None:
        os.kill(self._recorder, signal.SIGKILL)
        self.killed = time.monotonic()

    def loss(self) -> Loss:
        """Once the terminal is closed: what is missing in the file."""
        with Recording.open(str(self.path)) as recording:
            data = [e.data for e in recording.events() if e.name == ("term", "output")]
        stored = TICK.findall(b"".join(piece for piece in data if isinstance(piece, bytes)))
        shown = list(TICK.finditer(self._seen))
        if [match[1] for match in shown[: len(stored)]] != stored[: len(shown)]:
            raise SystemExit(f"{self.path}: not what was shown")
        if len(shown) <= len(stored):
            return Loss(0.0, 0.0)
        first = shown[len(stored)]
        read = bisect.bisect_right(self._reads, (first.end(), 0.0))
        return Loss(self.killed - float(first[1]), self.killed - self._reads[read][1])

    def close(self) -> None:
        self._pty.close(force=True)


def losses(folder: Path, program: str, options: list[str], dice: random.Random) -> list[Loss]:
    """Of some recorders that run at once."""
    sessions = {}
    for number in range(AT_ONCE):
        (folder / str(number)).mkdir(exist_ok=True)
        session = Session(folder / str(number), program, options)
        sessions[session.fd] = session
    moments = {fd: dice.uniform(*MOMENTS) for fd in sessions}
    found, deadline = [], time.monotonic() + PATIENCE_SECONDS
    while sessions:
        if time.monotonic() > deadline:
            raise SystemExit("a recorder does not start or end")
        for fd in select.select(list(sessions), [], [], 0.002)[0]:
            if not sessions[fd].read():
                session = sessions.pop(fd)
                session.close()
                found.append(session.loss())
        for fd, session in sessions.items():
            due = session.begin and time.monotonic() > session.begin + moments[fd]
            if due and not session.killed:
                session.kill()
    return found


def report(folder: Path, program: str, options: list[str], kills: int, label: str) -> int:
    dice, found = random.Random(1), list[Loss]()
    while len(found) < kills:
        found += losses(folder, program, options, dice)
    late = [loss.since_shown for loss in found if loss.since_shown > PROMISED_SECONDS]
    ages = [f"{_summary([loss[column] for loss in found])}" for column in (0, 1)]
    print(f"{label:<26}{len(found):>6}{len(late):>6}   {ages[0]}   {ages[1]}", flush=True)
    return len(late)


def _summary(ages: list[float]) -> str:
    ordered = sorted(ages)
    figures = (statistics.median(ordered), ordered[int(len(ordered) * 0.99)], ordered[-1])
    return "".join(f"{age * 1000:>8.0f}" for age in figures)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS, help="of each sort (default: 500)")
    parser.add_argument("--only", choices=PROGRAMS, help="one program")
    parser.add_argument("--busy", action="store_true", help="keep all cores busy, too")
    parser.add_argument("--redact", action="store_true", help="only with --redact")
    parser.add_argument("--encrypt", action="store_true", help="only with --encrypt-to")
    args = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("milliseconds of output lost (median, 99th percentile, longest)\n")
    print(f"{'':<26}{'kills':>6}{'late':>6}   {'since written':>24}   {'since shown':>24}")
    hogs = [_hog() for _ in range(2 * (os.cpu_count() or 1) if args.busy else 0)]
    late = 0
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for program, stream in _STREAMS.items():
                (folder / program).write_bytes(b"\0".join(_pieces(stream)))
            for program in [args.only] if args.only else PROGRAMS:
                for options in _options(args, folder):
                    label = " ".join([program, *options[:1], *(["busy"] if args.busy else [])])
                    late += report(folder, program, options, args.kills, label)
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
    return 1 if late else 0


def _options(args: argparse.Namespace, folder: Path) -> list[list[str]]:
    """The options of the recorders, one list for each sort."""
    if args.encrypt:
        identity = folder / "identity"
        if not identity.exists():
            identity.write_text(str(pyrage.x25519.Identity.generate()))
        identities.allow([str(identity)])
        key = pyrage.x25519.Identity.from_str(identity.read_text())
        return [["--encrypt-to", str(key.to_public())]]
    return [["--redact"]] if args.redact else [[], ["--redact"]]


def _pieces(stream: streams.Stream) -> list[bytes]:
    pieces = list(stream(4 << 20))
    if stream is streams.repaint:
        return pieces
    return [b"".join(pieces[at : at + 40]) for at in range(0, len(pieces), 40)]


def _hog() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "while True: pass"])


if __name__ == "__main__":
    sys.exit(main())
