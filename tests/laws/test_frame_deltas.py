"""The law of the film: whoever applies its frames shows what the screen shows, at every one of them."""

import json
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save
from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.output.frame_deltas import FrameEncoder, frame_deltas, sample_times
from agentrec.terminal.seek.timeline import Timeline
from tests.laws.test_terminal import sizes, streams
from tests.laws.test_timeline import sessions
from tests.terminal.frame_reader import Shown, cursor, expected

names = count()


def same(shown: Shown, screen: Screen) -> None:
    assert shown.size == (screen.cols, screen.rows)
    assert shown.runs() == expected(screen)
    assert shown.cursor == cursor(screen)
    assert shown.title == screen.title[:200]


@settings(deadline=None, max_examples=150)
@given(sizes, st.lists(streams, min_size=1, max_size=12), sizes)
def test_frames_show_what_the_screen_shows(
    size: tuple[int, int], pieces: list[bytes], other: tuple[int, int]
) -> None:
    screen, encoder, shown = Screen(*size), FrameEncoder(), Shown()
    for number, data in enumerate(pieces):
        if number == 5:
            screen.resize(*other)
        screen.feed(data)
        frame = encoder.frame(number, screen)
        if frame:
            shown.apply(json.loads(frame))
        same(shown, screen)
        assert not encoder.frame(number, screen)  # nothing has changed


@settings(deadline=None, max_examples=40)
@given(session=sessions(), start=st.floats(0, 1), every=st.sampled_from([0, 1, 33_000_000]))
def test_from_anywhere(
    session: list[Event], start: float, every: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = str(Path(tmp_path_factory.getbasetemp()) / f"film-{next(names)}.ahr")
    save(path, {"cols": 20, "rows": 5}, session)
    with (
        Recording.open(path) as recording,
        Timeline(recording) as line,
        Timeline(recording) as plain,
    ):
        begin = round(start * line.duration)
        times = list(sample_times(line, begin, line.duration, every))
        assert times == sorted(set(times))
        shown = Shown()
        for text in frame_deltas(line, begin, line.duration, every):
            shown.apply(json.loads(text))
        same(shown, plain.screen_at(line.duration))
