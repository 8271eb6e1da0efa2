"""One screen as PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from agentrec.export.picture.raster import Raster

if TYPE_CHECKING:
    from agentrec.export.picture.options import PictureOptions
    from agentrec.export.picture.picture_frames import PictureFrame


def write_png(frame: PictureFrame, options: PictureOptions, title: str, out: BinaryIO) -> None:
    """Raises OSError, AgentrecError."""
    raster = Raster(options, frame.cols, len(frame.rows), title)
    raster.image(frame).save(out, "PNG", optimize=True)
