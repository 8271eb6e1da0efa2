"""Pictures and animations of made recordings."""

from __future__ import annotations

import io
import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from PIL import Image

from agentrec.errors import AgentrecError, UsageError
from agentrec.export.picture import render
from agentrec.export.picture.options import PictureOptions
from agentrec.export.picture.raster import CELL, Raster
from agentrec.recording.reader import Recording
from tests.library.helpers import ended, make, shown

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def path(tmp_path):
    texts = ((1, "one\r\n"), (2, "\x1b[31mtwo\x1b[0m\r\n"), (2.5, "\x1b[7m<&>\x1b[0m"), (60, "end"))
    return make(str(tmp_path / "r.ahr"), *(shown(*it) for it in texts), ended(61))


def still(path, t, kind, **options):
    out = io.BytesIO()
    with Recording.open(path) as recording:
        render.write_picture(recording, round(t * 1e9), kind, PictureOptions(**options), out)
    return out.getvalue()


def animation(path, kind, **options):
    out = io.BytesIO()
    with Recording.open(path) as recording:
        events = recording.events()
        render.write_animation(recording.header, events, kind, PictureOptions(**options), out)
    return out.getvalue()


def texts(svg):
    return [it.text for it in ET.fromstring(svg).iter(f"{SVG}text")][1:]  # without the title


def test_a_screen_as_svg(path):
    assert texts(still(path, 1.5, "svg")) == ["one"]
    assert texts(still(path, 2.6, "svg")) == ["one", "two", "<&>"]
    bare = ET.fromstring(still(path, 1.5, "svg", window=False))
    assert [it.text for it in bare.iter(f"{SVG}text")] == ["one"]


def test_a_screen_as_png(path):
    picture = Image.open(io.BytesIO(still(path, 2.6, "png", window=False, cursor=False)))
    with Recording.open(path) as recording:
        cols, rows = recording.size
    assert picture.size == (cols * CELL[0] + 32, rows * CELL[1] + 32)
    colors = {color for _, color in picture.convert("RGB").getcolors(100_000)}
    assert (0xD8, 0x52, 0x5C) in colors  # red of the theme
    light = Image.open(io.BytesIO(still(path, 2.6, "png", theme="light")))
    assert light.convert("RGB").getpixel((light.width - 3, light.height - 3)) == (255, 255, 255)


def test_an_animation_shows_each_screen_for_its_time(path):
    gif = Image.open(io.BytesIO(animation(path, "gif")))
    lengths = []
    for number in range(gif.n_frames):
        gif.seek(number)
        lengths.append(gif.info["duration"])
    # Before the first text, three times as it was recorded, pauses cut to two seconds, and the end.
    assert lengths == [1000, 1000, 500, 2000, 3000]
    fast = Image.open(io.BytesIO(animation(path, "gif", speed=2, idle_limit=0)))
    fast.seek(3)
    assert fast.info["duration"] == pytest.approx(28_750, abs=20)


def test_a_stretch(path):
    gif = Image.open(io.BytesIO(animation(path, "gif", start=2_000_000_000, stop=3_000_000_000)))
    assert gif.n_frames == 2


def test_an_animation_as_svg(path):
    svg = animation(path, "svg").decode()
    root = ET.fromstring(svg)
    frames = [it for it in root.iter(f"{SVG}g") if it.get("class") == "f"]
    assert len(frames) == 5
    assert svg.count(">one<") == 1  # an equal row is drawn once
    rules = re.findall(r"@keyframes f(\d+)\{.*?([\d.]+)%\{visibility:visible\}([\d.]+)%", svg)
    bounds = [(float(start), float(stop)) for _, start, stop in rules]
    assert bounds[0][0] == 0
    assert bounds[-1][1] == 100
    assert all(first[1] == second[0] for first, second in itertools.pairwise(bounds))


def test_hostile_text_stays_text(tmp_path):
    evil = "<script>alert(1)</script>\u202e\u2028 \x1b]8;;javascript:alert(1)\x07x\x1b]8;;\x07"
    path = make(str(tmp_path / "r.ahr"), shown(0, evil), ended(1))
    for svg in (still(path, 1, "svg"), animation(path, "svg")):
        root = ET.fromstring(svg)
        assert not list(root.iter(f"{SVG}script"))
        assert b"javascript" not in svg
        assert "\u202e".encode() not in svg


def test_too_large(tmp_path, monkeypatch):
    with pytest.raises(AgentrecError, match="too large"):
        Raster(PictureOptions(), 5000, 5000, "")
    monkeypatch.setattr(render, "MAX_FRAMES", 2)
    path = make(str(tmp_path / "r.ahr"), *(shown(at, f"{at}") for at in range(5)), ended(6))
    with pytest.raises(UsageError, match="more than 2 pictures"):
        animation(path, "svg")
