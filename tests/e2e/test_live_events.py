"""Events handed to a running recording: by command, by socket, and by a line in the pipe."""

import os
import shlex
import socket
import subprocess
import sys
import time

from tests.capture.terminal import RECORD, environment, events, of_kind

ME = shlex.join([sys.executable, "-m", "agentrec"])


def record(tmp_path, script, *options, **more):
    path = tmp_path / "run.ahr"
    done = subprocess.run(
        [*RECORD, "--headless", "-o", str(path), *options, "--", "sh", "-c", script],
        env=environment(tmp_path, **more),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done, path


def refused(path):
    """How many requests the recorder says it did not take."""
    dropped = [it for it in of_kind(path, "sys", "dropped") if it["what"] == "requests"]
    return sum(it["count"] for it in dropped)


def test_notes_and_events_stand_after_the_output_before_them(tmp_path):
    done, path = record(
        tmp_path,
        f"""echo before; {ME} note 'think again'; echo between
        {ME} event sys deploy '{{"target": "staging"}}' --span s1 --parent p --actor me""",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = [e for e in events(path) if e.track != "term" or e.kind == "output"]
    note = next(e for e in found if e.name == ("mark", "note"))
    assert note.data == {"text": "think again", "source": "cli"}
    deploy = next(e for e in found if e.name == ("sys", "deploy"))
    assert deploy.data == {"target": "staging"}
    assert (deploy.span, deploy.parent, deploy.actor) == ("s1", "p", "me")

    def shown(limit):
        return b"".join(e.data for e in found if e.kind == "output" and e.seq < limit.seq)

    assert b"before" in shown(note)
    assert b"between" not in shown(note)
    assert b"between" in shown(deploy)


def test_a_line_in_the_pipe_is_an_event_at_its_place(tmp_path):
    done, path = record(
        tmp_path,
        r"""echo before
        printf '%s\n' '{"track": "sys", "kind": "hook", "data": {"n": 1}}' 1<>"$AGENTREC_EVENTS"
        printf '%s\n' 'no json' '{"op": "note", "text": "n"}' '[1]' 1<>"$AGENTREC_EVENTS"
        sleep 0.3; echo after; echo "$AGENTREC_EVENTS" >where""",
        "--quiet",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = events(path)
    hook = next(e for e in found if e.name == ("sys", "hook"))
    assert hook.data == {"n": 1}
    output = {e.data.strip(): e.seq for e in found if e.kind == "output"}
    assert output[b"before"] < hook.seq < output[b"after"]
    assert of_kind(path, "mark", "note") == [{"text": "n", "source": "cli"}]
    assert refused(path) == 2
    assert not os.path.lexists((tmp_path / "where").read_text().strip())


def test_what_makes_no_sense_is_refused_with_a_line(tmp_path):
    done, path = record(
        tmp_path,
        f"""for it in 'term output' 'mark moment' 'fs snapshot' 'SYS x' 'sys ../x'; do
          {ME} event $it; echo $?; done
        {ME} event sys x '[]'; echo $?; {ME} event sys x '{{'; echo $?; {ME} note ' '; echo $?""",
    )
    assert done.returncode == 0
    shown = done.stdout.replace("\r", "").splitlines()
    assert [line for line in shown if line.isdigit()] == ["3"] * 5 + ["2", "2", "3"]
    assert sum(line.startswith("agentrec: ") for line in shown) == 8
    assert "Traceback" not in done.stdout
    assert not {"deploy", "snapshot", "x", "note"} & {e.kind for e in events(path)}


FLOOD = """
import json, os, socket, time
client = socket.socket(socket.AF_UNIX)
while client.connect_ex(os.environ["AGENTREC_SOCKET"]):
    time.sleep(0.01)
lines = client.makefile("rwb")
ok = 0
def send(kind, n):
    request = {"op": "event", "track": "sys", "kind": kind, "data": {"n": n}}
    lines.write(json.dumps(request).encode() + b"\\n")
    lines.flush()
for n in range(4000):
    send("x", n)
    ok += json.loads(lines.readline())["ok"]
send("big", "y" * 900000)
try:
    lines.write(b"x" * 2000000)
    lines.flush()
    lines.readline()
except OSError:
    pass
print("taken", ok)
"""


def test_a_flood_is_bounded_and_counted(tmp_path):
    (tmp_path / "flood.py").write_text(FLOOD)
    done, path = record(tmp_path, f"{sys.executable} {tmp_path}/flood.py; echo done")
    shown = done.stdout.replace("\r", "").splitlines()
    assert shown[-1] == "done", shown
    taken = next((int(line.split()[1]) for line in shown if line.startswith("taken")), None)
    assert taken, shown
    kept = of_kind(path, "sys", "x")
    assert len(kept) == taken
    assert refused(path) >= 4000 - taken


def test_a_client_that_stops_in_the_middle_disturbs_nothing(tmp_path):
    script = """
import os, socket, time
clients = []
for n in range(40):
    client = socket.socket(socket.AF_UNIX)
    while client.connect_ex(os.environ["AGENTREC_SOCKET"]):
        time.sleep(0.01)
    client.send(b'{"op": "no')
    clients.append(client)
"""
    (tmp_path / "c.py").write_text(script)
    done, path = record(tmp_path, f"{sys.executable} {tmp_path}/c.py; echo on; exit 3")
    assert done.returncode == 3
    assert done.stdout.endswith("on\n")
    assert events(path)[-1].data["code"] == 3


def test_the_pipe_and_socket_of_a_killed_recorder_hold_nobody_up(tmp_path):
    env = environment(tmp_path)
    path = tmp_path / "run.ahr"
    script = 'echo "$AGENTREC_EVENTS $AGENTREC_SOCKET" > where; sleep 60'
    recorder = subprocess.Popen(
        [*RECORD, "--headless", "-o", str(path), "--", "sh", "-c", script],
        env=env,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    where = tmp_path / "where"
    deadline = time.monotonic() + 20
    while not where.exists() or not where.read_text().endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    pipe, door = where.read_text().split()
    recorder.kill()
    recorder.wait()
    hook = """[ -p "$0" ] && printf '%s\\n' '{"track": "sys", "kind": "x"}' 1<>"$0"; echo on"""
    assert subprocess.check_output(["sh", "-c", hook, pipe], timeout=20) == b"on\n"
    done = subprocess.run(
        [*RECORD[:-1], "event", "sys", "x", "--socket", door],
        env=env,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 3
    assert done.stderr.startswith("agentrec: no recording answers")
    with socket.socket(socket.AF_UNIX) as client:
        assert client.connect_ex(door) != 0
