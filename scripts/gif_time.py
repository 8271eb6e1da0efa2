"""How long pictures of 30 seconds take, and their size beside palettegen's: ``python -m scripts.gif_time``.

What is shown is the colored log of this repository, scrolling: every picture differs from the one before in
most of its rows.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any

import av
from av.filter import Graph

from agentrec.export.picture.gif import long_enough
from agentrec.export.picture.options import PictureOptions
from agentrec.export.picture.picture_frames import all_frames
from agentrec.export.picture.raster import Raster
from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save
from agentrec.terminal.seek.timeline import Timeline
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS, LINES = 30, 600
HEADER: dict[str, Any] = {"id": "log", "cols": 120, "rows": 40, "command": ["git", "log"]}
_TICK = Fraction(1, 100)  # seconds, of a GIF
_LOG = (
    "log",
    "--stat",
    "--color=always",
    "-n200",
    "--format=%C(yellow)%h%Creset %C(cyan)%an%Creset %s",
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "log.ahr")
        _record(source)
        for kind in ("gif", "mp4", "svg"):
            target = os.path.join(folder, f"log.{kind}")
            wall, cpu = _convert(source, target)
            size = os.path.getsize(target)
            print(f"{kind}  {wall:.2f} s, {cpu:.2f} s of a processor  {size:>12,} bytes")
        other = os.path.join(folder, "palettegen.gif")
        _palettegen(source, other)
        print(f"gif by palettegen and paletteuse, same frames  {os.path.getsize(other):>12,} bytes")


def _record(path: str) -> None:
    log = subprocess.run(["git", *_LOG], capture_output=True, check=True).stdout
    lines = log.replace(b"\n", b"\r\n").splitlines(keepends=True)[:LINES]
    step = SECONDS * NS_PER_SECOND // len(lines)
    events = [Event(n, n * step, "term", "output", line) for n, line in enumerate(lines)]
    end: dict[str, Any] = {"code": 0, "signal": None}
    events.append(Event(len(lines), SECONDS * NS_PER_SECOND, "term", "exit", end))
    save(path, HEADER, events)


def _convert(source: str, target: str) -> tuple[float, float]:
    """How long it takes by the clock, and of a processor."""
    argv = [sys.executable, "-m", "agentrec", "convert", source, target]
    started, before = time.perf_counter(), _processor_seconds()
    subprocess.run(argv, capture_output=True, check=True)
    return time.perf_counter() - started, _processor_seconds() - before


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _frames(source: str) -> Iterator[Any]:
    """The pictures as they are drawn, with all their colors, at their times in ticks."""
    options = PictureOptions()
    with Recording.open(source) as recording, Timeline(recording) as timeline:
        frames = list(all_frames(recording, timeline, options))
    raster = Raster(options, HEADER["cols"], HEADER["rows"], "git log")
    at = 0.0
    for shown, seconds in long_enough(frames):
        frame = av.VideoFrame.from_image(raster.image(shown)).reformat(format="bgra")
        frame.pts, frame.time_base = round(at / _TICK), _TICK
        yield frame
        at += seconds


def _palettegen(source: str, target: str) -> None:
    """Make the GIF as ffmpeg's documentation says: one palette of all pictures, then the pictures with it."""
    first = next(_frames(source))
    graph = Graph()
    shape = {"width": first.width, "height": first.height, "format": "bgra", "time_base": _TICK}
    pictures, sink = graph.add_buffer(**shape), graph.add("buffersink")
    maker = graph.add("palettegen")
    pictures.link_to(maker)
    maker.link_to(sink)
    graph.configure()
    for frame in _frames(source):
        pictures.push(frame)
    pictures.push(None)
    palette = sink.pull().reformat(format="bgra")
    palette.pts, palette.time_base = 0, _TICK
    _with_palette(source, target, palette, shape)


def _with_palette(source: str, target: str, palette: Any, shape: dict[str, Any]) -> None:
    graph = Graph()
    pictures, sink = graph.add_buffer(**shape), graph.add("buffersink")
    colors = graph.add_buffer(**(shape | {"width": palette.width, "height": palette.height}))
    user = graph.add("paletteuse")
    pictures.link_to(user, 0, 0)
    colors.link_to(user, 0, 1)
    user.link_to(sink)
    graph.configure()
    colors.push(palette)
    colors.push(None)
    with av.open(target, "w", format="gif") as file:
        stream = file.add_stream("gif", rate=100)
        stream.width, stream.height, stream.pix_fmt = shape["width"], shape["height"], "pal8"
        stream.time_base = stream.codec_context.time_base = _TICK
        for frame in chain(_frames(source), [None]):
            pictures.push(frame)
            for done in _pulled(sink):
                file.mux(stream.encode(done))
        file.mux(stream.encode(None))


def _pulled(sink: Any) -> Iterator[Any]:
    while True:
        try:
            yield sink.pull()
        except (av.BlockingIOError, av.EOFError):
            return


if __name__ == "__main__":
    main()
