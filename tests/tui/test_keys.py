"""Every key, and what it does to clock and screen."""

import threading

import pytest

from agentrec.recording.reader import Recording
from agentrec.tui.keys import KEYS
from agentrec.tui.words import TIMES
from tests.tui.helpers import S, drawn, playing, run, settled, story, text, until


@pytest.fixture
def path(tmp_path):
    return story().save(tmp_path / "story.ahr")


def press(path, *keys, start=0, **options):
    """``(seconds, screen, status)`` after keys on a paused player that stood at ``start`` seconds."""

    async def test():
        async with playing(path, start=round(start * S), **options) as (player, pilot):
            for key in keys:
                await pilot.press(key)
                await settled(pilot)
            return player.state.clock.t / S, text(player), player.status_line.text

    return run(test())


@pytest.mark.parametrize(
    ("start", "keys", "expected", "on_screen"),
    [
        (0, ["right"], 5.0, "needle in test 7"),
        (5, ["left"], 0.0, "$"),
        (5, ["left", "left"], 0.0, "$"),
        (19, ["right"], 20.0, "$ bye"),
        (0, ["shift+right"], 2.0, "test 09 passed"),
        (5, ["shift+left"], 5 - 2.0, "test 18 passed"),
        (9, ["0"], 0.0, "$"),
        (0, ["1"], 2.0, "test 09"),
        (0, ["5"], 10.0, "needle in test 7"),
        (0, ["7"], 14.0, "top of file"),
        (0, ["9"], 18.0, "$ bye"),
        (9, ["g"], 0.0, "$"),
        (9, ["home"], 0.0, "$"),
        (0, ["G"], 20.0, "$ bye"),
        (0, ["end"], 20.0, "$ bye"),
        (0, ["right_square_bracket"], 1.0, "running tests"),
        (0, ["right_square_bracket"] * 2, 3.6, "1 failed"),
        (0, ["right_square_bracket"] * 9, 14.6, "needle again"),
        (20, ["left_square_bracket"], 14.6, "needle again"),
        (20, ["left_square_bracket"] * 2, 3.6, "1 failed"),
        (0.5, ["left_square_bracket"], 0.5, "$ make"),
        (0, ["full_stop"], 0.1, "$ m"),
        (0, ["full_stop"] * 3, 0.3, "$ mak"),
        (0.3, ["comma"], 0.2, "$ ma"),
        (0.3, ["comma"] * 9, 0.0, "$"),
        (14, ["full_stop"], 14.6, "needle again"),
        (14, ["comma"], 13.6, "top of file"),
    ],
)
def test_keys_that_move(path, start, keys, expected, on_screen):
    seconds, screen, _ = press(path, *keys, start=start)
    assert seconds == pytest.approx(expected, abs=0.0015)
    assert on_screen in screen


def test_space_plays_and_pauses(path):
    async def test():
        async with playing(path) as (player, pilot):
            clock = player.state.clock
            await pilot.press("space")
            assert clock.playing
            await until(pilot, lambda: "make" in text(player))
            await pilot.press("space")
            assert not clock.playing
            await settled(pilot)
            t = clock.t
            await pilot.pause(0.1)
            assert clock.t == t > 0

    run(test())


def test_it_plays_to_the_end_and_stays_open_there(path):
    async def test():
        async with playing(path, paused=False, speed=100) as (player, pilot):
            await until(pilot, lambda: player.state.clock.at_end)
            await settled(pilot)
            assert player.is_running
            assert not player.state.clock.playing
            assert text(player).endswith("$ bye")
            assert player.status_line.text.startswith("■ 0:20.000 / 0:20")
            player.state.clock.speed = 1
            await pilot.press("space")
            assert player.state.clock.playing
            assert player.state.clock.t < 19 * S

    run(test())


