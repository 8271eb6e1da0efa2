"""The law of the timeline: however one comes to a time, its screen is that of playing from zero."""

from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentrec.recording.events import Event
from agentrec.recording.format import segments
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save
from agentrec.terminal.seek import keyframe_builder, play_head
from agentrec.terminal.seek.timeline import Timeline
from tests.laws.test_terminal import sizes, streams
from tests.terminal.timelines import FromZero, add_keyframes, state

any_speed = settings(deadline=None, max_examples=60)

outputs = st.lists(streams, min_size=1, max_size=4).map(b"".join)
cuts = st.lists(st.integers(0, 300), max_size=8)
lines = st.integers(0, 10**6).map(lambda n: ("term", "output", b"\r\nnumber %d" % n))
bodies = st.one_of(
    *(lines, lines, outputs.map(lambda data: ("term", "output", data))),
    st.binary(max_size=4).map(lambda data: ("term", "input", data)),
    sizes.map(lambda size: ("term", "resize", {"cols": size[0], "rows": size[1]})),
    st.just(("term", "resize", {"cols": 0, "rows": 24})),
    st.just(("mark", "moment", {"label": "here", "source": "test"})),
)


@st.composite
def sessions(draw: st.DrawFn) -> list[Event]:
    """Events with outputs cut anywhere, several at one time too."""
    events: list[Event] = []
    t = 0
    for track, kind, data in draw(st.lists(bodies, min_size=12, max_size=24)):
        pieces = [data]
        if isinstance(data, bytes):
            places = [0, *sorted(min(cut, len(data)) for cut in draw(cuts)), len(data)]
            pieces = [data[a:b] for a, b in pairwise(places)]
        for piece in pieces:
            t += draw(st.sampled_from([0, 0, 1, 7, 10**6]))
            events.append(Event(len(events), t, track, kind, piece))
    return events


names = count()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that goes by size in small, so that short recordings have it all."""
    monkeypatch.setattr(segments, "SEGMENT_RECORDS", 3)
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 200)
    monkeypatch.setattr(play_head, "STATE_SPACING_BYTES", 1)
    monkeypatch.setattr(keyframe_builder, "MIN_PLAY_NS", 0)
    monkeypatch.setattr(keyframe_builder, "MAX_PLAY_NS", 0)


@pytest.mark.usefixtures("small")
@any_speed
@given(events=sessions(), data=st.data(), keyframes=st.booleans(), work=st.integers(0, 9))
def test_any_time_by_any_way_is_playing_from_zero(
    events: list[Event],
    data: st.DataObject,
    keyframes: bool,
    work: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = _write(tmp_path_factory.getbasetemp(), events)
    if keyframes:
        path = add_keyframes(path)
    zero = FromZero(events, (20, 5))
    times = st.sampled_from([-1, 0, *{event.t + d for event in events for d in (-1, 0, 1)}])
    with Recording.open(path) as recording, Timeline(recording) as timeline:
        for t in data.draw(st.lists(times, min_size=4, max_size=20)):
            assert state(timeline.screen_at(t)) == zero.at(t)
            for _ in range(work):
                timeline.scan_next()
        for seq in data.draw(st.lists(st.integers(-1, len(events) + 1), max_size=6)):
            assert state(timeline.screen_after(seq)) == zero.after(seq)


@pytest.mark.usefixtures("small")
@any_speed
@given(events=sessions())
def test_frame_steps_lead_through_the_same_times_both_ways(
    events: list[Event], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = _write(tmp_path_factory.getbasetemp(), events)
    with Recording.open(path) as recording, Timeline(recording) as timeline:
        onward, t = [], -1
        while (step := timeline.frame_after(t)) is not None:
            onward.append(t := step)
        back, t = [], timeline.duration + 1
        while (step := timeline.frame_before(t)) is not None:
            back.append(t := step)
        assert onward == back[::-1] == sorted(set(onward))
        assert set(onward) <= {event.t for event in events}
        drawn = [e.t for e in events if e.kind in ("output", "resize") and e.data]
        assert onward[-1:] == drawn[-1:]


def _write(folder: Path, events: list[Event]) -> str:
    path = str(folder / f"{next(names)}.ahr")
    save(path, {"cols": 20, "rows": 5}, events)
    return path
