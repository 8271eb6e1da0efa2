"""The timeline on whole recordings: fixtures, real programs, files in any state, files that grow."""

import random
import shutil
import sys
from pathlib import Path

import pytest

from agentrec.errors import InputError
from agentrec.recording.events import Event
from agentrec.recording.format import frames, segments
from agentrec.recording.layout import Layout, pack_keyframe
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import BuiltKeyframe, save
from agentrec.recording.writer import Writer
from agentrec.terminal.engine.screen import Screen
from agentrec.terminal.seek import keyframe_builder, play_head, timeline
from agentrec.terminal.seek.keyframe_seal import seal
from agentrec.terminal.seek.state_cache import SCROLLBACK_LINES, StateCache, producer
from agentrec.terminal.seek.timeline import Timeline
from fixtures.modelserver.server import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.drive import Resize, Send, Settle, Step, Type, Wait, drive
from tests.terminal.timelines import FromZero, add_keyframes, keyframes, state

FIXTURES = sorted(Path("fixtures/recordings").glob("*.ahr"))
HEADER = {"cols": 40, "rows": 6}
MS = 1_000_000


def output(*pieces: bytes, gap: int = 100 * MS) -> list[Event]:
    return [Event(n, n * gap, "term", "output", data) for n, data in enumerate(pieces)]


