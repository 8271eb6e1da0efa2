"""The clock as tables: what it says after what happened."""

import pytest

from agentrec.tui.playback.clock import MAX_STEP_NS, SPEEDS, Clock, parse_position

S = 1_000_000_000


def run(clock, *seconds):
    """Let time pass in steps of 10 ms, as frames do; the position in seconds."""
    now = 0
    clock.advance(now)
    for length in seconds:
        for _ in range(round(length * 100)):
            now += S // 100
            clock.advance(now)
    return clock.t / S


@pytest.mark.parametrize(
    ("speed", "wait", "position"),
    [(1, 2, 2), (2, 2, 4), (0.5, 2, 1), (50, 0.1, 5), (100, 5, 60)],
)
def test_playing_moves_with_time_and_speed(speed, wait, position):
    clock = Clock(60 * S, speed=speed)
    clock.play()
    assert run(clock, wait) == pytest.approx(position)


def test_a_paused_clock_stands_still():
    clock = Clock(60 * S)
    assert run(clock, 3) == 0
    clock.play()
    clock.pause()
    assert run(clock, 3) == 0


def test_the_first_look_does_not_move():
    clock = Clock(60 * S)
    clock.play()
    assert clock.advance(10**15) == 0


def test_a_suspended_player_goes_on_where_it_was():
    clock = Clock(3600 * S)
    clock.play()
    clock.advance(0)
    assert clock.advance(1000 * S) == MAX_STEP_NS


def test_time_that_runs_backwards_does_not_move_it():
    clock = Clock(60 * S)
    clock.play()
    clock.advance(5 * S)
    assert clock.advance(1 * S) == 0


def test_it_stops_at_the_end_and_starts_anew_from_there():
    clock = Clock(2 * S)
    clock.play()
    assert run(clock, 3) == 2
    assert not clock.playing
    assert clock.at_end
    clock.toggle()
    assert (clock.t, clock.playing) == (0, True)


def test_an_empty_recording_cannot_play():
    clock = Clock(0)
    clock.play()
    assert not clock.playing
    assert run(clock, 1) == 0


@pytest.mark.parametrize(
    ("move", "position"),
    [
        (lambda c: c.seek(30 * S), 30),
        (lambda c: c.seek(-1), 0),
        (lambda c: c.seek(999 * S), 100),
        (lambda c: c.skip(5), 55),
        (lambda c: c.skip(-5), 45),
        (lambda c: c.skip(-500), 0),
        (lambda c: c.skip_share(0.1), 60),
        (lambda c: c.skip_share(-0.1), 40),
        (lambda c: c.seek_share(0.7), 70),
        (lambda c: c.to_end(), 100),
    ],
)
def test_seeking(move, position):
    clock = Clock(100 * S)
    clock.seek(50 * S)
    assert move(clock) == position * S == clock.t
    assert not clock.playing


def test_seeking_keeps_playing():
    clock = Clock(100 * S)
    clock.play()
    clock.skip(5)
    assert clock.playing


def test_speeds_go_up_and_down_a_ladder_and_stay_on_it():
    clock = Clock(S)
    up = [clock.faster() for _ in range(20)]
    assert up[:3] == [1.5, 2, 3]
    assert up[-1] == SPEEDS[-1]
    down = [clock.slower() for _ in range(20)]
    assert down[-1] == SPEEDS[0]
    clock.speed = 7.5  # given on the command line, between two steps
    assert clock.faster() == 10
    clock.speed = 7.5
    assert clock.slower() == 5


@pytest.mark.parametrize(
    ("start", "wait", "position"),
    [
        (0, 1.5, 1.5),  # before the span
        (0, 2.5, 2.5),  # within what is left of it
        (0, 3.5, 10.5),  # 2 s + 1 s of the pause + the rest
        (5, 0.5, 10.5),  # in what is cut: on at once
        (2, 1.5, 10.5),
        (10, 1, 11),  # behind it
        (0, 7, 20.5 + 0.5),  # two spans: 2 + 1 + (12-10) + 1 + 1
    ],
)
def test_idle_time_over_the_limit_is_cut(start, wait, position):
    clock = Clock(60 * S, idle_limit=1 * S)
    clock.idle = [(2 * S, 10 * S), (12 * S, 20 * S), (30 * S, int(30.5 * S))]
    clock.seek(start * S)
    clock.play()
    assert run(clock, wait) == pytest.approx(position, abs=0.02)


def test_idle_time_is_played_without_a_limit():
    clock = Clock(60 * S)
    clock.idle = [(2 * S, 10 * S)]
    clock.play()
    assert run(clock, 5) == pytest.approx(5)


def test_a_big_step_crosses_several_idle_spans():
    clock = Clock(1000 * S, speed=100, idle_limit=0)
    clock.idle = [(10 * S, 100 * S), (110 * S, 500 * S), (505 * S, 506 * S)]
    clock.play()
    clock.advance(0)
    assert clock.advance(S // 2) == (506 + 25) * S  # 50 s of action: 10 + 10 + 5 + 25


def test_the_idle_limit_goes_along_its_ladder():
    clock = Clock(S)
    assert [clock.cut_more() for _ in range(8)] == [
        10 * S, 5 * S, 3 * S, 2 * S, 1 * S, S // 2, S // 2, S // 2,
    ]  # fmt: skip
    assert [clock.cut_less() for _ in range(7)] == [S, 2 * S, 3 * S, 5 * S, 10 * S, None, None]


def test_following_sticks_to_the_live_edge():
    clock = Clock(10 * S, growing=True)
    clock.to_end()
    assert clock.live
    clock.extend(12 * S)
    assert clock.t == 12 * S
    clock.seek(5 * S)
    clock.extend(13 * S)
    assert (clock.live, clock.playing, clock.t) == (False, True, 5 * S)


def test_playing_into_the_live_edge_becomes_live():
    clock = Clock(2 * S, growing=True)
    clock.play()
    assert not clock.live
    run(clock, 3)
    assert clock.live
    clock.extend(4 * S)
    assert clock.advance(9 * S) == 4 * S


def test_pausing_leaves_the_live_edge_and_playing_catches_up():
    clock = Clock(2 * S, growing=True)
    clock.to_end()
    clock.pause()
    clock.extend(5 * S)
    assert (clock.live, clock.t) == (False, 2 * S)
    clock.play()
    assert (clock.live, clock.t) == (False, 2 * S)


def test_a_recording_that_ends_while_live_stops():
    clock = Clock(2 * S, growing=True)
    clock.to_end()
    clock.finish()
    assert (clock.growing, clock.live, clock.playing, clock.t) == (False, False, False, 2 * S)


def test_a_recording_that_ends_while_we_are_behind_plays_on():
    clock = Clock(5 * S, growing=True)
    clock.play()
    run(clock, 1)
    clock.finish()
    assert clock.playing
    assert run(clock, 10) == 5
    assert not clock.playing


def test_waiting_for_a_recording_that_has_nothing_yet():
    clock = Clock(0, growing=True)
    clock.play()
    assert clock.live
    clock.extend(3 * S)
    assert clock.advance(1) == 3 * S


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90), ("1:30", 90), ("1:02:03.5", 3723.5), (" 12s ", 12), ("50%", 50), ("0 %", 0),
        ("", None), ("x", None), ("-5", None), ("1:2:3:4", None), ("1e9", None), ("nan", None),
        ("150%", 100),
    ],
)  # fmt: skip
def test_parsing_positions(text, seconds):
    assert parse_position(text, 100 * S) == (None if seconds is None else round(seconds * S))
