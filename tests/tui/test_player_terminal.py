"""The player as a program in a real terminal: what it writes, how it starts and ends."""

import os
import re
import select
import sys
import time

import pytest
from ptyprocess import PtyProcess

from agentrec.recording.format import frames
from agentrec.recording.format.header import dump_json
from tests.tui.helpers import Script, story

NASTY = (
    b"\x1b]52;c;ZXZpbA==\x07\x1b]0;title \x1b]2;other\x07\x1b[c\x1b[6n\x1b[>q\x1b]10;?\x07\x1bP+q544e\x1b\\"
    b"\x1b]8;;file:///etc/passwd\x07local link\x1b]8;;\x07 "
    b"\x1b]8;;https://example.org/x\x07web link\x1b]8;;\x07"
    b"\x1b[?1003h\x1b[?2004h\x1b[21t\x9b6n\x05 plain words\r\n"
)


class Terminal:
    """A PTY that a player runs in; keeps every byte it wrote."""

    def __init__(self, *arguments, size=(30, 100), **env):
        keep = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLORTERM", "TERM")}
        command = [sys.executable, "-m", "agentrec", "replay", *arguments]
        self.process = PtyProcess.spawn(
            command, dimensions=size, env={**keep, "TERM": "xterm-256color", **env}
        )
        self.output = b""

    def read(self, pattern):
        """Until the output matches, or the program ends; whether it did."""
        end = time.monotonic() + 30
        while not re.search(pattern, self.output) and time.monotonic() < end:
            if select.select([self.process.fd], [], [], 0.1)[0]:
                try:
                    self.output += os.read(self.process.fd, 1 << 16)
                except OSError:
                    break
        return re.search(pattern, self.output) is not None

    def close(self):
        """The exit status once the program has ended by itself."""
        self.read(rb"(?!)")
        return self.process.wait()


def played(path, needle, *arguments, **env):
    terminal = Terminal(*arguments, path, **env)
    assert terminal.read(needle)
    terminal.process.write(b"q")
    assert terminal.close() == 0
    return terminal.output


def test_recorded_sequences_never_reach_the_terminal(tmp_path):
    path = Script().out(0, NASTY).save(tmp_path / "nasty.ahr")
    output = played(path, rb"plain words", COLORTERM="truecolor")
    assert b"]52;" not in output
    assert b"ZXZpbA" not in output
    assert b"]2;" not in output
    assert b"]10;" not in output
    assert b"\x9b" not in re.sub(rb"[\xc2-\xf4][\x80-\xbf]+", b"", output)
    assert b"544e" not in output
    assert b"/etc/passwd" not in output
    assert b"https://example.org/x" in output
    assert not re.search(rb"\x1b\[(?:c|6n|>q|21t)", output)


def test_it_leaves_the_terminal_as_it_was(tmp_path):
    output = played(story().save(tmp_path / "a.ahr"), rb"make test")
    assert output.rindex(b"\x1b[?1049l") > output.rindex(b"\x1b[?1049h")
    assert output.rindex(b"\x1b[?25h") > output.rindex(b"\x1b[?25l")


@pytest.mark.parametrize(("arguments", "env"), [((), {"NO_COLOR": "1"}), (("--no-colors",), {})])
def test_no_color_at_all(tmp_path, arguments, env):
    path = story().save(tmp_path / "a.ahr")
    output = played(path, rb"passed", "--speed", "100", *arguments, COLORTERM="truecolor", **env)
    codes = re.findall(rb"\x1b\[([0-9;:]*)m", output)
    colors = [
        c for c in codes for n in c.split(b";") if re.fullmatch(rb"3[0-8]|4[0-8]|9[0-7]|10[0-7]", n)
    ]
    assert colors == []


def test_with_color_there_are_colors(tmp_path):
    path = story().save(tmp_path / "a.ahr")
    assert re.search(rb"38;2;", played(path, rb"make test", COLORTERM="truecolor"))


def test_a_tiny_terminal(tmp_path):
    played(story().save(tmp_path / "a.ahr"), rb"0:\d\d", size=(5, 20))


def test_it_starts_where_it_is_told(tmp_path):
    path = story().save(tmp_path / "a.ahr")
    output = played(path, rb"top of file", "--start", "13.7")
    assert b"0:1" in output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, b"does not exist"),
        (b"not a recording at all", b"is not an agentrec recording"),
        (
            frames.MAGIC + frames.pack(frames.HEADER, dump_json({"version": 99})),
            b"format version 99",
        ),
    ],
)
def test_what_cannot_be_played_is_one_line_before_anything_else(tmp_path, content, said):
    path = tmp_path / "x.ahr"
    if content is not None:
        path.write_bytes(content)
    terminal = Terminal(str(path))
    assert terminal.close() == 3
    assert said in terminal.output
    assert b"\x1b[?1049h" not in terminal.output
    assert b"Traceback" not in terminal.output


@pytest.mark.parametrize("env", [{}, {"COLORTERM": "truecolor"}])
def test_it_ends_with_its_terminal(tmp_path, env):
    path = story().save(tmp_path / "a.ahr")
    terminal = Terminal(path, **env)
    assert terminal.read(rb"make test")
    terminal.process.fileobj.close()
    end = time.monotonic() + 30
    while terminal.process.isalive() and time.monotonic() < end:
        time.sleep(0.05)
    assert not terminal.process.isalive()


def test_what_is_typed_ahead_is_not_lost(tmp_path):
    path = story().save(tmp_path / "a.ahr")
    terminal = Terminal(path)
    assert terminal.read(rb"0:0\d")
    terminal.process.write(b"/needle again\r")  # at once, as from a fast typist or a paste
    assert terminal.read(rb"in the editor")
    assert terminal.read(rb"1/1 hits")
    terminal.process.write(b"q")
    assert terminal.close() == 0
