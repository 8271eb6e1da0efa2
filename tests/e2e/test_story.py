"""What a recording tells beside the terminal: commands, processes, files and moments of real programs."""

import os
import shlex
import shutil
import subprocess
import sys

import pytest

from agentrec.moments.recording_moments import recording_moments
from agentrec.recording.markers import list_markers
from agentrec.recording.reader import Recording
from agentrec.terminal.seek.timeline import Timeline
from tests.capture.terminal import RECORD, Terminal, environment, events, of_kind, output

PYTEST = f"env -u PYTHONPATH {sys.executable} -m pytest -q -p no:cacheprovider"
GIT = "git -c user.name=a -c user.email=a@example.com"


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "test_x.py").write_text("def test_a(): assert 0\ndef test_b(): pass\n")
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    return folder


def auto(path):
    """Label and status of the automatic moments, in order of time."""
    found = [data for data in of_kind(path, "mark", "moment") if data["source"] == "auto"]
    return [(it["label"], it["status"]) for it in sorted(found, key=lambda it: it["at_ns"])]


def headless(tmp_path, work, script):
    path = tmp_path / "run.ahr"
    done = subprocess.run(
        [*RECORD, "-q", "--headless", "-o", str(path), "--", "sh", "-c", script],
        env=environment(tmp_path),
        cwd=work,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    return done.returncode, path


def test_a_shell_session(tmp_path, work):
    path = tmp_path / "run.ahr"
    (tmp_path / ".bashrc").write_text("PS1='P> '\n")
    with Terminal(
        [*RECORD, "-q", "-o", str(path), "--", "bash"], environment(tmp_path), cwd=work
    ) as shell:
        for line in (
            f"{PYTEST}",
            "sed -i 's/assert 0/pass/' test_x.py",
            f"{PYTEST}; false",
            f"git add . && {GIT} commit -m hello",
            "cat nothing",
        ):
            shell.until(b"P> ")
            shell.send(line.encode() + b"\r")
        shell.until(b"P> ")
        shell.send(b"exit\r")
        assert shell.wait() == 1
    commands = of_kind(path, "sys", "command")
    assert [(it["text"], it["exit"]) for it in commands] == [
        (PYTEST, 1),
        ("sed -i 's/assert 0/pass/' test_x.py", 0),
        (f"{PYTEST}; false", 1),
        (f"git add . && {GIT} commit -m hello", 0),
        ("cat nothing", 1),
        ("exit", None),
    ]
    assert {it["cwd"] for it in commands} == {str(work)}
    assert commands[0]["duration_ms"] > 0
    assert all(it["duration_ms"] >= 0 for it in commands)  # both ends may come in one read
    told = auto(path)
    sha = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=work, text=True)
    assert told == [
        ("tests failed: 1 failed, 1 passed (pytest)", "failed"),
        ("sed -i 's/assert 0/pass/' test_x.py", "ok"),
        ("tests passed: 2 passed (pytest)", "passed"),
        (f"{PYTEST}; false (exit 1)", "failed"),
        (f"committed {sha.strip()} hello", "ok"),
        ("cat nothing (exit 1)", "failed"),
    ]
    changed = [(it["path"], it["what"]) for it in of_kind(path, "sys", "file")]
    assert ("test_x.py", "changed") in changed
    assert_moments_stand_at_their_screens(path)


def assert_moments_stand_at_their_screens(path):
    with Recording.open(str(path)) as recording:
        timeline = Timeline(recording)
        for point in list_markers(recording):
            if "pytest)" in point.label:
                counts = point.label.partition(": ")[2].partition(" (")[0]
                assert f"{counts} in " in timeline.screen_at(point.t).text()


def test_a_short_run_has_its_moments(tmp_path, work):
    code, path = headless(tmp_path, work, PYTEST)
    assert code == 1
    assert auto(path) == [("tests failed: 1 failed, 1 passed (pytest)", "failed")]
    assert events(path)[-1].kind == "exit"


def test_they_can_be_told_of_any_recording(tmp_path, work):
    code, path = headless(
        tmp_path, work, f"{PYTEST}; sleep 1.5; git add .; {GIT} commit -qm x; sleep 1"
    )
    assert code == 0
    with Recording.open(str(path)) as recording:
        again = [
            (it.label, it.status) for it in recording_moments(recording.events(), *recording.size)
        ]
    assert again == auto(path)
    assert ("tests failed: 1 failed, 1 passed (pytest)", "failed") in again


UNITTEST = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n"
NODE_TEST = "require('node:test')('it', () => {})\n"
RUST = '[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n'

