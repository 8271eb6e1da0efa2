"""Pictures of the player in the states people meet, compared with the ones looked at and kept."""

import pytest

from agentrec.recording.reader import Recording
from agentrec.recording.writer import Writer
from agentrec.terminal.seek.timeline import Timeline
from agentrec.tui.playback.player_state import PlayerState
from agentrec.tui.player import Player
from tests.library.helpers import make, shown
from tests.report.test_spans import TOLD
from tests.tui.helpers import HEADER, S, Script, settled, story, until
from tests.tui.workspace import Made


@pytest.fixture
def picture(snap_compare):
    """``picture(path, at=seconds, keys=[...])`` compares; closes what it opened at the end."""
    opened = []

    def compare(path, *, at=0.0, keys=(), size=(100, 30), **options):
        recording = Recording.open(path)
        timeline = Timeline(recording)
        opened.extend([timeline, recording])
        player = Player(lambda deliver: PlayerState(recording, timeline, deliver), **options)

        async def prepare(pilot):
            state = player.state
            state.clock.pause()
            state.clock.seek(round(at * S))
            player.wake()
            await until(pilot, lambda: state.loaded and player.timeline_bar.activity)
            for key in keys:
                await pilot.press(key)
                await until(pilot, lambda: not getattr(player.screen, "busy", 0))
                await settled(pilot)
            await settled(pilot)
            await until(pilot, lambda: state.anchored)
            player._expire(player._message)  # it would go by itself, sooner or later
            await pilot.pause()

        return snap_compare(player, terminal_size=size, run_before=prepare)

    yield compare
    for each in opened:
        each.close()


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # names without a directory: the same on every machine
    return story().save("story.ahr")


def test_a_failed_run(picture, path):
    assert picture(path, at=4)


def traced(folder):
    """Tools at once, a subagent, a failure."""
    return make(str(folder / "trace.ahr"), shown(0, "$ agent\r\n"), *TOLD, cols=60, rows=16)


def test_the_trace(picture, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert picture(traced(tmp_path), at=6, keys=["w"], size=(120, 24))


def test_the_trace_of_a_turn_in_a_narrow_window_without_color(picture, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert picture(traced(tmp_path), at=6, keys=["w", "w"], size=(44, 20), no_color=True)


def test_light(picture, path):
    assert picture(path, at=4, keys=["ctrl+t"])


def test_light_around_a_dark_terminal(picture, path):
    assert picture(path, at=4, keys=["ctrl+t", "ctrl+t"])


def test_no_color(picture, path, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture(path, at=4, keys=["slash", *"passed", "enter"], no_color=True)


def test_a_search_in_a_full_screen_program(picture, path):
    assert picture(path, at=13.7, keys=["slash", *"needle", "enter"])


def test_full_screen(picture, path):
    assert picture(path, at=13.7, keys=["f"], size=(60, 16))


def test_events_beside_it(picture, path):
    assert picture(path, at=14.7, keys=["tab"])


def test_help(picture, path):
    assert picture(path, keys=["question_mark"], size=(110, 34))


def test_asking_for_a_label(picture, path):
    assert picture(path, at=4, keys=["m", *"why"], size=(80, 24))


def test_20x5(picture, path):
    assert picture(path, at=4, size=(20, 5))


def test_80_columns_with_a_recording_of_200(picture, tmp_path):
    script = Script()
    for row in range(45):
        script.out(10, f"{row:3} " + "".join(f"{n:<9}|" for n in range(0, 190, 10)) + "\r\n")
    script.out(10, "\x1b[40;150H here ")
    path = script.save(tmp_path / "wide.ahr", cols=200, rows=50)
    assert picture(path, at=1, size=(80, 24))


def test_nothing_recorded(picture, tmp_path):
    assert picture(Script().save(tmp_path / "empty.ahr"), size=(80, 24))


def test_one_event(picture, tmp_path):
    assert picture(Script().out(0, "all there is").save(tmp_path / "one.ahr"), size=(80, 24))


def test_cut_short(picture, tmp_path):
    writer = Writer(str(tmp_path / "live.ahr"), HEADER)
    writer.start()
    for second, line in enumerate(["one", "two", "three"]):
        writer.output(second * S, f"{line}\r\n".encode())
        writer.flush()
    path = tmp_path / "torn.ahr"
    path.write_bytes((tmp_path / "live.ahr").read_bytes()[:-3])  # as a killed recorder leaves it
    writer.close()
    assert picture(str(path), at=1)


def test_wide_characters_at_the_edge(picture, tmp_path):
    script = Script().out(10, "\x1b[?7l" + "漢字" * 15 + "\r\n" + "a" + "漢字" * 15 + "\r\n")
    script.out(10, "emoji 👍 👍🏽 👨‍👩‍👧 ❤️ 🇩🇪 é | all end here\r\n")
    script.out(10, "\x1b[48;5;24m" + "好" * 30 + "\x1b[0m\x1b[4;59H")
    path = script.save(tmp_path / "wide.ahr")
    assert picture(path, at=1, size=(59, 20))


def test_after_the_size_has_changed(picture, tmp_path):
    script = Script().out(10, "at sixty columns\r\n" + "x" * 60).resize(1000, 30, 8)
    script.out(10, "\r\nat thirty")
    assert picture(script.save(tmp_path / "sizes.ahr"), at=2, size=(80, 24))


def test_every_look(picture, tmp_path):
    looks = [
        1,
        2,
        3,
        4,
        "4:2",
        "4:3",
        7,
        9,
        53,
        31,
        42,
        95,
        106,
        "38;5;208",
        "48;2;40;80;120",
        "7;35",
    ]
    script = Script()
    for look in looks:
        script.out(1, f"\x1b[{look}mSGR {look}\x1b[0m  \x1b[{look};1m and bold\x1b[0m\r\n")
    assert picture(script.save(tmp_path / "looks.ahr", rows=20), at=1, size=(80, 30))


def test_files_and_what_changed(picture, tmp_path):
    made = Made(tmp_path)
    assert picture(made.path, at=2.5, keys=["s", "down"])


def test_content_of_a_file_in_light(picture, tmp_path):
    made = Made(tmp_path)
    assert picture(made.path, at=2, keys=["ctrl+t", "s", "down", "shift+tab"])


def test_files_in_a_narrow_window_without_color(picture, tmp_path, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    made = Made(tmp_path)
    assert picture(made.path, at=2, keys=["s", "down"], size=(60, 20), no_color=True)
