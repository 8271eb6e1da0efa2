"""Packing: in the background, alone, at once or not at all."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agentrec.locks import try_lock
from agentrec.recording import packing_queue, rewrite
from agentrec.recording.append import append_moment
from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.recording.verify import verify
from agentrec.recording.writer import Writer
from agentrec.terminal.seek import packing
from tests.capture.terminal import PATIENCE, environment

LINE = b"\x1b[32mthe same line\x1b[0m again and again, number %d\r\n"


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def unpacked(path: Path, size: int = 12 << 20) -> list[Event]:
    """A finished recording as a recorder leaves it; its events."""
    writer = Writer(str(path), {"cols": 80, "rows": 24})
    writer.start()
    written = number = 0
    while written < size:
        data = b"".join(LINE % (number + n) for n in range(1000))
        writer.output(number * 1000, data)
        number += 1000
        written += len(data)
    writer.close(compact=False)
    assert writer.packable == written
    return events(path)


def events(path: Path) -> list[Event]:
    with Recording.open(str(path)) as recording:
        return list(recording.events())


def test_a_packed_recording_is_smaller_has_keyframes_and_the_same_events(tmp_path: Path) -> None:
    path = tmp_path / "a.ahr"
    before, old = unpacked(path), path.stat()
    assert packing.pack(str(path))
    assert events(path) == before
    assert path.stat().st_size < old.st_size / 5
    assert (path.stat().st_mtime_ns, path.stat().st_mode) == (old.st_mtime_ns, old.st_mode)
    assert verify(str(path)).state == "whole"
    with Recording.open(str(path)) as recording:
        assert len(recording.index.keyframes) > 1
        starts = [entry[0] for entry in recording.index.segments]
        assert all(entry[0] > starts[0] for entry in recording.index.keyframes)
    assert [name for name in os.listdir(tmp_path) if name != "a.ahr"] == []


def test_a_recording_in_progress_is_left_alone(tmp_path: Path) -> None:
    writer = Writer(str(tmp_path / "a.ahr"), {})
    writer.start()
    writer.output(0, os.urandom(1 << 20))
    writer.flush()
    assert not packing.pack(writer.path)
    writer.close()


def test_a_mark_set_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ahr"
    unpacked(path)
    replace = rewrite._replace

    def mark_first(*arguments: object) -> bool:
        append_moment(str(path), 0, "meanwhile", "cli")
        return replace(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(rewrite, "_replace", mark_first)
    assert not packing.pack(str(path))
    monkeypatch.undo()
    assert packing.pack(str(path))
    marks = [event.data for event in events(path) if event.track == "mark"]
    assert [data["label"] for data in marks if isinstance(data, dict)] == ["meanwhile"]
    append_moment(str(path), 0, "afterwards", "cli")
    assert verify(str(path)).state == "whole"


def test_the_queue_is_worked_off_by_one_process(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path)}
    for name in "abc":
        unpacked(tmp_path / name, 1 << 20)
        packing_queue.add(str(tmp_path / name), env)
    packing_queue.add(str(tmp_path / "gone"), env)
    lock = os.open(Path(packing_queue.folder(env)) / packing_queue.LOCK, os.O_RDWR | os.O_CREAT)
    assert try_lock(lock)
    assert packing_queue.is_running(env)
    packing.work_off(env)
    assert len(packing_queue.waiting(env)) == 4
    os.close(lock)
    packing.work_off(env)
    assert packing_queue.waiting(env) == {}
    assert all((tmp_path / name).stat().st_size < 100_000 for name in "abc")


def test_what_cannot_be_packed_does_not_stay_for_ever(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path)}
    (tmp_path / "no recording").write_text("text")
    packing_queue.add(str(tmp_path / "no recording"), env)
    packing.work_off(env)
    assert packing_queue.waiting(env) == {}


@pytest.mark.parametrize("after", [0.05, 0.2, 0.5])
def test_a_killed_worker_leaves_a_whole_recording_and_its_work(
    tmp_path: Path, after: float
) -> None:
    path = tmp_path / "a.ahr"
    before = unpacked(path, 24 << 20)
    env = environment(tmp_path)
    packing_queue.add(str(path), env)
    worker = subprocess.Popen([sys.executable, "-m", packing.__name__], env=env)
    time.sleep(after)
    worker.kill()
    worker.wait()
    assert events(path) == before
    assert verify(str(path)).state == "whole"
    packing.work_off(env)
    assert packing_queue.waiting(env) == {}
    assert events(path) == before


def test_the_recorder_does_not_wait_and_its_terminal_may_close(tmp_path: Path) -> None:
    env = environment(tmp_path)
    flood = "head -c 8000000 /dev/zero | tr '\\0' 'x' | fold"
    record = [sys.executable, "-m", "agentrec", "record", "-q", "--no-snapshots", "-o"]
    line = shlex.join([*record, "run.ahr", "--", "sh", "-c", flood])
    # `script` is a terminal that closes when its command has ended.
    done = subprocess.run(
        ["script", "-qec", line, "/dev/null"],
        env=env,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=PATIENCE,
    )
    assert done.returncode == 0
    path = tmp_path / "run.ahr"
    until(lambda: not packing_queue.waiting(env))
    assert path.stat().st_size < 400_000
    assert verify(str(path)).state == "whole"
    until(lambda: not packing_queue.is_running(env))


@pytest.mark.parametrize("how", ["--wait", "CI"])
def test_in_ci_and_with_wait_nothing_is_left_to_do(tmp_path: Path, how: str) -> None:
    env = environment(tmp_path) | ({"CI": "true"} if how == "CI" else {})
    options = ["--wait"] if how == "--wait" else []
    flood = "head -c 8000000 /dev/zero | tr '\\0' 'x' | fold"
    record = [sys.executable, "-m", "agentrec", "record", "-q", "--no-snapshots", *options]
    argv = [*record, "-o", "run.ahr", "--tty", "--", "sh", "-c", flood]
    subprocess.run(
        argv, env=env, cwd=tmp_path, stdout=subprocess.DEVNULL, check=True, timeout=PATIENCE
    )
    assert (tmp_path / "run.ahr").stat().st_size < 400_000
    assert not Path(packing_queue.folder(env)).exists()


def test_verify_and_doctor_say_what_waits(tmp_path: Path) -> None:
    env = environment(tmp_path)
    unpacked(tmp_path / "a.ahr", 1 << 20)
    packing_queue.add(str(tmp_path / "a.ahr"), env)

    def said(*arguments: str) -> str:
        argv = [sys.executable, "-m", "agentrec", *arguments]
        return subprocess.run(argv, env=env, cwd=tmp_path, capture_output=True, text=True).stdout

    assert "is being packed" in said("verify", "a.ahr")
    assert "1 recording waiting" in said("doctor")
    assert "packing" in said("ls", "--folder", ".")
    packing.work_off(env)
    assert "is being packed" not in said("verify", "a.ahr")
    assert "nothing to do" in said("doctor")


def test_the_worker_ignores_the_end_of_its_terminal(tmp_path: Path) -> None:
    """It has a session of its own from its first instruction on."""
    env = environment(tmp_path)
    unpacked(tmp_path / "a.ahr", 24 << 20)
    packing_queue.add(str(tmp_path / "a.ahr"), env)
    script = (
        "import os, signal; from agentrec.recording import packing_queue as q\n"
        "q.start_worker(os.environ); os.killpg(0, signal.SIGHUP)"
    )
    ended = subprocess.run([sys.executable, "-c", script], env=env, start_new_session=True)
    assert ended.returncode == -signal.SIGHUP
    until(lambda: not packing_queue.waiting(env))
