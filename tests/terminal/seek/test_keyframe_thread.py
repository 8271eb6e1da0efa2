"""Keyframes made while recording: there when it pays, and never in the way."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from agentrec.recording.layout import Layout
from agentrec.recording.reader import Recording
from agentrec.recording.verify import verify
from agentrec.recording.writer import Writer
from agentrec.terminal.seek import keyframe_builder, keyframe_thread
from agentrec.terminal.seek.keyframe_seal import seal
from agentrec.terminal.seek.keyframe_thread import KeyframeThread
from agentrec.terminal.seek.state_cache import producer
from agentrec.terminal.seek.timeline import Timeline
from tests.terminal.timelines import FromZero, state

HEADER = {"cols": 80, "rows": 24}


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_long_recording_comes_with_keyframes(tmp_path: Path) -> None:
    path, enough = tmp_path / "long.ahr", tmp_path / "enough"
    script = f"yes 'words in a line of text' | head -c 6000000; until [ -e {enough} ]; do sleep 0.1; done"
    argv = [sys.executable, "-m", "agentrec", "record", "-q", "--headless", "-o", str(path)]
    child = subprocess.Popen([*argv, "--", "sh", "-c", script], stdout=subprocess.DEVNULL)
    try:
        until(path.exists)
        until(lambda: kept(str(path)) > 0)
    finally:
        enough.touch()
        assert child.wait(60) == 0
    assert verify(str(path)).state == "whole"
    with Recording.open(str(path)) as recording, Timeline(recording) as line:
        layout = Layout(recording)
        zero = FromZero(list(recording.events()), recording.size)
        for place in layout.keyframes[:3]:
            made = layout.read_keyframe(place)
            assert made.producer == seal(producer(), made.seq, made.state())
            assert state(line.screen_after(place.seq)) == zero.after(place.seq)


def test_a_short_recording_does_not_load_the_engine(tmp_path: Path) -> None:
    script = (
        "import sys; from agentrec.cli.main import entry\n"
        "try: entry()\n"
        "finally: print(*sorted(m for m in sys.modules if 'ghostty' in m or 'cffi' in m))"
    )
    argv = ["record", "-q", "--headless", "-o", str(tmp_path / "short.ahr"), "--", "echo", "hi"]
    done = subprocess.run(
        [sys.executable, "-c", script, *argv], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["hi"]


def test_importing_the_maker_imports_nothing_heavy() -> None:
    script = "import sys, agentrec.terminal.seek.keyframe_thread; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"typing", "pathlib", "dataclasses", "pyghostty", "brotli", "json"}


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """A maker that looks often and finds little to be enough."""
    monkeypatch.setattr(keyframe_thread, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(keyframe_thread, "MIN_BYTES", 1)
    monkeypatch.setattr(keyframe_thread, "MIN_BYTES_AT_END", 1)
    monkeypatch.setattr(keyframe_builder, "MIN_PLAY_NS", 0)
    monkeypatch.setattr(keyframe_builder, "MAX_PLAY_NS", 0)


def start(path: str, patience: float) -> Writer:
    writer = Writer(path, HEADER)
    writer.attach(KeyframeThread(writer, catch_up_seconds=patience))
    writer.start()
    return writer


def kept(path: str) -> int:
    with Recording.open(path) as recording:
        return len(Layout(recording).keyframes)


def test_keyframes_come_while_output_is_calm(tmp_path: Path, eager: None) -> None:
    path = str(tmp_path / "calm.ahr")
    writer = start(path, 0)
    times = count()

    def calm() -> bool:
        writer.output(next(times), b"calm words\r\n")
        return kept(path) >= 3

    until(calm)
    writer.close()
    assert kept(path) >= 3
    assert verify(path).state == "whole"


def test_what_was_skipped_is_filled_in_at_the_end(tmp_path: Path, eager: None) -> None:
    path = str(tmp_path / "burst.ahr")
    writer = start(path, 30)
    for t in range(300):
        writer.output(t, b"bulk output\r\n" * 1000)
    writer.close()
    with Recording.open(path) as recording:
        assert max(place.seq for place in Layout(recording).keyframes) == 300
        assert recording.index.stored == 0


def test_without_patience_the_end_does_not_wait(tmp_path: Path, eager: None) -> None:
    path = str(tmp_path / "hurry.ahr")
    writer = start(path, -1)
    writer.output(0, b"x")
    writer.close()
    assert kept(path) == 0
    assert verify(path).state == "whole"


@pytest.mark.parametrize("trouble", ["removed", "size"])
def test_a_maker_that_cannot_work_harms_nothing(
    trouble: str, tmp_path: Path, eager: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "odd.ahr"
    if trouble == "size":
        monkeypatch.setitem(HEADER, "cols", 60_000)
        monkeypatch.setitem(HEADER, "rows", 60_000)
    writer = start(str(path), 1)
    if trouble == "removed":
        path.unlink()
    for t in range(20):
        writer.output(t, b"x")
        time.sleep(0.005)
    writer.close()
    assert writer.failure is None
    assert verify(str(path)).events == 20


def test_a_stream_is_not_read_back(tmp_path: Path, eager: None) -> None:
    """Recording to a pipe: reading it would take away what its reader waits for."""
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    reader = subprocess.Popen(["cat", path], stdout=subprocess.PIPE)
    assert reader.stdout
    try:
        writer = Writer(path, HEADER, overwrite=True)
        writer.attach(KeyframeThread(writer, catch_up_seconds=5))
        writer.start()
        for t in range(20):
            writer.output(t, b"some words ")
            time.sleep(0.005)
        writer.close()
        (tmp_path / "copy.ahr").write_bytes(reader.stdout.read())
    finally:
        reader.kill()
        reader.wait()
        reader.stdout.close()
    report = verify(str(tmp_path / "copy.ahr"))
    assert (report.state, report.events) == ("whole", 20)
