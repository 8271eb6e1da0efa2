"""info, verify, repair, cat, branch-points and replay, as a user runs them."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from agentrec.recording.events import Event
from agentrec.recording.format import frames
from agentrec.recording.reader import Recording
from agentrec.recording.writer import Writer
from tests.recording.helpers import sample, write

FIXTURES = Path(__file__).parents[2] / "fixtures" / "recordings"
MS = 1_000_000


def agentrec(*args, **options):
    options = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, **options}
    return subprocess.run([sys.executable, "-m", "agentrec", *map(str, args)], **options)


def on_terminal(*args, cols=80, rows=24):
    """Run on a PTY of its own and return what came out."""
    import fcntl
    import struct
    import termios

    pid, master = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "agentrec", *map(str, args)])
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
    out = b""
    try:
        while data := os.read(master, 65536):
            out += data
    except OSError:
        pass
    os.close(master)
    return out, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.fixture
def colourful(tmp_path):
    """Two screens full, the first cleared away, with what no replay may let through."""
    outputs = [
        b"\x1b]0;a title\x07\x1b]52;c;c2VjcmV0\x07\x1b[c\x1b[6n",
        b"\x1b[1;31mred\x1b[0m\r\n",
        b"".join(b"line %d\r\n" % n for n in range(40)),
        "Größe 測試".encode()[:-1],
        "試".encode()[-1:] + b"\r\n\x1b[?1049h",
        b"\x1b[?1049l",
    ]
    events = [Event(n, n * 100 * MS, "term", "output", data) for n, data in enumerate(outputs)]
    events.append(Event(6, 600 * MS, "term", "exit", {"code": 7, "signal": None}))
    return write(tmp_path / "c.ahr", events)


def test_info_says_what_is_there(colourful):
    done = agentrec("info", colourful)
    assert (done.returncode, done.stderr) == (0, "")
    lines = dict(line.split(None, 1) for line in done.stdout.splitlines())
    assert lines["duration"] == "0.6 s"
    assert lines["exit"] == "7"
    assert lines["terminal"] == "80x24"
    assert lines["state"] == "complete"

    facts = json.loads(agentrec("info", "--json", colourful).stdout)
    assert facts["duration"] == 0.6
    assert facts["by_kind"]["term/output"]["events"] == 6
    assert facts["size"] == os.path.getsize(colourful)
    assert facts["damage"] == []


@pytest.mark.parametrize(
    ("name", "state", "code"),
    [
        ("v2.ahr", "whole", 0),
        ("damaged-chunk.ahr", "damaged", 1),
        ("damaged-torn.ahr", "torn", 1),
        ("altered-segment-gone.ahr", "altered", 1),
    ],
)
def test_verify_says_the_state_and_exits_with_it(name, state, code):
    done = agentrec("verify", FIXTURES / name)
    assert done.stdout.split(": ")[1].startswith(state)
    assert done.returncode == code
    assert json.loads(agentrec("verify", "--json", FIXTURES / name).stdout)["state"] == state


def test_verify_compares_a_chain_value_that_was_kept(colourful):
    chain = json.loads(agentrec("verify", "--json", colourful).stdout)["chain"]
    assert agentrec("verify", "--chain", chain, colourful).returncode == 0
    done = agentrec("verify", "--chain", chain[::-1], colourful)
    assert done.returncode == 1
    assert "not the same recording" in done.stdout


def test_info_shows_damage_that_the_index_does_not_know():
    facts = json.loads(agentrec("info", "--json", FIXTURES / "damaged-chunk.ahr").stdout)
    assert facts["state"] == "damaged"
    assert len(facts["damage"]) == 1


def test_verify_reads_standard_input(colourful):
    with open(colourful, "rb") as file:
        done = agentrec("verify", "-", stdin=file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("standard input: whole")


def test_repair_writes_beside_and_never_over(tmp_path):
    damaged = tmp_path / "run.ahr"
    damaged.write_bytes((FIXTURES / "damaged-chunk.ahr").read_bytes())
    done = agentrec("repair", damaged)
    assert done.stdout == f"{tmp_path}/run.repaired.ahr\n"
    assert "12 events" in done.stderr
    assert agentrec("verify", tmp_path / "run.repaired.ahr").returncode == 0
    assert agentrec("repair", damaged).returncode == 4
    assert agentrec("repair", damaged, "-o", damaged, "--overwrite").returncode == 2
    assert damaged.read_bytes() == (FIXTURES / "damaged-chunk.ahr").read_bytes()


@pytest.mark.parametrize("start", [b"\x1b]0;title", b"\x1bP", b"\x1b_", b"\x1b^", b"\x1bX"])
def test_a_string_without_an_end_hides_little(start, tmp_path):
    outputs = [b"first\r\n" + start, *(b"line %d\r\n" % n for n in range(2000)), b"the needle\r\n"]
    events = [Event(n, n * MS, "term", "output", data) for n, data in enumerate(outputs)]
    path = write(tmp_path / "open.ahr", events)
    for shown in (agentrec("cat", path).stdout, agentrec("replay", "--fast", path).stdout):
        assert "first\n" in shown
        assert "line 1999\nthe needle\n" in shown
        assert len(re.findall(r"line \d+\n", shown)) > 1000
    out, code = on_terminal("replay", "--plain", "--speed", 1000, path)
    assert code == 0
    assert re.search(rb"line 1999\r+\nthe needle\r+\n", out)
    env = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    found = agentrec("search", "--folder", tmp_path, "needle", env=env)
    assert "the needle" in found.stdout


def test_cat_is_the_text_without_any_escape(colourful):
    done = agentrec("cat", colourful)
    assert done.stdout.splitlines()[0] == "red"
    assert done.stdout.splitlines()[1:41] == [f"line {n}" for n in range(40)]
    assert done.stdout.splitlines()[41] == "Größe 測試"
    assert "\x1b" not in done.stdout


def test_cat_raw_is_every_byte(colourful):
    done = agentrec("cat", "--raw", colourful, text=False)
    assert done.stdout.startswith(b"\x1b]0;a title\x07")
    assert done.stdout.endswith(b"\x1b[?1049l")
    assert on_terminal("cat", "--raw", colourful)[1] == 2


def test_cat_reads_standard_input(colourful):
    with open(colourful, "rb") as file:
        assert agentrec("cat", "-", stdin=file).stdout == agentrec("cat", colourful).stdout


def test_a_reader_that_leaves_is_no_error(tmp_path):
    path = write(
        tmp_path / "long.ahr",
        [Event(n, n, "term", "output", b"x" * 70 + b"\r\n") for n in range(20000)],
    )
    done = subprocess.run(
        f"{sys.executable} -m agentrec cat {path} | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
    )
    assert (done.stdout.strip(), done.stderr) == ("x" * 70, "")


def test_fast_replay_is_scrollback_and_screen_with_colours(colourful):
    assert "\x1b" not in agentrec("replay", colourful).stdout  # not a terminal
    out, code = on_terminal("replay", "--fast", colourful)
    assert code == 0
    assert b"\x1b[0;1;31mred" in out or b"\x1b[1;31mred" in out
    assert b"line 0\r\n" in out
    assert b"line 39\r\n" in out
    assert b"\x1b[" not in on_terminal("replay", "--fast", "--no-colors", colourful)[0]


@pytest.mark.parametrize("how", ["--fast", "--plain"])
def test_all_colors_survive_whatever_the_environment_promises(how, tmp_path, monkeypatch):
    monkeypatch.delenv("COLORTERM", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    output = b"\x1b[38;2;250;10;20mred\x1b[48:2::1:2:3mground\x1b[0m"
    path = write(tmp_path / "c.ahr", [Event(0, 0, "term", "output", output)])
    out, _ = on_terminal("replay", how, path)
    assert re.search(rb"38[;:]2[;:]+250[;:]10[;:]20", out)
    assert re.search(rb"48[;:]2[;:]+1[;:]2[;:]3", out)


def test_plain_replay_lets_nothing_dangerous_through(colourful):
    out, code = on_terminal("replay", "--plain", "--speed", 100, colourful)
    assert code == 0
    assert b"red" in out
    assert "Größe 測試".encode() in out
    for harm in (b"]52;", b"a title", b"\x1b[c", b"\x1b[6n"):
        assert harm not in out


def test_plain_replay_into_a_pipe_adds_nothing(tmp_path):
    path = write(tmp_path / "x.ahr", [Event(0, 0, "term", "output", b"\x1b[1mhi\r\n")])
    for options in (["replay", "--plain"], ["replay", "--follow"], ["watch"]):
        assert agentrec(*options, path, text=False).stdout == b"\x1b[1mhi\r\n"
    out, _ = on_terminal("replay", "--plain", path)
    assert b"\x1b[?25h" in out  # there its modes are put back


def test_plain_replay_keeps_the_recorded_times(tmp_path):
    events = [Event(n, n * 400 * MS, "term", "output", b"%d" % n) for n in range(4)]
    path = write(tmp_path / "slow.ahr", events)
    base = timed(path, "--speed", 1000)
    assert timed(path) - base > 1.0
    assert timed(path, "--idle-limit", 0.1) - base < 1.0
    assert timed(path, "--start", 1.1, "--end", 1.3) - base < 0.8


def timed(path, *options):
    start = time.monotonic()
    assert agentrec("replay", "--plain", *options, path).returncode == 0
    return time.monotonic() - start


def test_plain_replay_starts_from_the_screen_at_that_time(colourful):
    done = agentrec("replay", "--plain", "--start", 0.35, colourful, text=False)
    assert b"line 39" in done.stdout  # shown before the start, and still on the screen


def test_meta_is_the_header(colourful):
    assert json.loads(agentrec("replay", "--print-meta", colourful).stdout)["command"] == ["sh"]


def test_branch_points_lists_moments(tmp_path):
    path = write(tmp_path / "m.ahr", sample(16))
    assert agentrec("branch-points", path).stdout.splitlines()[:2] == [
        "m5      0:00.005  mark      step 5 é",
        "m13     0:00.013  mark      step 13 é",
    ]
    found = json.loads(agentrec("branch-points", "--json", path).stdout)
    assert [(p["id"], p["kind"], p["label"]) for p in found] == [
        ("m5", "moment", "step 5 é"),
        ("m13", "moment", "step 13 é"),
    ]


def test_branch_points_say_what_failed(tmp_path):
    labels = [("Bash: make", "failed"), ("tests failed: 1 failed", "failed"), ("all is well", "ok")]
    moments = [
        Event(seq, seq, "mark", "moment", {"label": label, "status": status})
        for seq, (label, status) in enumerate(labels)
    ]
    path = write(tmp_path / "m.ahr", moments)
    told = [
        line.split("mark      ")[1]
        for line in agentrec("branch-points", path).stdout.splitlines()[:3]
    ]
    assert told == ["Bash: make  (failed)", "tests failed: 1 failed", "all is well"]


def test_no_branch_points_is_said(colourful):
    done = agentrec("branch-points", colourful)
    assert (done.returncode, done.stdout) == (0, "no marks or snapshots in this recording\n")
    assert agentrec("branch-points", "--json", colourful).stdout == "[]\n"


@pytest.mark.parametrize("command", ["info", "verify", "repair", "cat", "branch-points", "replay"])
@pytest.mark.parametrize(
    ("content", "line"),
    [(None, "does not exist"), (b"some text, not a recording", "not an agentrec recording")],
)
def test_what_is_no_recording_costs_one_line_and_code_3(command, content, line, tmp_path):
    path = tmp_path / "x.ahr"
    if content:
        path.write_bytes(content)
    done = agentrec(command, path)
    assert (done.returncode, done.stdout) == (3, "")
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == ([path] if content else [])


@pytest.mark.parametrize(
    "args",
    [
        ["replay", "--speed", "0", "x"],
        ["replay", "--start", "soon", "x"],
        ["replay", "--start", "5", "--end", "3", "x"],
        ["info"],
        ["nonsense"],
        [],
    ],
)
def test_wrong_usage_is_code_2(args):
    done = agentrec(*args)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_wrong_option_costs_a_line_and_a_hint():
    done = agentrec("info", "--jsn", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "agentrec: unrecognized arguments: --jsn",
        "  see `agentrec info --help`",
    ]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_text_is_shown_in_any_locale(encoding, tmp_path):
    events = [
        Event(0, 0, "term", "output", "née ✓\r\n".encode()),
        Event(1, 1, "sys", "odd", {"text": "é \ud800"}),
    ]
    path = write(tmp_path / "x.ahr", events)
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    shown = agentrec("cat", path, env=env, text=False)
    assert (shown.returncode, shown.stderr) == (0, b"")
    expected = "née ✓" if encoding == "utf-8" else "née ?" if encoding == "latin-1" else "n?e ?"
    assert shown.stdout.decode(encoding).strip() == expected
    told = agentrec("events", "--json", path, env=env, text=False)
    assert json.loads(told.stdout.decode(encoding))["data"] == {"text": "é \ud800"}


def test_info_names_the_signal_and_gives_no_share_of_next_to_nothing(tmp_path):
    path = write(tmp_path / "x.ahr", [Event(0, 0, "term", "exit", {"code": None, "signal": 15})])
    lines = agentrec("info", path).stdout.splitlines()
    assert "exit       killed by SIGTERM" in lines
    assert f"size       {os.path.getsize(path)} B" in lines


def test_one_fault_is_one_line_with_all_it_cost(tmp_path):
    events = [Event(n, n, "term", "output", b"%d " % n * 150_000) for n in range(3)]
    path = write(tmp_path / "x.ahr", events)
    with Recording.open(path) as recording:
        chunk = next(f for f in recording.frames() if getattr(f, "kind", 0) == frames.CHUNK)
    with open(path, "r+b") as file:
        file.seek(chunk.offset + 20)
        file.write(b"\xff\xff")
    told = agentrec("verify", path).stdout
    lost = len(json.loads(agentrec("verify", "--json", path).stdout)["damage"]) - 1
    assert lost == 2
    assert f"checksum, and {lost} chunks that depend on it\n" in told
    assert told.count(" at byte ") == 1
    assert "0 events in 1 segment, 3 events missing\n" in told
    assert agentrec("repair", path).stderr.endswith(", 3 events\n")


def test_version_and_help():
    assert agentrec("--version").stdout.startswith("agentrec 0.")
    assert "record" in agentrec("--help").stdout
    for command in (
        "record",
        "replay",
        "info",
        "cat",
        "branch-points",
        "mark",
        "convert",
        "verify",
        "repair",
    ):
        done = agentrec(command, "--help")
        assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def own_runtime():
    """An environment whose control sockets nobody else uses; their paths have to be short."""
    folder = tempfile.mkdtemp(prefix="ar-")
    yield {**os.environ, "XDG_RUNTIME_DIR": folder}
    shutil.rmtree(folder)


@pytest.mark.parametrize("command", [["watch"], ["replay", "--follow"]])
def test_watching_ends_with_the_recording(tmp_path, command, own_runtime):
    path, go = tmp_path / "live.ahr", tmp_path / "go"
    env = own_runtime
    script = f"printf 'one\\033]0;a title\\007'; until [ -e {go} ]; do sleep 0.05; done; echo two"
    recorder = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "agentrec",
            "record",
            "-q",
            "--headless",
            "-o",
            path,
            "--",
            "sh",
            "-c",
            script,
        ],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 30
    while "one" not in agentrec("cat", path).stdout and time.monotonic() < until:
        time.sleep(0.1)
    watcher = subprocess.Popen(
        [sys.executable, "-m", "agentrec", *command, *([path] if command[0] == "replay" else [])],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert watcher.stdout.read(3) == b"one"
    go.touch()
    rest = watcher.stdout.read()
    watcher.stdout.close()
    assert (watcher.wait(), recorder.wait()) == (0, 0)
    assert b"two" in rest
    assert b"a title" not in rest


def test_of_a_recording_that_is_being_made_the_end_is_not_told(tmp_path):
    path = tmp_path / "live.ahr"
    writer = Writer(str(path), {"id": "live", "command": ["sh"]})
    try:
        assert "exit       still running" in agentrec("summary", path).stdout
        assert "run live: 0.0 s, still running" in agentrec("context", path).stdout
    finally:
        writer.close()
    assert "exit       not recorded" in agentrec("summary", path).stdout
    assert "run live: 0.0 s, no exit status" in agentrec("context", path).stdout


def test_how_a_run_of_the_python_library_ended(tmp_path):
    """There is no command that could have an exit code."""
    for error, said in (
        (None, "ended"),
        ({"type": "ValueError", "message": "no"}, "ValueError: no"),
    ):
        path = tmp_path / f"{said[0]}.ahr"
        writer = Writer(str(path), {"id": "run"})
        writer.event(0, "step", "run", {})
        writer.event(1, "step", "done", {"steps": 0} | ({"error": error} if error else {}))
        writer.close()
        for command in ("info", "summary"):
            (line,) = (it for it in agentrec(command, path).stdout.splitlines() if it[:4] == "run ")
            assert line.split(None, 1)[1] == (f"failed: {said}" if error else said)
            assert "not recorded" not in agentrec(command, path).stdout


def test_nothing_to_watch_is_said(own_runtime):
    done = agentrec("watch", env=own_runtime)
    assert (done.returncode, done.stdout) == (3, "")
    assert "no recording is running" in done.stderr


def test_a_thread_left_behind_does_not_outlive_the_command(tmp_path):
    """It may be inside the terminal engine while the interpreter is taken down around it."""
    program = """
import sys, threading, time
import agentrec.cli.main as front

def busy():
    from agentrec.terminal.engine.screen import Screen
    screen = Screen(80, 24)
    while True:
        screen.feed(b"text \\x1b[2J" * 100_000)

def command(argv):
    threading.Thread(target=busy, daemon=True).start()
    time.sleep(0.5)
    print("done")
    return 3

front.main = command
front.entry()
"""
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (3, "done\n", "")
