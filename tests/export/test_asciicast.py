import json
from typing import Any

import pytest

from agentrec.errors import FormatError, UsageError
from agentrec.recording.events import Event
from tests.export.helpers import HEADER, events_of, read, short, written

MS = 1_000_000
V2 = b'{"version": 2, "width": 80, "height": 24}\n'
V3 = b'{"version": 3, "term": {"cols": 80, "rows": 24}}\n'
PALETTE = ":".join(["#000000"] * 16)


def lines(name: str, header: dict[str, Any], events: list[Event]) -> list[Any]:
    data, _ = written(name, header, events)
    assert data.endswith(b"\n")
    return [json.loads(line) for line in data.decode().splitlines()]


def test_v1_delays_add_up() -> None:
    text = """{
      "version": 1, "width": 100, "height": 50, "duration": 1.515658,
      "command": "/bin/zsh", "title": "", "env": {"TERM": "xterm-256color"},
      "stdout": [[0.248848, "\\u001b[1;31mHi"], [1.001376, "h\\u00e9"]]
    }"""
    header, events, _ = read("asciicast1", text.encode())
    assert header == {
        "cols": 100,
        "rows": 50,
        "command": ["/bin/zsh"],
        "env": {"TERM": "xterm-256color"},
    }
    assert short(events) == [
        (248_848_000, "output", b"\x1b[1;31mHi"),
        (1_250_224_000, "output", "hé".encode()),
    ]


def test_v1_is_not_written() -> None:
    with pytest.raises(UsageError):
        written("asciicast1", HEADER, [])


def test_v2_reads_header_and_every_code() -> None:
    head = {
        "version": 2,
        "width": 80,
        "height": 24,
        "timestamp": 1504467315,
        "title": "Demo",
        "command": "make; make test",
        "idle_time_limit": 1.5,
        "env": {"SHELL": "/bin/zsh", "TERM": None},
        "theme": {"fg": "#ffffff", "bg": "#000000", "palette": PALETTE},
    }
    body = b"""
[0.248848, "o", "\\u001b[1mHi"]
[1, "i", "y"]
[1.5, "m", "step 2"]
[2.0, "r", "100x30"]
[2.0, "z", "from the future"]
[6.541828, "o", "h\xc3\xa9"]
"""
    header, events, notes = read("asciicast2", json.dumps(head).encode() + body)
    assert header == {
        "cols": 80,
        "rows": 24,
        "created": "2017-09-03T19:35:15.000000000Z",
        "title": "Demo",
        "command": ["sh", "-c", "make; make test"],
        "idle_time_limit": 1.5,
        "env": {"SHELL": "/bin/zsh"},
        "term": {"theme": head["theme"]},
    }
    assert short(events) == [
        (248_848_000, "output", b"\x1b[1mHi"),
        (1_000 * MS, "input", b"y"),
        (1_500 * MS, "moment", {"label": "step 2", "source": "import"}),
        (2_000 * MS, "resize", {"cols": 100, "rows": 30}),
        (6_541_828_000, "output", "hé".encode()),
    ]
    assert [event.seq for event in events] == [0, 1, 2, 3, 4]
    assert notes == ["events of unknown code 'z' were left out"]


def test_v2_times_that_run_backwards_are_raised() -> None:
    _, events, notes = read("asciicast2", V2 + b'[2.0,"o","a"]\n[1.0,"o","b"]\n')
    assert [event.t for event in events] == [2_000 * MS, 2_000 * MS]
    assert notes == ["times that ran backwards were raised to the time before"]


def test_v3_intervals_comments_and_exit() -> None:
    body = b'# a comment\n[0.248,"o","a"]\n\n[1.001,"m",""]\n# [9,"o","no"]\n[0.5,"x","3"]\n'
    header, events, notes = read("asciicast3", V3 + body)
    assert header == HEADER
    assert short(events) == [
        (248 * MS, "output", b"a"),
        (1_249 * MS, "moment", {"label": "", "source": "import"}),
        (1_749 * MS, "exit", {"code": 3, "signal": None}),
    ]
    assert notes == []


def test_v3_time_of_an_unknown_code_still_counts() -> None:
    _, events, _ = read("asciicast3", V3 + b'[1,"z","?"]\n[1,"o","a"]\n')
    assert [event.t for event in events] == [2_000 * MS]


