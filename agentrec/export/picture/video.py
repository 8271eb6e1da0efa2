"""Screens as a video: each is in the file once and shown for its own time."""

from __future__ import annotations

import shutil
import tempfile
from fractions import Fraction
from typing import TYPE_CHECKING, BinaryIO

from agentrec.errors import AgentrecError
from agentrec.export.picture.options import LAST_SECONDS

try:
    import av
    from av.video.reformatter import ColorRange, Colorspace
    from av.video.stream import VideoStream
except ImportError:
    raise AgentrecError(
        "MP4 and WebM files need PyAV", "install av and Pillow beside agentrec, or write .svg"
    ) from None

from agentrec.export.picture.raster import Raster  # after that: it names Pillow alone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from agentrec.export.picture.options import PictureOptions
    from agentrec.export.picture.picture_frames import PictureFrame

# Text has to stay sharp, and most of a screen does not move. Where pictures are stored in another order than
# they are shown in (bf), an MP4 with uneven times ends too early.
_CODECS = {
    "mp4": ("libx264", {"crf": "18", "preset": "veryfast", "tune": "animation", "bf": "0"}),
    "webm": (
        "libvpx-vp9",
        {"crf": "36", "b": "0", "deadline": "realtime", "cpu-used": "5", "row-mt": "1"},
    ),
}
_CONTAINER = {"mp4": {"movflags": "faststart"}, "webm": {}}
_TIME_BASE = Fraction(1, 1000)
# What players may take for the usual distance of pictures.
_RATE = 30
_BT709 = 1  # the code for it in H.264 and VP9


def write_video(
    frames: Sequence[PictureFrame], kind: str, options: PictureOptions, title: str, out: BinaryIO
) -> None:
    """Write ``kind``, `mp4` (H.264) or `webm` (VP9), without sound. Raises OSError, AgentrecError."""
    cols = max(frame.cols for frame in frames)
    rows = max(len(frame.rows) for frame in frames)
    raster = Raster(options, cols, rows, title)
    # Its head is written last, and ``out`` may be a pipe.
    with tempfile.NamedTemporaryFile(prefix="agentrec-", suffix=f".{kind}") as spool:
        try:
            _encode(frames, kind, raster, title, spool.name)
        except av.FFmpegError as error:
            raise AgentrecError(f"cannot make the video: {error.strerror}") from None
        with open(spool.name, "rb") as made:
            shutil.copyfileobj(made, out)


def _encode(
    frames: Sequence[PictureFrame], kind: str, raster: Raster, title: str, path: str
) -> None:
    codec, settings = _CODECS[kind]
    with av.open(path, "w", format=kind, options=_CONTAINER[kind]) as container:
        container.metadata["title"] = title
        stream = container.add_stream(codec, _RATE, settings)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = raster.size
        stream.pix_fmt = "yuv420p"  # what every browser shows
        stream.time_base = stream.codec_context.time_base = _TIME_BASE
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = ColorRange.MPEG
        at = 0.0
        # The last one stands twice, so that it is seen.
        for frame in (*frames[:-1], frames[-1]._replace(seconds=LAST_SECONDS), frames[-1]):
            picture = _in_video_colors(raster.image(frame))
            picture.time_base, picture.pts = _TIME_BASE, round(at / _TIME_BASE)
            at += frame.seconds
            picture.duration = round(at / _TIME_BASE) - picture.pts or 1
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def _in_video_colors(image: Image.Image) -> av.VideoFrame:
    picture: av.VideoFrame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
    return picture.reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
