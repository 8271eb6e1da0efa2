"""Recording in a real terminal: nothing the user can feel, everything in the file."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentrec.recording.reader import Recording
from tests.capture.terminal import RECORD, Terminal, environment, of_kind, output

QUIET = [*RECORD, "-q"]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pieces=st.lists(st.binary(max_size=9000), max_size=6))
def test_terminal_and_file_get_exactly_what_the_child_wrote(
    tmp_path: Path, pieces: list[bytes]
) -> None:
    for number, piece in enumerate(pieces):
        (tmp_path / f"p{number}").write_bytes(piece)
    script = "stty raw; " + " ".join(f"cat p{number};" for number in range(len(pieces)))
    command = [*QUIET, "--overwrite", "-o", "out.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        assert terminal.wait() == 0
        assert terminal.seen == b"".join(pieces)
    assert output(tmp_path / "out.ahr") == b"".join(pieces)


def test_closing_line_names_the_file_under_the_data_directory(tmp_path: Path) -> None:
    with Terminal([*RECORD, "--", "echo", "hi"], environment(tmp_path), cwd=tmp_path) as terminal:
        assert terminal.wait() == 0
        found = re.search(rb"agentrec: recorded .* \xe2\x86\x92 (\S+\.ahr)\r\n$", terminal.seen)
    assert found
    path = Path(os.fsdecode(found[1]))
    data = tmp_path / ".local/share/agentrec/recordings"
    assert re.fullmatch(
        r"\d{4}/\d\d/\d{8}-\d{6}-echo-[0-9a-f]{4}\.ahr", str(path.relative_to(data))
    )
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert output(path) == b"hi\r\n"


def test_without_a_command_the_shell_runs(tmp_path: Path) -> None:
    with Terminal([*QUIET, "-o", "s.ahr"], environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.send(b"echo $((40+2)); exit 5\n")
        assert terminal.wait() == 5
        assert b"42" in terminal.seen


def test_child_sees_a_terminal_like_the_users(tmp_path: Path) -> None:
    env = environment(tmp_path)
    script = "stty -a; echo name $0; tty >/dev/null && echo a tty"
    with Terminal(["sh", "-c", f"stty erase ^H -ixon; sh -c {shlex.quote(script)}"], env) as bare:
        bare.wait()
    wrapped = shlex.join([*QUIET, "-o", str(tmp_path / "t.ahr"), "--", "sh", "-c", script])
    with Terminal(["sh", "-c", f"stty erase ^H -ixon; {wrapped}"], env) as recorded:
        recorded.wait()
    assert b"erase = ^H" in bare.seen
    assert recorded.seen == bare.seen


@pytest.mark.parametrize("size", [(1, 1), (500, 200), (80, 24)])
def test_size_is_the_users(tmp_path: Path, size: tuple[int, int]) -> None:
    command = [*QUIET, "-o", "size.ahr", "--", "stty", "size"]
    with Terminal(command, environment(tmp_path), cwd=tmp_path, size=size) as terminal:
        terminal.wait()
        assert b"%d %d" % (size[1], size[0]) in terminal.seen
    with Recording.open(str(tmp_path / "size.ahr")) as recording:
        assert (recording.header["cols"], recording.header["rows"]) == size


def test_asked_size_wins_and_stays(tmp_path: Path) -> None:
    script = "stty size; read x; stty size"
    command = [*QUIET, "-o", "f.ahr", "--cols", "100", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(b"24 100")
        terminal.resize(70, 30)
        terminal.send(b"\n")
        terminal.until(b"30 100")
        terminal.wait()
    assert of_kind(tmp_path / "f.ahr", "term", "resize") == [{"cols": 100, "rows": 30}]


def test_resize_reaches_child_and_file(tmp_path: Path) -> None:
    script = "trap 'stty size' WINCH; echo ready; until read -t 0.1 x; do :; done"
    command = [*QUIET, "-o", "r.ahr", "--", "bash", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(b"ready")
        terminal.resize(132, 50)
        terminal.until(b"50 132")
        terminal.send(b"\n")
        terminal.wait()
    assert of_kind(tmp_path / "r.ahr", "term", "resize") == [{"cols": 132, "rows": 50}]


def test_a_size_that_the_program_sets_itself_is_recorded(tmp_path: Path) -> None:
    command = [
        *QUIET,
        "-o",
        "s.ahr",
        "--",
        "sh",
        "-c",
        "stty cols 40 rows 10; echo narrow; stty size",
    ]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(b"10 40")
        assert terminal.wait() == 0
    assert of_kind(tmp_path / "s.ahr", "term", "resize") == [{"cols": 40, "rows": 10}]


def test_resize_storm_ends_at_the_last_size(tmp_path: Path) -> None:
    script = "echo ready; while read x; do stty size; done"
    command = [*QUIET, "-o", "w.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(b"ready")
        for number in range(300):
            terminal.resize(20 + number, 10 + number % 50)
        terminal.send(b"\n")
        terminal.until(b"59 319")
        terminal.send(b"\x04")
        terminal.wait()
    sizes = of_kind(tmp_path / "w.ahr", "term", "resize")
    assert sizes[-1] == {"cols": 319, "rows": 59}
    assert all(one != two for one, two in pairwise(sizes))


def test_big_paste_into_cat_does_not_deadlock(tmp_path: Path) -> None:
    lines = b"".join(b"line %06d %s\n" % (number, b"x" * 50) for number in range(16_000))
    script = "stty -echo; echo ready; cat > pasted; echo done"
    command = [*QUIET, "-o", "paste.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(b"ready")
        _paste(terminal, lines + b"\x04")
        terminal.until(b"done")
        assert terminal.wait() == 0
    assert (tmp_path / "pasted").read_bytes() == lines


def test_big_paste_is_echoed_without_deadlock(tmp_path: Path) -> None:
    lines = b"".join(b"%07d\n" % number for number in range(130_000))
    command = [*QUIET, "-o", "echo.ahr", "--", "sh", "-c", "echo ready; cat; echo done"]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(b"ready")
        _paste(terminal, lines + b"\x04")
        terminal.until(b"done")
        assert terminal.wait() == 0
        # The echo and what `cat` says; the kernel drops echo for which its own buffer has no room.
        assert terminal.seen.count(b"0129999\r\n") in (1, 2)
    assert output(tmp_path / "echo.ahr") == terminal.seen


def _paste(terminal: Terminal, data: bytes) -> None:
    """Send while reading, as a terminal emulator does."""
    os.set_blocking(terminal.fd, False)
    while data:
        try:
            data = data[os.write(terminal.fd, data[:65536]) :]
        except BlockingIOError:
            terminal.read(0.01)
    os.set_blocking(terminal.fd, True)


def test_keys_of_all_kinds_pass_untouched(tmp_path: Path) -> None:
    keys = [
        b"\x1b",
        b"\x03",
        b"\x1a",
        b"\x1b[A",
        b"\x1b[<0;10;20M",
        b"\x1b[200~pa\x1cste\r\x1b[201~",
        b"\x1b[97;5u",
        b"\x00\xff\x80",
        b"\x1c",  # the prefix key, then something that is not for us
        b"x",
    ]
    total = sum(map(len, keys))
    script = f"stty raw -echo; echo ready; head -c {total} > keys; echo done"
    command = [*QUIET, "-o", "k.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(b"ready")
        for key in keys:
            terminal.send(key)
            terminal.read(0.02)  # a moment between keys, as between key presses
        terminal.until(b"done")
    assert (tmp_path / "keys").read_bytes() == b"".join(keys)


def test_slow_terminal_holds_the_child_up_and_loses_nothing(tmp_path: Path) -> None:
    script = "stty raw; seq 1 200000"
    command = [*QUIET, "-o", "slow.ahr", "--", "sh", "-c", script]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(b"1000\n")
        subprocess.run(["sleep", "0.5"])  # the terminal shows nothing meanwhile
        assert terminal.wait() == 0
        assert terminal.seen == b"".join(b"%d\n" % number for number in range(1, 200_001))
    assert output(tmp_path / "slow.ahr") == terminal.seen


def test_many_tiny_writes(tmp_path: Path) -> None:
    program = "import os\nfor i in range(100000): os.write(1, b'%d,' % (i % 10))"
    command = [*QUIET, "-o", "tiny.ahr", "--", "python3", "-c", program]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        assert terminal.wait() == 0
        assert terminal.seen == b"".join(b"%d," % (i % 10) for i in range(100_000))
    assert output(tmp_path / "tiny.ahr") == terminal.seen


def test_job_control_and_ctrl_z_belong_to_the_child(tmp_path: Path) -> None:
    command = [*QUIET, "-o", "jobs.ahr", "--", "bash", "--norc", "-i"]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(rb"\$ ")
        terminal.send(b"sleep 100\n")
        terminal.until(b"sleep 100\r\n")
        subprocess.run(["sleep", "0.3"])
        terminal.send(b"\x1a")
        terminal.until(rb"\[1\]\+ +Stopped")
        terminal.send(b"bg\n")
        terminal.until(rb"\[1\]\+ sleep 100 &")
        terminal.send(b"kill %1; wait; echo code $?\n")
        terminal.until(rb"code \d+\r\n")
        terminal.send(b"exit 3\n")
        assert terminal.wait() == 3


def test_output_to_a_file_and_from_a_pipe_with_a_terminal(tmp_path: Path) -> None:
    env = environment(tmp_path)
    for text, shown in ((b"hi\n", b"hi\r\nhi\r\n"), (b"hi", b"hihi")):
        done = subprocess.run(
            [*QUIET, "--tty", "-o", "p.ahr", "--overwrite", "--", "cat"],
            input=text,
            capture_output=True,
            env=env,
            cwd=tmp_path,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, shown, b"")
        assert output(tmp_path / "p.ahr") == shown


def test_two_recorders_at_once(tmp_path: Path) -> None:
    env = environment(tmp_path)
    commands = [[*RECORD, "--", "sh", "-c", "echo $AGENTREC_FILE; read x"] for _ in range(2)]
    with Terminal(commands[0], env) as one, Terminal(commands[1], env) as two:
        files = [terminal.until(rb"/\S+\.ahr") for terminal in (one, two)]
        for terminal in (one, two):
            terminal.send(b"\n")
            assert terminal.wait() == 0
    assert files[0] != files[1]
    assert all(output(os.fsdecode(file)) for file in files)


def test_nested_recording_is_noticed_and_kept(tmp_path: Path) -> None:
    inner = shlex.join([*RECORD, "-o", "inner.ahr", "--", "echo", "deep"])
    command = [*QUIET, "-o", "outer.ahr", "--", "sh", "-c", inner]
    with Terminal(command, environment(tmp_path), cwd=tmp_path) as terminal:
        assert terminal.wait() == 0
        assert b"agentrec: nested in recording " in terminal.seen
    assert output(tmp_path / "inner.ahr") == b"deep\r\n"
    with Recording.open(str(tmp_path / "outer.ahr")) as outer:
        name = outer.header["id"]
    with Recording.open(str(tmp_path / "inner.ahr")) as recording:
        assert recording.header["parent"] == {"id": name, "relation": "nested"}