@pytest.mark.parametrize("name", ["asciicast2", "asciicast3"])
@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'[-1,"o","a"]', "line 2: -1 is not a time"),
        (b'["1","o","a"]', "line 2: the time is str"),
        (b'[true,"o","a"]', "line 2: the time is bool"),
        (b'[1e400,"o","a"]', "not a time"),
        (b'[NaN,"o","a"]', "line 2 is not JSON"),
        (b'[1,"o",5]', "line 2: code and data must be strings"),
        (b'[1,"o"]', "line 2 is not [time, code, data]"),
        (b'{"a":1}', "line 2 is not [time, code, data]"),
        (b"[" * 100_000, "line 2 is nested too deeply"),
        (b"nonsense", "line 2 is not JSON"),
        (b'[1,"o","\xff"]', "line 2 is not UTF-8"),
        (b'[1,"r","80"]', "line 2: '80' is not a terminal size"),
        (b'[1,"r","0x24"]', "line 2: '0x24' is not a terminal size"),
        (b"[" + b"9" * 5000 + b',"o","a"]', "line 2 is not JSON"),
    ],
)
def test_a_broken_line_is_an_error_with_its_number(name: str, line: bytes, says: str) -> None:
    head = V2 if name == "asciicast2" else V3
    with pytest.raises(FormatError) as caught:
        read(name, head + line + b'\n[2,"o","b"]\n')
    assert says in str(caught.value)


@pytest.mark.parametrize("name", ["asciicast2", "asciicast3"])
def test_a_torn_last_line_is_left_out_and_said(name: str) -> None:
    head = V2 if name == "asciicast2" else V3
    _, events, notes = read(name, head + b'[1,"o","a"]\n[2,"o","b')
    assert [event.data for event in events] == [b"a"]
    assert notes == ["the last line is torn and was left out"]


@pytest.mark.parametrize(
    "head",
    [
        b"{}",
        b"[]",
        b'{"version": 2}',
        b'{"version": 2, "width": 0, "height": 24}',
        b'{"version": 2, "width": "80", "height": 24}',
        b'{"version": 2, "width": 80, "height": 70000}',
        b'{"version": 3, "term": {}}',
        b"# comment\n" + V3,
        b"",
    ],
)
def test_a_broken_header_is_refused(head: bytes) -> None:
    for name in ("asciicast2", "asciicast3"):
        with pytest.raises(FormatError):
            read(name, head)


def test_a_line_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentrec.export.json_lines.MAX_LINE_BYTES", 1 << 20)
    with pytest.raises(FormatError, match="line 2 is longer than 1 MiB"):
        read("asciicast2", V2 + b"[" + b" " * (1 << 20) + b'1,"o","x"]\n')


def test_lone_surrogates_become_replacement_characters() -> None:
    _, events, _ = read("asciicast2", V2 + b'[1,"o","a\\ud800b\\ud83d\\ude00"]\n')
    assert events[0].data == "a\ufffdb😀".encode()


SESSION = events_of(
    (0, "term", "output", b"\x1b[1m$ "),
    (1_234_567_899, "term", "input", b"y\r"),
    (2_000 * MS, "term", "resize", {"cols": 100, "rows": 30}),
    (2_000 * MS, "mark", "moment", {"label": "tests passed", "source": "cli"}),
    (2_500 * MS, "tool", "call", {"name": "Bash"}),
    (3_000 * MS, "term", "redacted", {"reason": "password"}),
    (3_000 * MS, "term", "exit", {"code": None, "signal": 9}),
)
FULL = {
    "cols": 80,
    "rows": 24,
    "created": "2017-09-03T19:35:15.900000000Z",
    "title": "Demo",
    "command": ["sh", "-c", "make; make test"],
    "env": {"TERM": "xterm", "GONE": None},
    "idle_time_limit": 2.0,
    "tags": ["demo"],
    "term": {
        "version": "VTE(7802)",
        "theme": {"fg": "#ffffff", "bg": "#000000", "palette": PALETTE},
    },
}


def test_v2_written() -> None:
    data, loss = written("asciicast2", FULL, SESSION)
    first, *rest = data.decode().splitlines()
    assert json.loads(first) == {
        "version": 2,
        "width": 80,
        "height": 24,
        "timestamp": 1504467315,
        "title": "Demo",
        "command": "make; make test",
        "idle_time_limit": 2.0,
        "env": {"TERM": "xterm"},
        "theme": {"fg": "#ffffff", "bg": "#000000", "palette": PALETTE},
    }
    assert rest == [
        '[0.000000,"o","\\u001b[1m$ "]',
        '[1.234567,"i","y\\r"]',
        '[2.000000,"r","100x30"]',
        '[2.000000,"m","tests passed"]',
    ]
    assert loss.lines() == [
        "left out: 1 term/exit event",
        "left out: 1 term/redacted event",
        "left out: 1 tool/call event",
    ]


