"""Processes below a recorded command: the tree as a table, and real ones, told and looked for."""

import os
import subprocess
import sys
import time

import pytest

from agentrec.capture.throttle import Pace
from agentrec.companions.processes import procfs
from agentrec.companions.processes.netlink import EXEC, EXIT, FORK, ProcEvents
from agentrec.companions.processes.watcher import ProcessWatcher, Tree
from tests.capture.terminal import RECORD, environment, events, of_kind

LINUX = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="no /proc here")


def told(tree):
    return [(e["pid"], e["argv"], e["exit"], e.get("signal"), e.get("running")) for e in tree.ended]


def test_a_program_with_its_end():
    tree = Tree(10)
    tree.forked(10, 11, 1.0)
    tree.forked(11, 12, 1.1)
    tree.forked(99, 13, 1.1)
    tree.executed(11, ["sh", "-c", "x"], "/w")
    tree.executed(11, ["x"], "/w")
    tree.executed(12, ["y"], "/w")
    tree.exited(12, 2.1, 3 << 8)
    tree.exited(11, 3.0, 9)
    tree.exited(13, 3.0, 0)
    assert told(tree) == [(12, ["y"], 3, None, None), (11, ["x"], None, 9, None)]
    assert [e["duration_ms"] for e in tree.ended] == [1000.0, 2000.0]
    assert tree.ended[0]["ppid"] == 11
    assert tree.pids == []


def test_a_fork_that_runs_nothing_else_is_not_told():
    tree = Tree(10)
    tree.forked(10, 11, 1.0)
    tree.exited(11, 2.0, 0)
    assert told(tree) == []


def test_what_still_runs_is_told_as_running():
    tree = Tree(10)
    tree.forked(10, 11, 1.0)
    tree.executed(11, ["server"], "/")
    tree.finish(5.0)
    assert told(tree) == [(11, ["server"], None, None, True)]


def test_hooks_of_our_own_are_not_told():
    tree = Tree(10, "/run/agentrec/hooks-")
    tree.forked(10, 11, 1.0)
    tree.executed(11, ["sh", "-c", "cat >>/run/agentrec/hooks-7/events"], "/")
    tree.forked(11, 12, 1.0)
    tree.executed(12, ["cat"], "/")
    tree.exited(12, 2.0, 0)
    tree.exited(11, 2.0, 0)
    tree.forked(10, 13, 2.0)
    tree.executed(13, ["cat"], "/")
    tree.exited(13, 3.0, 0)
    assert told(tree) == [(13, ["cat"], 0, None, None)]


def test_a_core_dump_is_a_signal():
    tree = Tree(10)
    tree.forked(10, 11, 1.0)
    tree.executed(11, ["x"], "/")
    tree.exited(11, 2.0, 0x80 | 11)
    assert told(tree) == [(11, ["x"], None, 11, None)]


def test_a_storm_is_bounded_and_counted():
    tree = Tree(10)
    for pid in range(100, 3100):
        tree.forked(10, pid, 1.0)
        tree.executed(pid, ["x"], "/")
        tree.exited(pid, 1.0, 0)
    assert len(tree.ended) + tree.dropped == 3000
    assert 0 < len(tree.ended) < 1000


def watch(script, **options):
    """What a watcher tells of the processes of a real shell."""
    found = []
    with subprocess.Popen(["sh", "-c", script]) as child:
        watcher = ProcessWatcher(**options)
        watcher.start(lambda track, kind, data, **_: found.append((track, kind, data)), child.pid)
        while child.poll() is None:
            time.sleep(min(watcher.tick() or 0.01, 0.05))
        watcher.stop()
    assert all(each[:2] == ("sys", "process") for each in found)
    return [data for _, _, data in found]


def listening():
    try:
        ProcEvents().close()
    except OSError:
        return False
    return True


TOLD = pytest.mark.skipif(not listening(), reason="the kernel does not let us listen here")


@LINUX
@TOLD
def test_the_kernel_tells_even_of_short_programs(tmp_path):
    found = watch(f"sleep 0.3; cd {tmp_path}; true x; sh -c 'sleep 0.05; exit 7'; sleep 0.3; :")
    by_name = {tuple(data["argv"][:2]): data for data in found}
    assert by_name["sh", "-c"]["exit"] == 7
    assert by_name["sh", "-c"]["cwd"] == str(tmp_path)
    assert by_name["sleep", "0.05"]["ppid"] == by_name["sh", "-c"]["pid"]
    assert by_name["sleep", "0.3"]["exit"] == 0
    assert by_name["sleep", "0.3"]["duration_ms"] > 100


@LINUX
@TOLD
def test_the_kernels_events_have_the_right_numbers():
    source = ProcEvents()
    child = subprocess.Popen(["sh", "-c", "exit 5"])
    child.wait()
    seen = []
    deadline = time.monotonic() + 10
    while not any(pid == child.pid and what == EXIT for what, pid, _, _ in seen):
        seen += source.read(1000)
        assert time.monotonic() < deadline
    source.close()
    ours = [(what, parent, status) for what, pid, parent, status in seen if pid == child.pid]
    assert (EXIT, 0, 5 << 8) in ours
    assert any(what == EXEC for what, _, _ in ours)
    assert any(what == FORK and parent == os.getpid() for what, parent, _ in ours)


@LINUX
def test_looking_finds_what_lives_longer():
    found = watch("sh -c 'sleep 0.7; exit 7'; :", listen=False)
    names = [data["argv"] for data in found]
    assert ["sleep", "0.7"] in names
    assert ["sh", "-c", "sleep 0.7; exit 7"] in names
    assert all(data["exit"] in (None, 0, 7) for data in found)


@LINUX
def test_what_proc_tells():
    with subprocess.Popen(["sleep", "30"], cwd="/") as child:
        assert child.pid in procfs.children(os.getpid())
        deadline = time.monotonic() + 10
        while procfs.command_line(child.pid) != ["sleep", "30"]:
            assert time.monotonic() < deadline
        assert procfs.directory(child.pid) == "/"
        assert procfs.state(child.pid) == (True, None)
        child.kill()
        while procfs.state(child.pid)[0]:
            assert time.monotonic() < deadline
        assert procfs.state(child.pid) == (False, 9)
    assert procfs.state(child.pid) == (False, None)
    assert procfs.command_line(child.pid) == []
    assert procfs.children(child.pid) == []
    assert procfs.directory(child.pid) == ""


def test_pace_asks_for_rest_in_proportion():
    pace = Pace(0.01, 0.02)
    assert pace.rest() == 0
    begun = time.thread_time()
    while time.thread_time() - begun < 0.12:
        pass
    assert pace.rest() > 2  # 0.1 s over what may be used at once, at a hundredth


@LINUX
def test_secrets_in_arguments_are_masked_in_a_recording(tmp_path):
    path = tmp_path / "a.ahr"
    script = f"sleep 0.3; {sys.executable} -c 'import time; time.sleep(0.6)' --token hunter2abc; :"
    done = subprocess.run(
        [*RECORD, "-q", "--headless", "-o", str(path), "--", "sh", "-c", script],
        env=environment(tmp_path),
        timeout=60,
    )
    assert done.returncode == 0
    found = [data["argv"] for data in of_kind(path, "sys", "process")]
    masked = next(argv for argv in found if "--token" in argv)
    assert masked[-1] != "hunter2abc"
    assert not any("hunter2abc" in str(e.data) for e in events(path))
