"""How big a recording is, as a share of the bytes the terminal got."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import brotli

from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import quality_for, save
from scripts.bench_parts import sessions, streams
from scripts.bench_parts.bench import AGENTREC, HERE, Bench, record_whole
from scripts.bench_parts.figures import Row
from scripts.bench_parts.outer import Outer

REACH = {"mixed TUIs": 8.0, "build log": 20.0}  # % of raw
BUSY = 1.1  # of what it holds through Brotli 9: the raw bytes, and the agent's own transcript
BUILD_LOG = 24 << 20
BUILD_SPEED = 2.0  # MB/s of a build one can watch


def run(bench: Bench) -> None:
    folder = bench.folder / "size"
    folder.mkdir()
    _agents(bench, folder)
    if sessions.available():
        bench.say("size: full-screen programs")
        programs = sessions.tuis(bench, folder / "tuis")
        _weigh(bench, folder / "tuis.ahr", "mixed TUIs", "mixed TUIs", ", ".join(programs))
    else:
        bench.note("There is no tmux to drive full-screen programs with: that row is left out.")
    _build_log(bench, folder)


def _agents(bench: Bench, folder: Path) -> None:
    recorded = sessions.agents(bench, folder) if sessions.available() else {}
    for name, file in recorded.items():
        what = f"agent session, {name}"
        _weigh(bench, file, "agent session", what, "scripted model")
        _to_contents(bench, file, what, sessions.transcripts(bench, name))
    if not recorded:
        bench.note("The agent session is a generated stream: no agent is installed.")
    size = (1 << 20) if bench.quick else (75 << 20)
    bench.say(f"size: generated agent, {size >> 20} MiB")
    file = streams.write(bench.folder / "agent", "repaint", size, unique=size)
    _record(bench, ["cat", str(file)], folder / "repaint")
    _weigh(bench, folder / "repaint.ahr", "agent session", "agent session, generated", "in a burst")


def _build_log(bench: Bench, folder: Path) -> None:
    size = (2 << 20) if bench.quick else BUILD_LOG
    bench.say(f"size: build log, {size >> 20} MiB")
    file = streams.write(bench.folder / "build", "log", size, unique=size)
    paced = [sys.executable, str(HERE / "pace.py"), str(file), str(BUILD_SPEED)]
    for how, command in (("in a burst", ["cat", str(file)]), ("as it comes", paced)):
        out = folder / how.replace(" ", "-")
        _record(bench, command, out)
        _weigh(
            bench, out.with_name(f"{out.name}.ahr"), "build log", f"build log, {how}", "generated"
        )


def _record(bench: Bench, command: list[str], out: Path) -> None:
    outer = Outer(record_whole(command, out), bench.env, bench.folder)
    outer.drain()
    if outer.wait():
        raise RuntimeError(f"{command[0]} could not be recorded")


def _weigh(bench: Bench, file: Path, kind: str, what: str, how: str) -> None:
    """Rows for one recording: all of it, and what the terminal showed, which is what peers keep."""
    with Recording.open(str(file)) as recording:
        header, events = recording.header, list(recording.events())
    shown = [event for event in events if event.track == "term"]
    raw = _joined(shown)
    size = alone = file.stat().st_size
    if len(shown) < len(events):
        alone = _alone(header, shown, len(raw), file.with_suffix(".alone"))
    cast = len(gzip.compress(_asciicast(file), 9))
    figures = {
        "how": how,
        "raw MB": len(raw) / 1e6,
        "recording MB": size / 1e6,
        "its terminal alone %": percent(alone, raw),
        "asciicast v3 + gzip %": percent(cast, raw),
        "raw bytes + gzip %": percent(len(gzip.compress(raw, 9)), raw),
        "raw bytes + brotli 9 %": percent(brotli_bytes(raw), raw),
    }
    share = percent(size, raw)
    target = ("<=", REACH[kind]) if kind in REACH else None
    bench.add(Row("size", f"{what}, of raw", share, "%", target, figures=figures))
    to_cast = f"{what}, terminal alone, to asciicast v3 + gzip -9"
    bench.add(Row("size", to_cast, alone / cast, "x", ("<=", 1.0)))


def _to_contents(bench: Bench, file: Path, what: str, transcripts: list[Path]) -> None:
    """A row: the recording, to the raw bytes and the agent's transcripts, each through Brotli 9."""
    with Recording.open(str(file)) as recording:
        shown = list(recording.events(tracks=("term",)))
    screen = brotli_bytes(_joined(shown))
    said = sum(brotli_bytes(path.read_bytes()) for path in transcripts)
    size = file.stat().st_size
    figures = {
        "recording KB": size / 1e3,
        "raw bytes + brotli 9 KB": screen / 1e3,
        "transcript + brotli 9 KB": said / 1e3,
        "times + brotli 9 KB": brotli_bytes(_times(shown)) / 1e3,
    }
    to_both = f"{what}, to raw bytes and transcript through Brotli 9"
    bench.add(Row("size", to_both, size / (screen + said), "x", ("<=", BUSY), figures=figures))


def _joined(events: Iterable[Event]) -> bytes:
    return b"".join(event.data for event in events if isinstance(event.data, bytes))


def _times(events: list[Event]) -> bytes:
    """Microseconds from each event to the next, a line each."""
    return "\n".join(str((b.t - a.t) // 1000) for a, b in pairwise(events)).encode()


def brotli_bytes(data: bytes) -> int:
    """How many bytes Brotli makes of them at quality 9, in one stream."""
    return len(brotli.compress(data, quality=9, lgwin=24))


def _alone(header: dict[str, Any], shown: list[Event], raw: int, target: Path) -> int:
    """Bytes of a recording that holds only these events."""
    numbered = [
        Event(seq, event.t, event.track, event.kind, event.data) for seq, event in enumerate(shown)
    ]
    save(str(target), header, numbered, quality=quality_for(raw, 0))
    return target.stat().st_size


def percent(part: int, raw: bytes) -> float:
    """``part`` bytes, of as many as ``raw`` has."""
    return 100 * part / max(1, len(raw))


def _asciicast(file: Path) -> bytes:
    target = file.with_suffix(".cast")
    command = [AGENTREC, "convert", str(file), str(target), "--to", "asciicast3"]
    subprocess.run(command, check=True, capture_output=True)
    return target.read_bytes()
