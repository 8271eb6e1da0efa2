import os
import resource
import stat
import subprocess
import sys
import threading
import time

import pytest

from agentrec.errors import OutputError
from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.recording.verify import verify
from agentrec.recording.writer import BURST_BYTES, Writer
from tests.recording.helpers import HEADER, read, write


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "out.ahr")


def started(path, **options):
    writer = Writer(path, HEADER, **options)
    writer.start()
    return writer


def test_everything_comes_back_in_order_with_times(path):
    writer = started(path)
    writer.output(1000, b"one")
    writer.resize(2000, 100, 30)
    assert writer.event(3000, "mark", "moment", {"label": "x", "source": "test"}, actor="me") == 2
    writer.input(2500, b"late")  # another thread's clock reading came in late
    writer.close()

    _, events, damage = read(path)
    assert [(e.seq, e.t, e.name, e.data, e.actor) for e in events] == [
        (0, 1000, ("term", "output"), b"one", None),
        (1, 2000, ("term", "resize"), {"cols": 100, "rows": 30}, None),
        (2, 3000, ("mark", "moment"), {"label": "x", "source": "test"}, "me"),
        (3, 3000, ("term", "input"), b"late", None),
    ]
    assert damage == []


def test_an_idle_terminal_is_in_the_file_without_any_further_event(path):
    writer = started(path)
    writer.output(0, b"prompt$ ")
    deadline = time.monotonic() + 20
    while not read(path)[1] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert read(path)[1][0].data == b"prompt$ "
    writer.close()


def test_a_burst_is_stored_first_and_compressed_at_close(path):
    writer = started(path)
    line = b"the same line again and again\r\n" * 100
    while writer.seq < 4 * BURST_BYTES // len(line):
        writer.output(writer.seq * 1000, line)
    writer.flush()
    stored = os.path.getsize(path)
    writer.close()

    assert stored > BURST_BYTES
    assert os.path.getsize(path) < stored / 20
    assert b"".join(e.data for e in read(path)[1]) == line * writer.seq
    assert verify(path).state == "whole"


def test_closing_without_compaction_leaves_a_whole_file(path):
    writer = started(path)
    writer.output(0, os.urandom(BURST_BYTES))
    writer.flush()
    writer.close(compact=False)
    assert verify(path).state == "whole"
    with Recording.open(path) as recording:
        assert recording.index.stored == BURST_BYTES


def in_small_chunks(path, screens, *, compact=True):
    """Sizes of the file before and after ``close``; its events."""
    writer = Writer(path, HEADER)
    writer.start()
    words = b"the agent thinks about the answer and says how far it has come "
    for number in range(screens):
        screen = b"\x1b[H" + words * 3 + b"%d\x1b[K\r\n" % number
        writer.output(number * 1000, screen)
        writer.flush()
    before = os.stat(path).st_size, os.stat(path).st_ino
    writer.close(compact=compact)
    return before, (os.stat(path).st_size, os.stat(path).st_ino), read(path)[1]


def test_what_came_in_many_small_chunks_is_compressed_as_a_whole_at_close(tmp_path):
    before, after, events = in_small_chunks(str(tmp_path / "a"), 300)
    _, _, same = in_small_chunks(str(tmp_path / "b"), 300, compact=False)
    assert after[0] < before[0] * 0.5
    assert events == same
    assert verify(str(tmp_path / "a")).state == "whole"


def test_a_small_recording_is_left_as_it_is(tmp_path):
    before, after, _ = in_small_chunks(str(tmp_path / "a"), 3)
    assert after[1] == before[1]  # the same file, with its index


def test_events_of_many_threads_have_one_gap_free_sequence(path):
    writer = started(path)
    seqs = []

    def work(name):
        now = time.monotonic_ns
        seqs.extend(writer.event(now(), "tool", "call", {"n": n}, actor=name) for n in range(500))

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()

    _, events, _ = read(path)
    assert sorted(seqs) == [e.seq for e in events] == list(range(2000))
    assert [e.t for e in events] == sorted(e.t for e in events)
    for name in ("t0", "t3"):
        assert [e.data["n"] for e in events if e.actor == name] == list(range(500))


