"""Playing what is still being recorded."""

import os
import subprocess
import sys
import tempfile

import pytest

from agentrec.recording.reader import Recording
from agentrec.recording.verify import verify
from agentrec.recording.writer import Writer
from tests.tui.helpers import HEADER, S, drawn, playing, run, settled, text, until


@pytest.fixture
def writer(tmp_path):
    writer = Writer(str(tmp_path / "live.ahr"), HEADER)
    writer.start()
    yield writer
    writer.close()


def test_the_live_edge_and_back(writer):
    async def test():
        writer.output(1 * S, b"first\r\n")
        writer.flush()
        async with playing(writer.path, paused=False, follow=True) as (player, pilot):
            clock = player.state.clock
            assert (clock.live, text(player)) == (True, "first")
            assert player.status_line.text.startswith("● 0:01 / 0:01  live")
            writer.output(9 * S, b"second\r\n")
            writer.event(9 * S, "mark", "moment", {"label": "now", "source": "cli"})
            writer.flush()
            await until(pilot, lambda: "second" in text(player))
            await until(pilot, lambda: player.state.markers)
            assert clock.t == clock.duration == 9 * S
            await pilot.press("left")
            await settled(pilot)
            assert not clock.live
            await pilot.press("space")
            assert text(player) == "first"
            writer.output(12 * S, b"third\r\n")
            writer.flush()
            await until(pilot, lambda: clock.duration == 12 * S)
            assert text(player) == "first"
            await pilot.press("G")
            await until(pilot, lambda: "third" in text(player))
            assert clock.live
            writer.close()
            await until(pilot, lambda: not clock.growing)
            assert "the recording has ended" in player.status_line.text
            assert player.is_running
            assert not clock.playing

    run(test())


def test_waiting_for_the_first_output(writer):
    async def test():
        async with playing(writer.path, paused=False, follow=True) as (player, pilot):
            await until(pilot, lambda: "waiting for output" in player.status_line.text)
            writer.output(2 * S, b"here it is\r\n")
            writer.flush()
            await until(pilot, lambda: "here it is" in text(player))

    run(test())


def test_searching_finds_what_came_later(writer):
    async def test():
        writer.output(1 * S, b"one needle\r\n")
        writer.flush()
        async with playing(writer.path, paused=False, follow=True) as (player, pilot):
            await pilot.press("slash", *"needle", "enter")
            await until(pilot, lambda: player.state.hits == [1 * S])
            writer.output(5 * S, b"another needle\r\n")
            writer.flush()
            await until(pilot, lambda: player.state.clock.duration == 5 * S)
            await pilot.press("slash", *"needle", "enter")
            await until(pilot, lambda: player.state.hits == [1 * S, 5 * S])

    run(test())


@pytest.fixture
def recorder(tmp_path, monkeypatch):
    """`agentrec record` on a program that prints and waits; socket names have to be short."""
    with tempfile.TemporaryDirectory(prefix="a") as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        path = str(tmp_path / "live.ahr")
        script = "echo ready; read line; echo got $line"
        command = [sys.executable, "-m", "agentrec", "record", "-o", path, "--headless", "--"]
        work = tmp_path / "work"
        work.mkdir()
        command += ["sh", "-c", script]
        with subprocess.Popen(command, cwd=work, stdin=subprocess.PIPE) as process:
            while not (os.path.exists(path) and os.path.getsize(path) > 400):
                assert process.poll() is None
            yield process, path
            process.kill()


def test_the_files_are_kept_by_the_recorder(recorder):
    process, path = recorder

    async def test():
        async with playing(path, paused=False, follow=True) as (player, pilot):
            await until(pilot, lambda: "ready" in text(player))
            await pilot.press("S", *"by hand", "enter")
            await until(pilot, lambda: any("by hand" in p.label for p in player.state.markers))
            process.stdin.write(b"bye\n")
            process.stdin.close()
            await until(pilot, lambda: not player.state.clock.growing)

    run(test())
    process.wait(20)
    with Recording.open(path) as recording:
        said = {event.name: event.data for event in recording.events(tracks=("fs", "mark"))}
        labels = [event.data["label"] for event in recording.events(tracks=("fs", "mark"))]
    assert "by hand" in labels  # a snapshot, or a moment that names the one there is
    assert ("fs", "snapshot") in said


def test_a_finished_recording_takes_no_more_snapshots(writer):
    async def test():
        writer.output(1 * S, b"over\r\n")
        writer.close()
        async with playing(writer.path, size=(140, 30)) as (player, pilot):
            await pilot.press("S")
            assert "the recording has ended" in player.status_line.text
            assert not player.prompt.kind

    run(test())


def test_a_moment_reaches_the_recorder(recorder):
    process, path = recorder

    async def test():
        async with playing(path, paused=False, follow=True) as (player, pilot):
            await until(pilot, lambda: "ready" in text(player))
            await pilot.press("m", *"look", "enter")
            await until(pilot, lambda: player.state.markers)
            assert "look" in drawn(player) or "look" in player.status_line.text
            process.stdin.write(b"bye\n")
            process.stdin.close()
            await until(pilot, lambda: not player.state.clock.growing)

    run(test())
    process.wait(20)
    assert verify(path).state == "whole"
    with Recording.open(path) as recording:
        marks = list(recording.events(tracks=("mark",)))
    assert [(e.data["label"], e.data["source"]) for e in marks] == [("look", "player")]


def test_a_recorder_that_cannot_be_reached(writer, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    async def test():
        writer.output(1 * S, b"x")
        writer.flush()
        async with playing(writer.path, paused=False, follow=True) as (player, pilot):
            await pilot.press("m", *"x", "enter")
            await until(pilot, lambda: "cannot reach" in player.status_line.text)

    run(test())