def test_a_frame_step_pauses(path):
    async def test():
        async with playing(path, paused=False, speed=0.001) as (player, pilot):
            await pilot.press("full_stop")
            await settled(pilot)
            clock = player.state.clock
            assert (clock.playing, clock.t) == (False, S // 10)

    run(test())


def test_a_step_beyond_the_ends_says_so(path):
    assert "no more frames" in press(path, "comma")[2]
    assert "no more frames" in press(path, "G", "full_stop")[2]


@pytest.mark.parametrize(
    ("keys", "said"), [("+", "1.5x"), ("++", "2x"), ("-", "0.5x"), ("=", "1.5x")]
)
def test_speed(path, keys, said):
    status = press(
        path, *["plus" if k == "+" else "minus" if k == "-" else "equals_sign" for k in keys]
    )[2]
    assert said.replace("x", TIMES) in status


def test_pauses_are_cut(path):
    async def test():
        async with playing(path, paused=False, speed=10) as (player, pilot):
            for _ in range(5):
                await pilot.press("less_than_sign")
            assert player.state.clock.idle_limit == 1 * S
            assert "pauses ≤ 1 s" in player.status_line.text
            await until(pilot, lambda: player.state.clock.t > 3.6 * S)
            seen = set()
            while player.state.clock.t < 14 * S:
                seen.add(round(player.state.clock.t / S))
                await pilot.pause(0.002)
            assert not seen & set(range(6, 13))
            for _ in range(5):
                await pilot.press("greater_than_sign")
            assert player.state.clock.idle_limit is None

    run(test())


@pytest.mark.parametrize(
    ("key", "typed", "seconds"),
    [("t", "14", 14.0), ("colon", "0:03.5", 3.5), ("t", "50%", 10.0), ("t", "99:00", 20.0)],
)
def test_going_to_a_time(path, key, typed, seconds):
    keys = [{":": "colon", ".": "full_stop", "%": "percent_sign"}.get(c, c) for c in typed]
    assert press(path, key, *keys, "enter")[0] == pytest.approx(seconds)


def test_what_is_no_time(path):
    seconds, _, status = press(path, "t", "x", "enter", start=3)
    assert seconds == 3
    assert "invalid time “x”" in status
    assert press(path, "t", "5", "escape", start=3)[0] == 3


def test_search_finds_what_was_ever_shown(path):
    async def test():
        async with playing(path) as (player, pilot):
            await pilot.press("slash", *"NEEDLE".lower(), "enter")
            await settled(pilot)
            clock = player.state.clock
            assert clock.t == pytest.approx(3.6 * S)
            assert player.state.hits == [3_600_000_000, 14_600_000_000]
            assert "1/2 hits" in player.status_line.text
            assert "▼" in drawn(player).splitlines()[-4]
            await pilot.press("n")
            await settled(pilot)
            assert clock.t == 14.6 * S
            assert "needle again" in text(player)
            row = player.terminal_view.render_line(player.terminal_view.placement.y + 2)
            assert [s.text for s in row if s.style.bold] == ["needle"]
            await pilot.press("n")
            await settled(pilot)
            assert (clock.t, "wrapped to the start" in player.status_line.text) == (
                3.6 * S,
                True,
            )
            await pilot.press("N")
            await settled(pilot)
            assert clock.t == 14.6 * S
            await pilot.press("N")
            await settled(pilot)
            assert clock.t == 3.6 * S
            await pilot.press("escape")
            assert player.terminal_view.pattern is None
            assert "▼" not in drawn(player)

    run(test())


def test_search_highlights_while_one_types_and_goes_nowhere(path):
    async def test():
        async with playing(path, start=3 * S) as (player, pilot):
            await pilot.press("slash", *"passed")
            await until(pilot, lambda: len(player.state.hits) == 20)
            assert player.state.clock.t == 3 * S
            assert player.terminal_view.pattern.pattern == "passed"
            await pilot.press("escape")
            await pilot.pause()
            assert player.terminal_view.pattern is None

    run(test())


@pytest.mark.parametrize(
    ("query", "count"), [("test 07", 1), ("Needle", 0), ("zzz", 0), ("[", 0), ("1 failed", 1)]
)
def test_capitals_count_only_where_they_are_typed_and_nothing_is_a_pattern(path, query, count):
    async def test():
        async with playing(path) as (player, pilot):
            await pilot.press("slash")
            player.prompt.query_one("Input").value = query
            await pilot.press("enter")
            await until(pilot, lambda: not player.state.searching)
            assert len(player.state.hits) == count
            assert ("no matches" in player.status_line.text) == (count == 0)

    run(test())


def test_hits_need_a_search(path):
    assert "press /" in press(path, "n")[2]


def test_a_note_is_added_to_the_file(path):
    async def test():
        async with playing(path, start=9 * S) as (player, pilot):
            await pilot.press("a", *"why", "enter")
            await until(pilot, lambda: "note added" in player.status_line.text)

    run(test())
    with Recording.open(str(path)) as recording:
        notes = [event.data for event in recording.events(tracks=("mark",)) if event.kind == "note"]
    assert notes[-1] == {"text": "why", "source": "player", "at_ns": 9 * S}


def test_a_note_is_shown_and_answered(path):
    async def test():
        async with playing(path, size=(120, 30), start=9 * S) as (player, pilot):
            await pilot.press("A")
            assert "no note before this time" in player.status_line.text
            await pilot.press("a", *"why", "enter")
            await until(pilot, player.state.note_before)
            player.go_to(15 * S)
            await settled(pilot)
            await pilot.press("A", *"so", "enter")
            await until(pilot, lambda: any(item.text == "so" for item in player.state.items))
            await pilot.press("tab")
            await pilot.pause()
            page = drawn(player)
            assert "\u201c why" in page
            assert "↳ so" in page

    run(test())
    with Recording.open(str(path)) as recording:
        events = [event for event in recording.events(tracks=("mark",)) if event.kind == "note"]
    note, answer = events
    expected = {"text": "so", "source": "player", "answers": f"n{note.seq}", "at_ns": 9 * S}
    assert answer.data == expected


def test_a_mark_is_added_to_the_file(path):
    async def test():
        async with playing(path, start=9 * S) as (player, pilot):
            await pilot.press("m", *"why", "enter")
            await until(pilot, lambda: len(player.state.markers) == 4)
            assert [p.label for p in player.state.markers][2] == "why"
            assert player.state.markers[2].t == 9 * S
            assert "mark “why” added" in player.status_line.text
            await pilot.press(
                "g", "right_square_bracket", "right_square_bracket", "right_square_bracket"
            )
            await settled(pilot)
            assert player.state.clock.t == 9 * S
            assert "why" in drawn(player)

    run(test())


@pytest.mark.parametrize(("key", "word"), [("s", "Inspect"), ("d", "Diff"), ("i", "Intervene")])
def test_what_needs_snapshots_says_why_not(path, key, word):
    assert word in press(path, key, size=(140, 30))[2]
    assert "this recording has no snapshots" in press(path, key, size=(80, 30))[2]


def test_snapshots_are_visited(tmp_path):
    script = story()
    script.add(100, "fs", "snapshot", {"id": "s1", "label": "before edit"})
    path = script.save(tmp_path / "s.ahr")
    seconds, _, _ = press(path, "right_curly_bracket")
    assert seconds == pytest.approx(20.1)


def test_no_snapshots_to_visit(path):
    assert "no snapshots" in press(path, "left_curly_bracket")[2]


@pytest.mark.parametrize("key", ["left", "5", "full_stop", "left_square_bracket"])
def test_what_was_said_gives_way_to_the_position_when_one_moves(path, key):
    said = press(path, "right_curly_bracket", key, start=13)[2]
    assert "no snapshots" not in said
    assert "“" in said  # after which mark


def test_a_search_says_how_far_it_has_come_and_esc_ends_it(path):
    async def test():
        async with playing(path) as (player, pilot):
            state = player.state
            gate = threading.Event()

            def lines():
                for n in range(100_000):
                    yield n * 100_000, f"needle {n} and words"
                    while n == 60_000 and not gate.wait(0.01):
                        yield n * 100_000, "the same again"

            state.searches._read = lines
            await pilot.press("slash", *"needle")
            await until(pilot, lambda: "% read…" in player.status_line.text and state.hits)
            assert state.searching
            await pilot.press("escape")
            assert not state.searching
            gate.set()
            await pilot.press("slash", *"needle 1", "enter")
            await until(pilot, lambda: not state.searching and state.hits)
            assert "read…" not in player.status_line.text

    run(test())


def test_what_was_said_gives_way_to_a_click(path):
    async def test():
        async with playing(path, start=18 * S) as (player, pilot):
            await pilot.press("right_curly_bracket")
            assert "no snapshots" in player.status_line.text
            await pilot.click("TimelineBar", offset=(50, 1))
            await settled(pilot)
            assert "after “tests failed”" in player.status_line.text

    run(test())


def test_tab_goes_through_the_panel(path):
    async def test():
        async with playing(path, size=(100, 30)) as (player, pilot):
            shown = [player.side_panel.shown]
            for _ in range(4):
                await pilot.press("tab")
                shown.append(player.side_panel.shown)
            assert shown == ["marks", "events", "trace", "", "marks"]
            await pilot.press("tab")
            await pilot.pause()
            page = drawn(player)
            assert "Bash: make test" in page
            assert "✗ Bash" in page
            assert "✗ exit 1" in page

    run(test())


def test_panning(path):
    async def test():
        async with playing(path, size=(40, 12), start=3 * S) as (player, pilot):
            stage = player.terminal_view
            assert f"of 60{TIMES}16" in player.status_line.text
            left, top = stage.placement.left, stage.placement.top
            assert top > 0  # the cursor is at the bottom
            await pilot.press("alt+right", "alt+up")
            assert (stage.placement.left, stage.placement.top) == (left + 8, max(0, top - 4))
            await pilot.press("ctrl+left", "ctrl+down")
            assert (stage.placement.left, stage.placement.top) == (left, top)
            await pilot.press("alt+up", "c")
            assert stage.placement.top == top

    run(test())


def test_nothing_to_pan(path):
    assert "whole terminal is visible" in press(path, "alt+left")[2]


def test_the_theme_changes_the_palette(path):
    async def test():
        async with playing(path) as (player, pilot):
            dark = player.terminal_view.role_styles.palette.bg
            await pilot.press("ctrl+t")
            await pilot.pause()
            light = player.terminal_view.role_styles.palette.bg
            assert (player.theme, dark != light) == ("agentrec-light", True)
            row = player.terminal_view.render_line(player.terminal_view.placement.y)
            assert light in {s.style.bgcolor.name for s in row if s.style and s.style.bgcolor}
            await pilot.press("ctrl+t")
            await pilot.pause()
            assert player.theme == "agentrec-mixed"
            assert player.terminal_view.role_styles.palette.bg == dark
            await pilot.press("ctrl+t")
            assert player.theme == "agentrec-dark"

    run(test())


@pytest.mark.parametrize("close", ["escape", "question_mark", "q", "space"])
def test_help_lists_every_key(path, close):
    async def test():
        async with playing(path, size=(110, 40)) as (player, pilot):
            await pilot.press("question_mark")
            await pilot.pause()
            page = drawn(player)
            for key in KEYS:
                if not key.action.startswith(("tenth(", "pan(")):
                    assert key.text in page
            await pilot.press(close)
            await pilot.pause()
            assert player.is_running
            assert "Back 5 seconds" not in drawn(player)

    run(test())


@pytest.mark.parametrize(
    "keys", [["q"], ["ctrl+c"], ["ctrl+q"], ["question_mark", "ctrl+c"], ["slash", "ctrl+c"]]
)
def test_quitting(path, keys):
    async def test():
        async with playing(path) as (player, pilot):
            await pilot.press(*keys)
            await pilot.pause()
            assert not player.is_running
            assert player.return_code == 0

    run(test())


def test_letters_typed_into_a_prompt_do_nothing_else(path):
    seconds, _, _ = press(path, "slash", *"gGqn", "5", "space", "tab", "escape", start=3)
    assert seconds == 3


def test_the_command_palette_runs_actions(path):
    async def test():
        async with playing(path) as (player, pilot):
            await pilot.press("ctrl+p")
            await pilot.press(*"live edge")
            await pilot.pause(0.5)
            await pilot.press("enter")
            await until(pilot, lambda: player.state.clock.at_end)

    run(test())


def test_every_key_has_an_action():
    from agentrec.tui.player import Player

    for key in KEYS:
        assert callable(getattr(Player, f"action_{key.action.partition('(')[0]}"))
