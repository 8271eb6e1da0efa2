"""Processes below a recorded command: real ones, reported by the kernel and found by scans."""

import os
import subprocess
import sys
import time

import pytest

from agentrec.companions import processes
from agentrec.companions.processes import ProcessesCompanion
from tests.capture.terminal import RECORD, environment, events, of_kind
from tests.companions.processes.helpers import LINUX, NETLINK


def watch(script, **options):
    """The events about the processes of a real shell."""
    found = []
    with subprocess.Popen(["sh", "-c", script]) as child:
        companion = ProcessesCompanion(**options)
        companion.start(lambda track, kind, data, **_: found.append((track, kind, data)), child.pid)
        while child.poll() is None:
            time.sleep(min(companion.tick() or 0.01, 0.05))
        companion.stop()
    assert all(each[:2] == ("sys", "process") for each in found)
    return [data for _, _, data in found]


@LINUX
@NETLINK
def test_the_kernel_reports_even_of_short_programs(tmp_path):
    found = watch(f"sleep 0.3; cd {tmp_path}; true x; sh -c 'sleep 0.25; exit 7'; sleep 0.3; :")
    by_name = {tuple(data["argv"][:2]): data for data in found}
    assert by_name["sh", "-c"]["exit"] == 7
    assert by_name["sh", "-c"]["cwd"] == str(tmp_path)
    assert by_name["sleep", "0.25"]["ppid"] == by_name["sh", "-c"]["pid"]
    assert by_name["sleep", "0.3"]["exit"] == 0
    assert by_name["sleep", "0.3"]["duration_ms"] > 100


@LINUX
def test_scans_find_what_lives_longer():
    found = watch("sh -c 'sleep 0.7; exit 7'; :", use_netlink=False)
    names = [data["argv"] for data in found]
    assert ["sleep", "0.7"] in names
    assert ["sh", "-c", "sleep 0.7; exit 7"] in names
    assert all(data["exit"] in (None, 0, 7) for data in found)


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


@NETLINK
@pytest.mark.parametrize(("burst", "is_known"), [(1.0, True), (0.0, False)])
def test_changes_are_unknown_while_events_may_wait(monkeypatch, burst, is_known):
    monkeypatch.setattr(processes, "CPU_BURST_SECONDS", burst)
    companion = ProcessesCompanion()
    companion.start(lambda *_: 0, os.getpid())
    time.sleep(companion.tick())
    rest = companion.tick()
    assert (companion.changes is not None) is is_known is (rest == 0)
    companion.stop()
