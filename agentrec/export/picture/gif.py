"""Screens as an animated GIF: one palette for all, and of each picture only what has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from PIL import Image, ImageChops, ImageStat

from agentrec.export.picture.options import LAST_SECONDS
from agentrec.export.picture.raster import Raster

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.export.picture.options import PictureOptions
    from agentrec.export.picture.picture_frames import PictureFrame

# Of a palette; one more stands for what is as before. Fewer make smaller files.
_FEW_COLORS, _COLORS = 127, 255
_UNSEEN = 0.5  # of 255: what fewer colors may differ on average
_SAMPLES = 4  # pictures from which the palette is made
_SHORTEST_SECONDS = 0.02  # what is shorter, browsers show much longer


def write_gif(
    frames: Sequence[PictureFrame], options: PictureOptions, title: str, out: BinaryIO
) -> None:
    """Raises OSError, AgentrecError."""
    cols = max(frame.cols for frame in frames)
    rows = max(len(frame.rows) for frame in frames)
    raster = Raster(options, cols, rows, title)
    kept = list(long_enough(frames))
    palette, colors = _palette(raster, [frame for frame, _ in kept])
    raster.use_palette(palette)
    pictures = (raster.image(frame) for frame, _ in kept)
    first = next(pictures)
    durations = [round(seconds * 100) * 10 for _, seconds in kept]
    first.save(
        out,
        "GIF",
        save_all=True,
        append_images=pictures,
        duration=durations,
        loop=0,
        optimize=True,  # what is as before is transparent
        transparency=colors,
        disposal=1,
    )


def long_enough(frames: Sequence[PictureFrame]) -> Iterator[tuple[PictureFrame, float]]:
    """Frames and how long each is shown. One that is too short is left out, its time is not."""
    waiting = 0.0
    for frame in frames[:-1]:
        waiting += frame.seconds
        if waiting >= _SHORTEST_SECONDS:
            yield frame, waiting
            waiting = 0.0
    yield frames[-1], LAST_SECONDS


def _palette(raster: Raster, frames: Sequence[PictureFrame]) -> tuple[Image.Image, int]:
    """A picture with the palette, and how many colors that has."""
    step = max(1, len(frames) // _SAMPLES)
    samples = [raster.image(frame) for frame in frames[::step]][: _SAMPLES + 1]
    width, height = raster.size
    sheet = Image.new("RGB", (width, height * len(samples)))
    for number, sample in enumerate(samples):
        sheet.paste(sample, (0, number * height))
    few = _reduced(sheet, _FEW_COLORS)
    difference = ImageStat.Stat(ImageChops.difference(few.convert("RGB"), sheet)).mean
    if max(difference) <= _UNSEEN:
        return few, _FEW_COLORS
    return _reduced(sheet, _COLORS), _COLORS


def _reduced(picture: Image.Image, colors: int) -> Image.Image:
    return picture.quantize(colors, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
