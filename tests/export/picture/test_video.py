"""Videos, decoded again."""

from __future__ import annotations

import io
import subprocess
import sys

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from agentrec.export.picture.render import VIDEO_FORMATS
from tests.export.picture.test_render import animation, path, still

__all__ = ["path"]


def decoded(data):
    """Times in seconds and pictures, and the length in seconds."""
    with av.open(io.BytesIO(data)) as container:
        frames = [(frame.time, frame.to_image()) for frame in container.decode(video=0)]
        return frames, container.duration / 1e6


@pytest.mark.parametrize("kind", VIDEO_FORMATS)
def test_each_screen_is_shown_for_its_time(path, kind):
    frames, length = decoded(animation(path, kind))
    # As the animations in test_render; the last one stands twice.
    assert [round(t, 2) for t, _ in frames] == [0, 1, 2, 2.5, 4.5, 7.5]
    assert length == pytest.approx(7.5, abs=0.1)
    fast, _ = decoded(animation(path, kind, speed=2, idle_limit=0))
    assert fast[4][0] - fast[3][0] == pytest.approx(28.75, abs=0.01)


@pytest.mark.parametrize("kind", VIDEO_FORMATS)
def test_it_looks_as_drawn(path, kind):
    frames, _ = decoded(animation(path, kind, theme="light"))
    with Image.open(io.BytesIO(still(path, 2.6, "png", theme="light"))) as drawn:
        difference = ImageChops.difference(drawn.convert("RGB"), frames[3][1])
    # Of 255; the fine edges of letters lose some color.
    assert max(ImageStat.Stat(difference).mean) < 1


def test_from_the_command_line(path, tmp_path):
    def convert(*words):
        argv = [sys.executable, "-P", "-m", "agentrec", "convert", path, *words]
        return subprocess.run(argv, capture_output=True, timeout=60)

    done = convert(str(tmp_path / "x.mp4"))
    assert done.returncode == 0, done.stderr
    piped = convert("-", "--to", "mp4")
    assert piped.stdout == (tmp_path / "x.mp4").read_bytes()
    # The head stands first, so that a browser begins at once.
    assert piped.stdout.index(b"moov") < piped.stdout.index(b"mdat")


@pytest.mark.parametrize("gone", [["av"], ["av", "PIL"]], ids=str)
def test_without_the_library_that_is_said(path, tmp_path, gone):
    missing = f"import sys; sys.modules.update(dict.fromkeys({gone!r}))"
    code = f"{missing}; from agentrec.cli.main import entry; entry()"
    argv = [sys.executable, "-P", "-c", code, "convert", path, str(tmp_path / "x.webm")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "MP4 and WebM files need PyAV" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "x.webm").exists()
