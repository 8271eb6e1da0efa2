"""Snapshots while recording: when they are taken, and that they harm nothing."""

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing

from agentrec.companions.snapshots import SnapshotsCompanion
from agentrec.recording.reader import Recording
from agentrec.snapshots.first_look.look_process import LookProcess
from agentrec.snapshots.lookup import recorded_snapshots
from tests.capture.terminal import environment
from tests.snapshots.helpers import fill

ME = shlex.join([sys.executable, "-P", "-m", "agentrec"])


def record(tmp_path, script, *options, work="work", setup=None, settings="share = 100"):
    folder = tmp_path / work
    folder.mkdir(exist_ok=True)
    if setup:
        setup(folder)
    path = tmp_path / "run.ahr"
    config = tmp_path / ".config/agentrec/config.toml"  # on a busy machine snapshots take long
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f"[snapshots]\n{settings}\n")
    line = [sys.executable, "-P", "-m", "agentrec", "record", "-q", "--headless", "-o", str(path)]
    done = subprocess.run(
        [*line, *options, "--", "sh", "-c", script],
        env=environment(tmp_path),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    with Recording.open(str(path)) as recording:
        return list(recording.events()), recorded_snapshots(recording)


def test_boundaries_of_tools_and_turns_become_snapshots(tmp_path):
    events, kept = record(
        tmp_path,
        f"""{ME} snapshot ready
        echo 1 >a; {ME} event tool call '{{"id": "t1", "name": "Write"}}' -q
        {ME} event tool result '{{"id": "t1"}}' -q; sleep 1.5
        echo 2 >b; {ME} event agent conversation '{{"session_id": "x"}}' -q
        {ME} event agent turn '{{"n": 2}}' -q; sleep 1.5
        {ME} event tool result '{{"id": "t2"}}' -q; sleep 1
        echo 3 >c""",
    )
    labels = [one.label for one in kept]
    assert labels == ["start", "after Write", "turn 2", "end"]
    by_label = {one.label: one.record.data for one in kept}
    assert [by_label[label]["files"] for label in labels] == [0, 1, 2, 3]
    result = next(e for e in events if e.name == ("tool", "result"))
    assert by_label["after Write"]["at_seq"] == result.seq
    conversation = next(e for e in events if e.name == ("agent", "conversation"))
    assert by_label["turn 2"]["conversation"] == conversation.seq
    assert "conversation" not in kept[0].record.data


def test_many_events_at_once_are_one_snapshot(tmp_path):
    _, kept = record(
        tmp_path,
        f"""{ME} snapshot ready
        for n in 1 2 3 4 5 6 7 8; do
            echo $n >f$n
            printf '%s\\n' '{{"track":"tool","kind":"result","data":{{"id":"x"}}}}' 1<>"$AGENTREC_EVENTS"
        done; sleep 2""",
    )
    assert 2 <= len(kept) <= 4
    assert kept[-1].record.data["files"] == 8


def test_none_when_told_so_or_refused_and_the_reason_is_kept(tmp_path):
    events, kept = record(tmp_path, "sleep 0.8", "--no-snapshots")
    assert kept == []
    (tmp_path / "run.ahr").unlink()
    events, kept = record(tmp_path, "sleep 1.5", work=".")
    assert kept == []
    why = [e.data for e in events if e.kind == "dropped" and e.data["what"] == "snapshots"]
    assert len(why) == 1
    assert "home directory" in why[0]["reason"]
    (tmp_path / "run.ahr").unlink()
    events, kept = record(tmp_path, "sleep 1", settings="enabled = false")
    assert kept == []
    assert not [e for e in events if e.kind == "dropped" and e.data["what"] == "snapshots"]


def test_a_short_command_waits_for_nothing(tmp_path):
    events, kept = record(tmp_path, "true")
    assert kept == []
    assert events[-1].name == ("term", "exit")


def test_a_short_command_that_changes_files_has_snapshots(tmp_path):
    events, kept = record(
        tmp_path, "echo 2 >a; rm b", setup=lambda it: fill(it, {"a": "1", "b": "1"})
    )
    assert [(one.label, one.t == 0, one.record.files) for one in kept] == [
        ("start", True, 2),
        ("end", False, 1),
    ]
    assert kept[1].record.changed == 2
    assert events[-1].name == ("term", "exit")


def test_the_first_snapshot_has_the_time_of_the_start(tmp_path):
    events, kept = record(tmp_path, f"{ME} mark one; echo 1 >a; sleep 1")
    taken = next(e for e in events if e.kind == "snapshot")
    assert taken.t > 0
    assert (taken.data["at_ns"], kept[0].t) == (0, 0)
    assert "conversation" not in taken.data


WRITES = f"""{ME} snapshot ready; {ME} snapshot again
for n in 1 2 3; do echo $n >a/new$n; echo $n >b/old; {ME} snapshot $n; done"""


def test_a_watched_directory_has_every_change(tmp_path):
    _, kept = record(
        tmp_path,
        WRITES,
        setup=lambda it: fill(it, {"a/x": "1", "b/old": "0", "c/d/e": "1"}),
        settings="share = 100\nwatch-from = 0",
    )
    assert not [one.label for one in kept if one.record.scanned]
    by_label = {one.label: one for one in kept}
    for number in (1, 2, 3):
        one = by_label[str(number)]
        assert (one.record.files, one.record.changed) == (3 + number, 2)
        store, taken = one.open(environment(tmp_path))
        with closing(store):
            assert store.read(taken, f"a/new{number}") == store.read(taken, "b/old")
            assert store.read(taken, "b/old") == b"%d\n" % number


def test_a_large_directory_that_cannot_be_watched_is_told(tmp_path):
    _, kept = record(
        tmp_path,
        WRITES,
        settings="share = 100\nwatch-from = 0\nwatch-share = 0",
        setup=lambda it: fill(it, {"a/x": "1", "b/old": "0"}),
    )
    why = "the directories need more than 0 inotify watches"
    assert {one.record.scanned for one in kept[-3:]} == {why}
    line = [sys.executable, "-P", "-m", "agentrec", "snapshots", str(tmp_path / "run.ahr")]
    listed = subprocess.run(
        line, env=environment(tmp_path), capture_output=True, text=True, check=True
    )
    assert f"every file was looked at: {why}\n" in listed.stdout


def test_a_first_look_that_is_killed_is_made_up_for(tmp_path, monkeypatch):
    folder = tmp_path / "work"
    folder.mkdir()
    fill(folder, {"a": "1"})
    env = environment(tmp_path)
    look = LookProcess(os.path.realpath(folder), str(folder), env)
    companion = SnapshotsCompanion("run", env, look)
    companion.prepare(["true"], env, str(folder))
    os.kill(look.pid, signal.SIGKILL)
    added = []
    companion.start(lambda track, kind, data: added.append((track, kind, data)), 0)
    deadline = time.monotonic() + 60
    while not added and time.monotonic() < deadline:
        companion.tick()
    companion.stop()
    track, kind, data = added[0]
    assert (track, kind, data["label"], data["late"]) == ("fs", "snapshot", "start", True)


def test_without_a_look_nothing_starts_with_the_command(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    companion = SnapshotsCompanion("run", environment(tmp_path), None)
    companion.prepare(["true"], {}, str(folder))
    companion.start(lambda *_: 0, 0)
    companion.tick()  # waits for a part of the delay
    assert not workers(folder)
    companion.stop()
    assert not workers(folder)


KILL = """
import os, signal, sys
for name in os.listdir("/proc"):
    if name.isdigit():
        try:
            words = open(f"/proc/{name}/cmdline").read().split("\\0")
        except OSError:
            continue
        if "agentrec.snapshots.worker" in words and os.environ["AGENTREC_SESSION"] in words:
            os.kill(int(name), signal.SIGKILL)
            print("killed")
"""


def test_a_killed_worker_is_replaced(tmp_path):
    kill = shlex.join([sys.executable, "-c", KILL])
    events, kept = record(
        tmp_path,
        f"{ME} snapshot one; {kill}; echo 1 >a; {ME} snapshot two; echo 2 >b; {ME} snapshot three",
    )
    assert b"killed" in b"".join(e.data for e in events if e.kind == "output")
    moments = [e.data["label"] for e in events if e.name == ("mark", "moment")]
    assert moments == ["one"]  # nothing had changed since the start
    assert [one.label for one in kept] == ["start", "two", "three"]
    assert kept[-1].record.data["files"] == 2


def test_a_snapshot_that_fails_is_a_moment_with_its_reason(tmp_path):
    gone = "rm -rf .local/share/agentrec/snapshots/*/git"
    events, kept = record(
        tmp_path,
        f"""{ME} snapshot one; echo 1 >a; (cd ..; {gone}; {gone})
        {ME} snapshot two; echo $?; {ME} snapshot three; echo 2 >b; sleep 1""",
    )
    moments = [e.data["label"] for e in events if e.name == ("mark", "moment")]
    assert moments[0] == "one"  # nothing had changed since the start
    assert len(moments) == 2
    assert moments[1].startswith("no snapshot: cannot write the snapshot: No such file")
    labels = [(one.id, one.label) for one in kept]
    assert labels == [("s1", "start"), ("s2", "three"), ("s3", "end")]
    assert [one.record.data["parent"] for one in kept] == [None, None, "s2"]
    assert events[-1].data["code"] == 0


def test_a_killed_recorder_leaves_no_worker_and_a_store_that_goes_on(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    fill(folder, {"a": "1"})
    path = tmp_path / "run.ahr"
    line = [sys.executable, "-P", "-m", "agentrec", "record", "-q", "--headless", "-o", str(path)]
    script = f"{ME} snapshot one; sleep 0.5; echo up >up; exec sleep 30"
    child = subprocess.Popen(
        [*line, "--", "sh", "-c", script],
        env=environment(tmp_path),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not (folder / "up").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    while workers(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not workers(folder)
    with Recording.open(str(path)) as recording:
        assert [one.label for one in recorded_snapshots(recording)] == ["start"]
    path.unlink()
    _, kept = record(tmp_path, f"{ME} snapshot again")
    assert kept[0].record.data["files"] == 2


def workers(folder):
    """Worker processes for this directory."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline") as file:
                words = file.read().split("\0")
        except OSError:
            continue
        if "agentrec.snapshots.worker" in words and str(folder) in words:
            found.append(int(name))
    return found


def test_nothing_wakes_it_until_a_snapshot_is_due():
    companion = SnapshotsCompanion("x", {}, None)
    looks = []
    companion._due_at = lambda: (looks.append(1), usual())[1]
    usual = SnapshotsCompanion._due_at.__get__(companion)
    waiting = threading.Thread(target=companion.tick)
    waiting.start()
    time.sleep(1)
    assert waiting.is_alive()
    assert len(looks) == 1
    companion.on_event(7, "tool", "result", {"name": "Bash"})
    waiting.join(20)
    assert not waiting.is_alive()
    assert companion._due_at() == 0.0  # at once