def test_v3_written() -> None:
    data, loss = written("asciicast3", FULL, SESSION)
    first, *rest = data.decode().splitlines()
    assert json.loads(first)["term"] == {
        "cols": 80,
        "rows": 24,
        "type": "xterm",
        "version": "VTE(7802)",
        "theme": {"fg": "#ffffff", "bg": "#000000", "palette": PALETTE},
    }
    assert json.loads(first)["env"] == {"TERM": "xterm"}
    assert json.loads(first)["tags"] == ["demo"]
    assert rest == [
        '[0.000,"o","\\u001b[1m$ "]',
        '[1.235,"i","y\\r"]',
        '[0.765,"r","100x30"]',
        '[0.000,"m","tests passed"]',
        '[1.000,"x","137"]',
    ]
    assert "left out: 1 tool/call event" in loss.lines()


@pytest.mark.parametrize(
    "theme",
    [
        {"fg": "#ffffff", "bg": "#000000", "palette": "#000000:#111111"},
        {"fg": "white", "bg": "#000000", "palette": PALETTE},
        {"fg": "#ffffff", "bg": "#000000"},
        "dark",
    ],
)
def test_a_theme_players_would_refuse_is_left_out(theme: object) -> None:
    header = HEADER | {"term": {"theme": theme}}
    data, loss = written("asciicast3", header, [])
    assert "theme" not in json.loads(data)["term"]
    assert loss.lines() == ["left out: a theme whose colors are not complete"]


@pytest.mark.parametrize("name", ["asciicast2", "asciicast3"])
def test_a_character_split_over_events_is_decoded_whole(name: str) -> None:
    euro = "€".encode()
    events = events_of(
        (0, "term", "output", b"1" + euro[:1]),
        (1, "term", "input", euro[:2]),  # its own stream, its own decoder
        (2, "term", "output", euro[1:2]),
        (3, "term", "output", euro[2:] + b"2"),
        (4, "term", "input", euro[2:]),
    )
    data, loss = written(name, HEADER, events)
    found = [json.loads(line)[1:] for line in data.splitlines()[1:]]
    assert found == [["o", "1"], ["o", "€2"], ["i", "€"]]
    assert loss.lines() == []


@pytest.mark.parametrize("name", ["asciicast2", "asciicast3"])
def test_invalid_bytes_become_replacement_characters_and_are_said(name: str) -> None:
    events = events_of(
        (0, "term", "output", b"a\xffb"),
        (1, "term", "output", b"c\xe2\x82"),
        (2, "term", "exit", {"code": 0, "signal": None}),
    )
    data, loss = written(name, HEADER, events)
    found = [json.loads(line)[1:] for line in data.splitlines()[1:]]
    assert found[:3] == [["o", "a\ufffdb"], ["o", "c"], ["o", "\ufffd"]]
    assert "bytes that are not UTF-8 became U+FFFD (2 times)" in loss.lines()


def test_a_replacement_character_the_program_printed_is_no_loss() -> None:
    _, loss = written("asciicast2", HEADER, events_of((0, "term", "output", "\ufffd".encode())))
    assert loss.lines() == []


def test_nothing_in_a_cast_acts_on_the_terminal_that_shows_it() -> None:
    text = "\x1b]52;c;x\x07\x7f\x9b31m\u202e é 😀"
    data, _ = written("asciicast2", HEADER, events_of((0, "term", "output", text.encode())))
    assert not set(data.decode()) & {chr(c) for c in [*range(10), *range(11, 32), *range(127, 160)]}
    assert json.loads(data.splitlines()[1])[2] == text


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (["ls", "-l", "a b"], "ls -l 'a b'"),
        (["sh", "-c", "a | b"], "a | b"),
        (["bash"], "bash"),
        (["sh", "-c", "it's"], "it's"),
    ],
)
def test_commands_are_command_lines_and_come_back(command: list[str], line: str) -> None:
    data, _ = written("asciicast2", HEADER | {"command": command}, [])
    assert json.loads(data)["command"] == line
    assert read("asciicast2", data)[0]["command"] == command
