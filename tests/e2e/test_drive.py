"""The driver that tests use to sit at a terminal: what it sends, sees and says at the end."""

import sys

import pytest

from tests.agents_env.drive import DriveError, Press, Resize, Send, Settle, Type, Wait, drive

ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "TERM": "xterm-256color", "LANG": "C.UTF-8"}

# Reads raw bytes until q and shows them; puts the terminal back.
RAW = """
import os, sys, termios, tty
before = termios.tcgetattr(0)
tty.setraw(0)
print("ready", end="\\r\\n", flush=True)
while True:
    data = os.read(0, 1000)
    print(data.hex(" "), end="\\r\\n", flush=True)
    if data.endswith(b"q"):
        break
if "leave" not in sys.argv:
    termios.tcsetattr(0, termios.TCSADRAIN, before)
"""


def python(code, *arguments):
    return [sys.executable, "-c", code, *arguments]


def shell(script):
    return ["sh", "-c", script]


def test_any_byte_can_be_sent_and_every_byte_is_seen(tmp_path):
    odd = bytes([0, 3, 10, 13, 27, 128, 255]) + "é測".encode()
    steps = [Wait("ready"), Send(odd), Wait("00 03"), Settle(), Type("q")]
    result = drive(python(RAW), ENV, tmp_path, 80, 24, steps)
    assert result.raw == b"ready\r\n" + odd.hex(" ").encode() + b"\r\n71\r\n"
    assert result.screen.split("\n")[:3] == ["ready", odd.hex(" "), "71"]
    assert (result.status, result.restored, result.cursor) == (0, True, (0, 3))


def test_a_terminal_that_was_left_in_raw_mode_is_noticed(tmp_path):
    steps = [Wait("ready"), Type("q")]
    assert not drive(python(RAW, "leave"), ENV, tmp_path, 80, 24, steps).restored


@pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -9 $$", 137), ("true", 0)])
def test_the_status_is_as_a_shell_says_it(tmp_path, script, status):
    assert drive(shell(script), ENV, tmp_path, 80, 24, []).status == status


def test_the_program_gets_this_environment_and_directory_and_no_other(tmp_path):
    result = drive(["env"], ENV | {"ODD": "a 'b' $c"}, tmp_path, 80, 24, [])
    seen = dict(line.split("=", 1) for line in result.raw.decode().split("\r\n") if "=" in line)
    assert seen == ENV | {"ODD": "a 'b' $c"}
    result = drive(["pwd"], ENV, tmp_path, 200, 24, [])
    assert result.raw.decode().strip() == str(tmp_path)


def test_size_resize_colours_and_the_other_screen(tmp_path):
    script = """
    stty size; trap 'stty size; r=1' WINCH; echo waiting
    while [ -z "$r" ]; do sleep 0.05; done
    printf '\\033[?1049h\\033[H\\033[31mred'
    """
    steps = [Wait("waiting"), Resize(61, 17)]
    result = drive(shell(script), ENV, tmp_path, 80, 24, steps)
    assert b"24 80" in result.raw
    assert b"17 61" in result.raw
    assert result.alternate
    assert result.screen.startswith("red")
    assert result.styled.startswith("\x1b[31mred")


def test_much_output_comes_through_whole(tmp_path):
    result = drive(shell("seq 1 200000"), ENV, tmp_path, 80, 24, [])
    assert result.raw == b"".join(b"%d\r\n" % number for number in range(1, 200001))


def test_a_prefix_runs_in_front(tmp_path):
    result = drive(["echo", "hi"], ENV, tmp_path, 80, 24, [], prefix=["env", "echo", "ran:"])
    assert result.raw == b"ran: echo hi\r\n"


def test_a_key_is_pressed_again_until_the_screen_answers(tmp_path):
    script = "stty -echo; read a; read b; read c; echo three times; read d"
    steps = [Settle(), Press(b"\r", "three times", every=0.2), Send(b"\r")]
    assert b"three times" in drive(shell(script), ENV, tmp_path, 80, 24, steps).raw


@pytest.mark.parametrize(
    "step",
    [Wait("never", 0.3), Press(b"x", "never", 0.1, 0.3), Settle(5, 0.3)],
    ids=["wait", "press", "settle"],
)
def test_what_does_not_come_is_said_with_the_screen(tmp_path, step):
    with pytest.raises(DriveError, match=r"(?s)the screen is.*what one sees"):
        drive(shell("echo what one sees; sleep 60"), ENV, tmp_path, 80, 24, [Wait("sees"), step])


def test_a_program_that_does_not_end_is_said_too(tmp_path):
    with pytest.raises(DriveError, match="the end of the program"):
        drive(["sleep", "60"], ENV, tmp_path, 80, 24, [], timeout=0.3)
