"""Pictures and animations of made recordings."""

from __future__ import annotations

import io
import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from PIL import Image, ImageChops, ImageStat

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


def test_a_gif_has_as_many_colors_as_can_be_seen(path, tmp_path):
    few = Image.open(io.BytesIO(animation(path, "gif")))
    assert few.info["transparency"] == 127  # what comes after the colors
    cells = "".join(
        f"\x1b[48;2;{row * 11};{col * 3};{255 - col * 3}m "
        for row in range(23)
        for col in range(80)
    )
    colorful = make(str(tmp_path / "c.ahr"), shown(1, "x"), shown(2, f"\x1b[H{cells}"), ended(3))
    many = Image.open(io.BytesIO(animation(colorful, "gif")))
    assert many.info["transparency"] == 255
    # What is transparent shows what was there: the pictures are those of the recording.
    many.seek(many.n_frames - 1)
    last = many.convert("RGB")
    wanted = Image.open(io.BytesIO(still(colorful, 2.9, "png"))).convert("RGB")
    assert max(ImageStat.Stat(ImageChops.difference(last, wanted)).mean) < 5


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


def screen(tmp_path, *outputs, marks=()):
    """A recording with these outputs, a second apart, and marks: (time, label, source)."""
    moments = [
        (at, "mark", "moment", {"label": label, "source": source}) for at, label, source in marks
    ]
    events = [shown(at, text) for at, text in enumerate(outputs)]
    events = sorted([*events, *moments], key=lambda event: event[0])
    return make(str(tmp_path / "r.ahr"), *events, ended(len(outputs) + 1))


def pixels(path, t, **options):
    options = {"window": False, "cursor": False, **options}
    return Image.open(io.BytesIO(still(path, t, "png", **options))).convert("RGB")


def cells(picture, x, y, width=1):
    """A part of a picture without a window."""
    left, top = 16 + x * CELL[0], 16 + y * CELL[1]
    return picture.crop((left, top, left + width * CELL[0], top + CELL[1]))


@pytest.mark.parametrize("code", ["3", "4", "4:2", "4:3", "4:4", "4:5", "9", "53"])
def test_each_attribute_looks_like_no_other(tmp_path, code):
    codes = ("0", "1", "3", "4", "4:2", "4:3", "4:4", "4:5", "9", "53")
    picture = pixels(screen(tmp_path, "".join(f"\x1b[{one}mX\x1b[m" for one in codes)), 1)
    looks = {one: cells(picture, x, 0).tobytes() for x, one in enumerate(codes)}
    assert [one for one in codes if looks[one] == looks[code]] == [code]


def test_an_underline_has_its_color(tmp_path):
    text = "\x1b[4:3;58:2::1:255:1mX\x1b[m"
    path = screen(tmp_path, text)
    assert (1, 255, 1) in {color for _, color in cells(pixels(path, 1), 0, 0).getcolors(999)}
    assert b'stroke="#01ff01"' in still(path, 1, "svg")


def test_hidden_text_is_not_in_a_picture(tmp_path):
    path = screen(tmp_path, "\x1b[8;9msecret\x1b[m")
    assert b"secret" not in still(path, 1, "svg")
    assert len(pixels(path, 1).getcolors(99)) == 1


@pytest.mark.parametrize(("shape", "share"), [(2, 1.0), (4, 0.1), (6, 0.2)])
def test_the_cursor_has_its_shape(tmp_path, shape, share):
    path = screen(tmp_path, f"\x1b[{shape} q")
    cell = cells(pixels(path, 1, cursor=True), 0, 0)
    ground = cells(pixels(path, 1), 0, 0).getpixel((0, 0))
    covered = sum(count for count, color in cell.getcolors(99) if color != ground)
    assert covered == pytest.approx(share * cell.width * cell.height)


def test_what_the_cursor_covers_can_be_read(tmp_path):
    path = screen(tmp_path, "\x1b[2 qX\b", "\x1b[2K", "\r日\b\b")
    marked, bare = (cells(pixels(path, at, cursor=True), 0, 0) for at in (0.5, 1.5))
    assert marked.tobytes() != bare.tobytes()
    wide = pixels(path, 2.5, cursor=True)
    assert cells(wide, 1, 0).getpixel((9, 0)) == cells(wide, 0, 0).getpixel((0, 0))  # both cells
    svg = ET.fromstring(still(path, 0.5, "svg"))
    colors = [it.get("fill") for it in svg.iter(f"{SVG}text") if it.text == "X"]
    assert len(set(colors)) == 2


def test_wide_characters_are_in_the_middle_of_their_cells_and_not_stretched(tmp_path):
    svg = ET.fromstring(still(screen(tmp_path, "a日b❤️"), 1, "svg", window=False))
    found = {it.text: it for it in svg.iter(f"{SVG}text")}
    assert list(found) == ["a", "日", "b", "❤️"]
    for text, middle in (("日", 2), ("❤️", 5)):
        assert float(found[text].get("x")) == pytest.approx(middle * 8.4)
        assert found[text].get("text-anchor") == "middle"
        assert found[text].get("textLength") is None


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_long_title_leaves_the_buttons_free(tmp_path, kind):
    path = make(str(tmp_path / "r.ahr"), shown(0, "x"), ended(1), title="word " * 30, cols=40)
    if kind == "svg":
        title = next(ET.fromstring(still(path, 1, "svg")).iter(f"{SVG}text"))
        assert title.text.endswith("…")
        assert len(title.text) * 8.4 < 40 * 8.4 - 2 * 60
    else:
        with Image.open(io.BytesIO(still(path, 1, "png"))) as picture:
            bar = picture.convert("RGB").crop((75, 0, 84, 38))
        assert len(bar.getcolors(99)) == 1


def test_marks_are_captions(tmp_path):
    marks = ((0.5, "begun", "auto"), (1.5, "look <here>", "cli"))
    path = screen(tmp_path, "a", "b", "c", marks=marks)
    svg = animation(path, "svg", captions="all").decode()
    assert [svg.count(text) for text in (">begun<", ">look &lt;here&gt;<")] == [2, 2]
    assert svg.count('class="f"') == 5  # a caption makes a picture of its own
    own = animation(path, "svg", captions="own").decode()
    assert "begun" not in own
    assert "look" in own
    assert "look" not in animation(path, "svg").decode()
    assert texts(still(path, 2, "svg", captions="own"))[-1] == "look <here>"
    low = [pixels(path, at, captions="all").crop((0, 16 + 24 * 20, 800, 512)) for at in (0, 1)]
    assert len(low[0].getcolors(999)) == 1
    assert len(low[1].getcolors(999)) > 1


def test_too_large(tmp_path, monkeypatch):
    with pytest.raises(AgentrecError, match="too large"):
        Raster(PictureOptions(), 5000, 5000, "")
    monkeypatch.setattr(render, "MAX_FRAMES", 2)
    path = make(str(tmp_path / "r.ahr"), *(shown(at, f"{at}") for at in range(5)), ended(6))
    with pytest.raises(UsageError, match="more than 2 pictures"):
        animation(path, "svg")