def numbered(count: int) -> list[Event]:
    return output(*[b"\r\nline \x1b[3%dm%d\x1b[m" % (n % 8, n) for n in range(count)])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten events to a segment, a keyframe for each."""
    monkeypatch.setattr(segments, "SEGMENT_RECORDS", 10)
    monkeypatch.setattr(play_head, "STATE_SPACING_BYTES", 1)
    monkeypatch.setattr(keyframe_builder, "MIN_PLAY_NS", 0)
    monkeypatch.setattr(keyframe_builder, "MAX_PLAY_NS", 0)


def compare_everywhere(path: str, times: int = 1000) -> list[Event]:
    """Every one of so many random times must show what playing from zero shows."""
    dice = random.Random(1)
    with Recording.open(path) as recording:
        events = list(recording.events())
    with Recording.open(path) as recording, Timeline(recording) as line:
        zero = FromZero(events, recording.size)
        goals = [dice.randrange(line.duration + 1) for _ in range(times // 2)]
        goals += [dice.choice(events).t + dice.choice([-1, 0]) for _ in goals if events]
        expected = {t: zero.at(t) for t in sorted(goals)}
        for number, t in enumerate(goals):
            assert state(line.screen_at(t)) == expected[t], t
            if number % 50 == 0:
                line.scan_next()
    return events


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_a_fixture_at_a_thousand_times(path: Path) -> None:
    compare_everywhere(str(path))


def drive_recorded(argv: list[str], folder: Path, steps: list[Step], env: dict[str, str]) -> str:
    path = folder / "run.ahr"
    recorder = [sys.executable, "-m", "agentrec", "record", "-q", "-o", str(path), "--"]
    drive(argv, env, folder, 80, 24, steps, prefix=recorder, timeout=90)
    return str(path)


def test_real_programs_at_a_thousand_times(tmp_path: Path, small: None) -> None:
    if shutil.which("vim") is None or shutil.which("less") is None:
        pytest.skip("vim or less is not installed: scripts/packages installs them as root")
    (tmp_path / "text").write_text("".join(f"line {n} of a text {'é漢' * n}\n" for n in range(90)))
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    env |= {"TERM": "xterm-256color", "PS1": "$ ", "SHELL": "/bin/sh"}
    steps: list[Step] = [
        *(Wait(r"\$"), Type("cat text; ls --color=always -la /etc\r"), Settle(0.2)),
        *(Resize(120, 30), Settle(0.2), Type("less text\r"), Settle(0.2), Send(b" "), Settle(0.2)),
        *(Resize(60, 12), Settle(0.2), Send(b"q"), Type("vim -u NONE -i NONE text\r"), Settle(0.2)),
        *(Send(b"\x06\x06iadded\x1b:vs\r"), Settle(0.2), Resize(90, 40), Settle(0.2)),
        *(Send(b":qa!\r"), Settle(0.2), Type("exit\r")),
    ]
    path = drive_recorded(["bash", "--norc", "--noprofile"], tmp_path, steps, env)
    events = compare_everywhere(path)
    assert len([event for event in events if event.kind == "resize"]) == 3
    # The same in segments of ten events, with keyframes and with states taken on the way.
    again = str(tmp_path / "again.ahr")
    with Recording.open(path) as recording:
        save(again, recording.header, events)
    compare_everywhere(again)
    compare_everywhere(add_keyframes(again))


@pytest.mark.agents
@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_at_a_thousand_times(name: str, tmp_path: Path, small: None) -> None:
    agent = require(AGENTS[name])
    steps = agent.session(("[[scenario:fix-tests]] Mend the area.", "area multiplies"))
    with ModelServer() as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        steps = [*steps[:-1], Resize(60, 30), Settle(), Resize(110, 35), Settle(), *steps[-1:]]
        path = drive_recorded(agent.argv(agent.tui), tmp_path / "work", steps, env)
    events = compare_everywhere(path)
    assert len([event for event in events if event.kind == "resize"]) == 2
    again = str(tmp_path / "again.ahr")
    with Recording.open(path) as recording:
        save(again, recording.header, events)
    compare_everywhere(again)
    compare_everywhere(add_keyframes(again))


def test_an_empty_recording_and_times_outside(tmp_path: Path) -> None:
    path = str(tmp_path / "empty.ahr")
    save(path, HEADER, [])
    with Recording.open(path) as recording:
        line = Timeline(recording)
        assert (line.duration, line.growing) == (0, False)
        assert line.screen_at(0).rows_text() == line.screen_at(10**18).rows_text() == [""] * 6
        assert line.frame_after(-1) is line.frame_before(10**18) is None
        assert not line.scan_next()
        assert line.activity().complete
        assert not line.refresh()


def test_a_size_that_cannot_be_shown_is_said(tmp_path: Path) -> None:
    path = str(tmp_path / "huge.ahr")
    save(path, {"cols": 60000, "rows": 60000}, [])
    with Recording.open(path) as recording, pytest.raises(InputError, match="60000x60000"):
        Timeline(recording)


def test_scrollback_is_kept_whole_by_seeks(tmp_path: Path) -> None:
    """Pages of the engine fall differently after a restore; what is promised never does."""
    path = str(tmp_path / "long.ahr")
    count = 30_000
    events = [Event(n, n, "term", "output", b"line %d\r\n" % n) for n in range(count)]
    save(path, HEADER, events)
    with Recording.open(path) as recording, Timeline(recording) as line:
        for t in (count - 1, 12_345, 29_000, 20_000, 25_001, 7_000):
            history = line.screen_at(t).history_text()
            last = t - 5  # five rows and the cursor's are on screen
            assert history == [f"line {n}" for n in range(last - SCROLLBACK_LINES + 1, last + 1)]


def test_resizing_does_not_depend_on_where_a_screen_was_restored() -> None:
    """Rows that belonged together are torn apart: no snapshot tells how they would wrap anew."""
    screen = Screen(2, 2)
    screen.feed(b"    \x1b[T")
    snapshot = screen.snapshot()
    assert snapshot
    restored = Screen.restore(snapshot)
    for each in (screen, restored):
        each.resize(1, 1)
    assert state(restored) == state(screen)


# Keyframes


def test_keyframes_in_the_file_spare_reading_what_is_before_them(
    tmp_path: Path, small: None
) -> None:
    path = str(tmp_path / "a.ahr")
    events = numbered(100)
    save(path, HEADER, events)
    path = add_keyframes(path)
    with Recording.open(path) as recording:
        starts = [place.offset for place in Layout(recording).segments]
    data = bytearray(Path(path).read_bytes())
    data[starts[2] + 40 : starts[8]] = bytes(starts[8] - starts[2] - 40)
    Path(path).write_bytes(data)
    zero = FromZero(events, (40, 6))
    with Recording.open(path) as recording, Timeline(recording) as line:
        for seq in (95, 15, 88, 99, 12, 100):
            assert state(line.screen_after(seq)) == zero.after(seq)


def _keyframe(made: BuiltKeyframe, meta: dict[str, object], state: bytes) -> BuiltKeyframe:
    sealed = seal(meta, made.seq, state)
    return made._replace(payload=pack_keyframe(made.seq, made.t, sealed, state))


def _somebody_elses(made: BuiltKeyframe, state: bytes) -> BuiltKeyframe:
    return made._replace(payload=pack_keyframe(made.seq, made.t, producer(), state))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda made, _: made._replace(payload=made.payload[:-20]),
        lambda made, _: made._replace(payload=b""),
        lambda made, _: made._replace(payload=b"\0" * 18 + b"{}"),
        lambda made, state: _keyframe(made, {**producer(), "version": "0.0.0"}, state),
        lambda made, state: _keyframe(made, {**producer(), "engine": "another"}, state),
        lambda made, state: _keyframe(made, producer(SCROLLBACK_LINES + 1), state),
        _somebody_elses,
        lambda made, _: _keyframe(made, producer(), b""),
        lambda made, _: _keyframe(made, producer(), b"GHOSTSNP and more"),
    ],
)
def test_keyframes_one_cannot_use_are_as_none(wrong, tmp_path: Path, small: None) -> None:  # type: ignore[no-untyped-def]
    path = str(tmp_path / "a.ahr")
    events = numbered(60)
    save(path, HEADER, events)
    other = Screen(40, 6)
    other.feed(b"this was never shown")
    path = add_keyframes(path, [wrong(made, other.snapshot()) for made in keyframes(path)])
    compare_everywhere(path, 100)


def test_compacting_keeps_keyframes(tmp_path: Path, small: None) -> None:
    path = str(tmp_path / "a.ahr")
    events = numbered(100)
    writer = Writer(path, HEADER)
    for event in events:
        assert isinstance(event.data, bytes)
        writer.output(event.t, event.data)
    writer.start()
    writer.flush()
    for made in keyframes(path):
        writer.keyframe(*made)
    writer.output(10**12, b"x" * (600 << 10))  # a burst: stored, and compressed in the end
    writer.close()
    with Recording.open(path) as recording:
        kept = Layout(recording)
        assert len(kept.keyframes) >= 9
        for place in kept.keyframes:
            screen = Screen.restore(kept.read_keyframe(place).state())
            assert state(screen)[:-1] == FromZero(events, (40, 6)).after(place.seq)[:-1]


def test_work_makes_up_for_missing_keyframes(tmp_path: Path, small: None) -> None:
    path = str(tmp_path / "a.ahr")
    save(path, HEADER, numbered(200))
    with Recording.open(path) as recording, Timeline(recording) as line:
        while line.scan_next():
            pass
        places = Layout(recording).segments
        for before, here in zip(places[1:], places[timeline.MAX_GAP_SEGMENTS + 1 :], strict=False):
            assert line._states.has_kept(before.seq, here.seq)


def test_states_in_memory_are_bounded() -> None:
    screen = Screen(40, 6)
    states = StateCache(Layout.__new__(Layout), SCROLLBACK_LINES, budget=20_000)
    states.layout.keyframes = []
    for seq in range(300):
        screen.feed(b"%d\r\n" % seq)
        states.add(seq, screen)
        assert sum(map(len, states._kept.values())) == states._kept_bytes <= 20_000
    assert 0 < len(states._kept_seqs) < 300
    found = states.restore(-1, 299)
    assert found
    assert found[1].rows_text()[4] == str(found[0])


# Growing files


def test_a_recording_is_followed_while_it_grows_and_is_compacted(tmp_path: Path) -> None:
    path = str(tmp_path / "live.ahr")
    writer = Writer(path, HEADER)
    writer.start()
    events = numbered(40)
    for event in events[:10]:
        writer.output(event.t, bytes(event.data))
    writer.flush()
    zero = FromZero(events, (40, 6))
    with Recording.open(path) as recording, Timeline(recording) as line:
        assert line.growing
        assert line.duration == events[9].t
        assert state(line.screen_at(10**18)) == zero.after(10)
        assert not line.refresh()
        for first in range(10, 40, 10):
            for event in events[first : first + 10]:
                writer.output(event.t, bytes(event.data))
            writer.flush()
            assert line.refresh()
            assert line.duration == events[first + 9].t
            assert state(line.screen_at(10**18)) == zero.after(first + 10)
            assert line.frame_before(10**18) == line.duration
            assert state(line.screen_at(events[5].t)) == zero.after(6)
            while line.scan_next():
                pass
            assert line.activity().seq == first + 10
        writer.output(events[-1].t + MS, b"\r\n" + b"bulk " * (200 << 10))
        writer.close()
        for _ in range(3):  # the end, and the smaller file that took its place
            line.refresh()
        assert not line.growing
        assert line.duration == events[-1].t + MS
        assert line.screen_at(line.duration).rows_text()[0].startswith("bulk bulk")
        assert state(line.screen_at(events[20].t)) == zero.after(21)


def test_a_live_recording_that_was_killed_is_no_longer_growing(tmp_path: Path) -> None:
    path = str(tmp_path / "torn.ahr")
    save(path, HEADER, numbered(10))
    data = Path(path).read_bytes()
    with Recording.open(path) as recording:
        assert recording.end
        Path(path).write_bytes(data[: recording.end[0]] + frames.SYNC + b"\3")
    with Recording.open(path) as recording, Timeline(recording) as line:
        assert not line.growing
        assert line.duration == 900 * MS
        assert line.screen_at(10**18).rows_text()[5] == "line 9"


def test_what_is_appended_behind_the_end_is_found(tmp_path: Path) -> None:
    from agentrec.recording.append import append_moment

    path = str(tmp_path / "a.ahr")
    save(path, HEADER, numbered(10))
    with Recording.open(path) as recording, Timeline(recording) as line:
        before = state(line.screen_at(10**18))
        append_moment(path, 300 * MS, "later", "player")
        assert line.refresh()
        assert line.duration == 900 * MS
        assert state(line.screen_at(10**18)) == before