# Real programs: files, command line, the label of the moment.
PROGRAMS = {
    "unittest": (
        {"test_u.py": UNITTEST},
        "python3 -m unittest test_u",
        "tests passed: 1 passed (unittest)",
    ),
    "make": ({"Makefile": "all:\n\texit 3\n"}, "make", "build failed: all"),
    "node": ({"t.test.js": NODE_TEST}, "node --test t.test.js", "tests passed: 1 passed (node)"),
    "cargo": (
        {"Cargo.toml": RUST, "src/lib.rs": "#[test]\nfn it() {}\n"},
        "cargo test --offline",
        "tests passed: 1 passed (cargo test)",
    ),
    "git": ({}, "git add . && git -c user.name=a -c user.email=b commit -m x", "committed "),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_real_programs(name, tmp_path, work):
    files, line, label = PROGRAMS[name]
    if shutil.which(line.split()[0]) is None:
        pytest.skip(f"{line.split()[0]} is not installed")
    for file, text in files.items():
        (work / file).parent.mkdir(exist_ok=True)
        (work / file).write_text(text)
    env = ""
    if name == "cargo":  # its toolchain stands in the real home
        homes = {"CARGO_HOME": ".cargo", "RUSTUP_HOME": ".rustup"}
        env = " ".join(
            f"{key}={shlex.quote(os.environ.get(key, os.path.expanduser('~/' + place)))}"
            for key, place in homes.items()
        )
        if subprocess.run(f"{env} cargo --version", shell=True, capture_output=True).returncode:
            pytest.skip("cargo has no toolchain here")
    _, path = headless(tmp_path, work, f"{env} {line}")
    assert any(told.startswith(label) for told, _ in auto(path)), output(path)


def test_a_repaint_counts_once(tmp_path, work):
    (work / "paint.py").write_text(
        "import time\n"
        "print('\\x1b[?1049h', end='')\n"
        "for n in range(30):\n"
        "    print(f'\\x1b[H\\x1b[2Jframe {n}\\r\\n\\r\\n\\x1b[32m3 passed\\x1b[0m in 0.12s', end='')\n"
        "    print(end='', flush=True)\n"
        "    time.sleep(0.1)\n"
        "print('\\x1b[?1049l', end='')\n"
    )
    _, path = headless(tmp_path, work, "python3 paint.py")
    assert auto(path) == [("tests passed: 3 passed (pytest)", "passed")]


def test_a_line_cut_and_coloured_and_moved_is_read_as_shown(tmp_path, work):
    (work / "paint.py").write_text(
        "import os, time\n"
        "text = '\\x1b[31m=== 1 fai\\x1b[1mled\\x1b[0m, 2 pXssed\\x1b[5D\\x1b[4Da\\x1b[8C in 0.1s ==='\n"
        "for char in text:\n"
        "    os.write(1, char.encode())\n"
        "    time.sleep(0.002)\n"
    )
    _, path = headless(tmp_path, work, "python3 paint.py; echo")
    shown = output(path)
    assert b"2 passed" not in shown
    assert len(auto(path)) <= 1


def test_nothing_around_it_can_harm_the_recording(tmp_path, work):
    """Its socket, pipe, directory and the working directory are removed while it records."""
    script = (
        'echo one; sleep 0.4; rm -rf "$(dirname "$AGENTREC_SOCKET")" "$AGENTREC_EVENTS" "$PWD"; '
        "for n in 1 2 3 4 5 6 7 8; do echo line $n; sleep 0.1; done; echo last; exit 5"
    )
    code, path = headless(tmp_path, work, script)
    assert code == 5
    shown = output(path)
    assert shown.startswith(b"one\r\n")
    assert shown.endswith(b"line 8\r\nlast\r\n")
    assert not of_kind(path, "sys", "trouble")


def test_a_storm_of_everything_leaves_the_terminal_whole(tmp_path, work):
    script = (
        "for n in $(seq 400); do echo $n > f$n; /bin/true $n; echo 3 passed in 0.0${n}s; "
        'printf "{}\\n" 1<>"$AGENTREC_EVENTS"; done; echo end; exit 4'
    )
    code, path = headless(tmp_path, work, script)
    assert code == 4
    lines = output(path).decode().splitlines()
    assert [line for line in lines if "passed" in line] == [
        f"3 passed in 0.0{n}s" for n in range(1, 401)
    ]
    assert lines[-1] == "end"
    dropped = {it["what"]: it["count"] for it in of_kind(path, "sys", "dropped") if "count" in it}
    assert dropped["requests"] == 400


def test_the_end_of_a_flood_is_seen(tmp_path, work):
    code, path = headless(tmp_path, work, "seq 1500000; echo '2 failed, 1 passed in 0.5s'")
    assert code == 0
    assert auto(path) == [("tests failed: 2 failed, 1 passed (pytest)", "failed")]
    skipped = [it for it in of_kind(path, "sys", "dropped") if "bytes" in it]
    assert skipped[0]["bytes"] > 1_000_000
