"""For any recording and any stretches of it: the screen of a cut is the original's at every time."""

import os
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentrec.cuts.cut_file import cut, join, speed, trim
from agentrec.cuts.time_map import faster_map, stretch_map, trimmed_map
from agentrec.recording.events import OUTPUT, RESIZE, Event
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save
from agentrec.terminal.seek.timeline import Timeline
from tests.terminal.output.test_redraw import ERASES, LINKS, MOVES, PLACES, STYLES, TEXTS
from tests.terminal.screens import visible

SPLIT = [
    b"\x1b",
    b"[3",
    b"1m",
    b"red",
    "é".encode()[:1],
    "é".encode()[1:],
    b"\x1b]2;ti",
    b"tle\x07",
]
MODES = [
    b"\x1b[4h",
    b"\x1b[4l",
    b"\x1b[?25l",
    b"\x1b[?2004h",
    b"\x1b[5 q",
    b"\x1b[?1049l",
    b"\x1bc",
]
MORE = [
    b"\x1b(0lqk\x1b(B",
    b"\x1b[S",
    b"\x1b[?2026h",
    b"\x1b[?2026l",
    b"x" * 20,
    b"y" * 45,
    b"\n\n\n",
]
PIECES = [*TEXTS, *MOVES, *ERASES, *STYLES, *PLACES, *LINKS, *SPLIT, *MODES, *MORE]
SIZES = [(20, 6), (24, 9), (12, 4)]
THING = st.sampled_from(PIECES) | st.sampled_from(SIZES)
STEPS = st.lists(st.tuples(st.integers(0, 2_000_000_000), THING), min_size=3, max_size=30)
SHARE = st.fractions(0, 1)


def written(path, steps):
    """A recording of these steps: pauses (ns), and output or new sizes."""
    events, t = [], 0
    for seq, (pause, thing) in enumerate(steps):
        t += pause
        name = OUTPUT if isinstance(thing, bytes) else RESIZE
        data = (
            thing if isinstance(thing, bytes) else dict(zip(("cols", "rows"), thing, strict=True))
        )
        events.append(Event(seq, t, *name, data))
    save(str(path), {"id": "one", "cols": 20, "rows": 6}, events, overwrite=True)
    return [event.t for event in events]


def screens(path, times):
    with Recording.open(str(path)) as recording, Timeline(recording) as timeline:
        return [visible(timeline.screen_at(t)) for t in times]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cuts")


def check(folder, times, time_map):
    """At every kept time, at which something may have changed, both show the same."""
    kept = [t for t in [*times, time_map.pieces[0].start, time_map.last] if time_map.keeps(t)]
    # Where two times fall together, the later one shows.
    last = {time_map.place(t): t for t in sorted(kept)}
    assert screens(folder / "new.ahr", last) == screens(folder / "old.ahr", last.values())


@given(STEPS, SHARE, SHARE, st.lists(st.tuples(SHARE, SHARE), max_size=2))
@settings(max_examples=60, deadline=None)
def test_a_cut_shows_what_the_original_shows(folder, steps, one, other, dropped):
    times = written(folder / "old.ahr", steps)
    end = times[-1]
    since, until = sorted([int(end * one), int(end * other)])
    spans = [sorted([int(end * a), int(end * b)]) for a, b in dropped]
    drops = [(a, b) for a, b in spans if a < b]
    if until <= since or sum(b - a for a, b in drops) >= until - since:
        return
    before = (folder / "old.ahr").read_bytes()
    old, new = str(folder / "old.ahr"), str(folder / "new.ahr")
    cut(old, new, os.environ, since, until, drops, overwrite=True)
    time_map = stretch_map(since, until, drops)
    check(folder, times, time_map)
    with Recording.open(new) as recording:
        assert recording.duration == time_map.length
    assert (folder / "old.ahr").read_bytes() == before


@given(STEPS, st.integers(0, 1_000_000_000))
@settings(max_examples=20, deadline=None)
def test_a_trimmed_recording_shows_the_same(folder, steps, idle):
    times = written(folder / "old.ahr", steps)
    trim(str(folder / "old.ahr"), str(folder / "new.ahr"), os.environ, idle, overwrite=True)
    time_map = trimmed_map(times[-1], times, idle)
    check(folder, times, time_map)
    placed = [time_map.place(t) for t in [0, *times]]
    assert max(b - a for a, b in pairwise(placed)) <= idle


@given(STEPS, st.sampled_from([Fraction(1, 3), Fraction(3, 2), Fraction(7)]))
@settings(max_examples=15, deadline=None)
def test_a_faster_recording_shows_the_same(folder, steps, factor):
    times = written(folder / "old.ahr", steps)
    speed(str(folder / "old.ahr"), str(folder / "new.ahr"), os.environ, factor, overwrite=True)
    check(folder, times, faster_map(times[-1], factor))


@given(STEPS, STEPS)
@settings(max_examples=20, deadline=None)
def test_joined_recordings_show_what_each_shows(folder, first, second):
    ends = written(folder / "one.ahr", first)
    times = written(folder / "two.ahr", second)
    join(
        [str(folder / "one.ahr"), str(folder / "two.ahr")],
        str(folder / "new.ahr"),
        os.environ,
        overwrite=True,
    )
    last = {ends[-1] + t: t for t in times}
    assert screens(folder / "new.ahr", last) == screens(folder / "two.ahr", last.values())
    early = [t for t in ends if t < ends[-1]]
    assert screens(folder / "new.ahr", early) == screens(folder / "one.ahr", early)