def test_a_file_is_private_and_never_overwritten_by_accident(path):
    started(path).close()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with pytest.raises(OutputError, match="already exists"):
        Writer(path, HEADER)
    os.chmod(path, 0o644)
    writer = started(path, overwrite=True)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with pytest.raises(OutputError, match="being recorded"):
        Writer(path, HEADER, overwrite=True)
    writer.close()


@pytest.mark.parametrize("name", ["", "missing/out.ahr", "/dev/full", "/proc/nowhere/x.ahr"])
def test_a_target_that_cannot_be_written_is_said_at_once(tmp_path, name):
    target = str(tmp_path / name)
    with pytest.raises(OutputError, match="cannot write") as caught:
        Writer(target, HEADER, overwrite=True)
    assert "Errno" not in str(caught.value)


def test_a_full_disk_keeps_what_was_written_and_stops_quietly(tmp_path):
    """In a process of its own, whose files may not grow over 100 kB."""
    path = str(tmp_path / "full.ahr")
    script = f"""
import os, signal
from agentrec.recording.writer import Writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
writer = Writer({path!r}, {{"cols": 80, "rows": 24}})
writer.start()
for n in range(300):
    writer.output(n * 1000, os.urandom(1000))
    writer.flush()
writer.close()
print(writer.failure, writer.pending)
"""
    limit = (100_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
    )
    assert done.stdout == "[Errno 27] File too large 0\n", done.stderr
    _, events, damage = read(path)
    assert len(events) > 80
    assert damage == []  # the torn last frame was cut off
    assert verify(path).state == "torn"


def test_a_removed_file_is_there_again_at_the_end(tmp_path):
    path = tmp_path / "dir" / "out.ahr"
    path.parent.mkdir()
    writer = started(str(path))
    writer.output(0, b"before")
    writer.flush()
    path.unlink()
    path.parent.rmdir()
    writer.output(1, b"after")
    writer.close()
    assert writer.failure is None
    assert [e.data for e in read(path)[1]] == [b"before", b"after"]


def test_a_removed_directory_that_cannot_come_back_is_a_failure(tmp_path):
    path = tmp_path / "dir" / "out.ahr"
    path.parent.mkdir()
    writer = started(str(path))
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("a file in the way")
    writer.close()
    assert isinstance(writer.failure, OSError)


def test_the_record_path_stays_light():
    """What a recording process imports before its child runs."""
    script = "import sys, agentrec.recording.writer; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert not {"dataclasses", "typing", "pathlib", "textual", "rich", "brotli", "hashlib"} & set(
        done.stdout.split()
    )


NO_THREADS = """
import resource, sys, threading
from agentrec.recording.writer import Writer
writer = Writer(sys.argv[1], {"cols": 80, "rows": 24})
writer.output(0, bytes(32 << 20))
threading.stack_size(1 << 30)  # address space for one more thread there is not
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (256 << 20), used + (256 << 20)))
writer.start()
writer.output(1, b"more")
print(writer.pending, writer.failure)
writer.flush()
writer.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_where_no_thread_can_start_nobody_waits_for_the_writer(tmp_path):
    path = tmp_path / "a.ahr"
    done = subprocess.run(
        [sys.executable, "-c", NO_THREADS, path], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "0 can't start new thread\n"
    assert read(path)[1] == []


def test_a_file_that_took_the_name_is_left_alone(tmp_path):
    """The user moved the recording that is being made, and something else stands in its place."""
    path = tmp_path / "a.ahr"
    writer = Writer(str(path), HEADER)
    writer.start()
    writer.output(0, b"x" * (1 << 20))  # stored, so that closing it wants to compress it
    writer.flush()
    path.rename(tmp_path / "b.ahr")
    other = write(path, [Event(0, 0, "term", "output", b"other" * 20_000)], quality=0)
    before = os.stat(other)
    writer.close()
    assert writer.failure is None
    assert os.path.samestat(before, os.stat(other))
    assert read(tmp_path / "b.ahr")[1][0].data == b"x" * (1 << 20)
