"""What is read alike in all versions."""

import json

import pytest

from agentrec.errors import FormatError
from tests.export.asciicast.casts import V2, V3
from tests.export.helpers import HEADER, read, written

BROKEN = [
    (b'[-1,"o","a"]', "line 2: -1 is not a time in seconds: left out"),
    (b'["1","o","a"]', "line 2: the time is str, not a number: left out"),
    (b'[true,"o","a"]', "line 2: the time is bool, not a number: left out"),
    (b'[1e400,"o","a"]', "line 2: inf is not a time in seconds: left out"),
    (b'[NaN,"o","a"]', "line 2 is not JSON: NaN is not a JSON value: left out"),
    (b'[1,"o",5]', "line 2: 5 is not a string: left out"),
    (b'[1,5,"o"]', "line 2: the code must be a string: left out"),
    (b'[1,"o"]', "line 2 is not [time, code, data]: left out"),
    (b'{"a":1}', "line 2 is not [time, code, data]: left out"),
    (b"[" * 100_000, "line 2: JSON is nested too deeply: left out"),
    (b"nonsense", "line 2 is not JSON: Expecting value, column 1: left out"),
    (b'[1,"r","80"]', "line 2: '80' is not a terminal size: left out"),
    (b'[1,"r","0x0"]', "line 2: '0x0' is not a terminal size: left out"),
    (b'[1,"r",[80,24]]', "line 2: [80, 24] is not a terminal size: left out"),
    (b'[1,"x","one"]', "line 2: 'one' is not an exit status: left out"),
    (b'[1,"x",null]', "line 2: None is not an exit status: left out"),
]


@pytest.mark.parametrize("name", ["asciicast2", "asciicast3"])
@pytest.mark.parametrize(("line", "says"), BROKEN)
def test_a_broken_line_is_left_out_and_said(name: str, line: bytes, says: str) -> None:
    head = V2 if name == "asciicast2" else V3
    _, events, notes = read(name, head + line + b'\n[2,"o","b"]\n')
    assert [event.data for event in events] == [b"b"]
    assert [event.seq for event in events] == [0]
    assert notes == [says]


@pytest.mark.parametrize("name", ["asciicast2", "asciicast3"])
def test_a_file_of_broken_lines_is_refused_with_the_first(name: str) -> None:
    head = V2 if name == "asciicast2" else V3
    with pytest.raises(FormatError, match="line 2 is not JSON"):
        read(name, head + b"nonsense\n" * 50)


def test_a_number_of_thousands_of_digits_is_left_out() -> None:
    line = b"[" + b"9" * 5000 + b',"o","a"]\n'
    _, events, notes = read("asciicast2", V2 + line + b'[2,"o","b"]\n')
    assert len(events) == len(notes) == 1


def test_brackets_beyond_counting_are_left_out() -> None:
    """Nested only to the limit, but millions of them: each would be an object in memory."""
    line = b"[" + b",".join([b"[" * 150 + b"]" * 150] * 20_000) + b"]\n"
    _, events, notes = read("asciicast2", V2 + line + b'[2,"o","b"]\n')
    assert [event.data for event in events] == [b"b"]
    assert notes == ["line 2: JSON has too many values: left out"]


def test_bytes_that_are_not_utf8_cost_only_themselves() -> None:
    _, events, notes = read("asciicast2", V2 + b'[1,"o","caf\xe9"]\n[2,"o","x"]\n')
    assert [event.data for event in events] == ["caf\ufffd".encode(), b"x"]
    assert notes == ["bytes that are not UTF-8 became U+FFFD"]


def test_an_exit_status_may_be_a_number() -> None:
    _, events, notes = read("asciicast3", V3 + b'[0.1,"o","hi"]\n[0.2,"x",7]\n')
    assert (events[1].kind, events[1].data, notes) == ("exit", {"code": 7, "signal": None}, [])


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (b'{"version": 2}', "None x None"),
        (b'{"version": 2, "width": 0, "height": 0}', "0 x 0"),
        (b'{"version": 2, "width": "80", "height": 24}', "'80' x 24"),
        (b'{"version": 2, "width": 80, "height": 70000}', "80 x 70000"),
        (b'{"version": 3, "term": {}}', "None x None"),
        (b'{"version": 3, "term": 5}', "None x None"),
    ],
)
def test_a_size_that_no_terminal_has_is_said(head: bytes, size: str) -> None:
    name = "asciicast2" if b"2" in head[:13] else "asciicast3"
    header, events, notes = read(name, head + b'\n[1,"o","a"]\n')
    assert (header["cols"], header["rows"], events[0].data) == (80, 24, b"a")
    assert notes == [f"the terminal size {size} is invalid: assuming 80x24"]


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
        b"# comment\n" + V3,
        b"",
    ],
)
def test_a_broken_header_is_refused(head: bytes) -> None:
    for name in ("asciicast2", "asciicast3"):
        with pytest.raises(FormatError):
            read(name, head)


def test_a_line_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentrec.export.line_codec.MAX_LINE_BYTES", 1 << 20)
    with pytest.raises(FormatError, match="line 2 is longer than 1 MiB"):
        read("asciicast2", V2 + b"[" + b" " * (1 << 20) + b'1,"o","x"]\n')


def test_lone_surrogates_become_replacement_characters() -> None:
    _, events, notes = read("asciicast2", V2 + b'[1,"o","a\\ud800b\\ud83d\\ude00"]\n')
    assert events[0].data == "a\ufffdb😀".encode()
    assert notes == ["lone surrogates became U+FFFD"]


@pytest.mark.parametrize("name", ["asciicast1", "asciicast2", "asciicast3", "jsonl"])
def test_a_character_split_over_two_events_is_joined(name: str) -> None:
    texts = ["a\\ud83d", "\\ude00b", "c\\ud83d", "d\\ude00", "\\ud83d"]
    _, events, notes = read(name, SPLIT[name](texts).encode())
    said = [event.data for event in events]
    assert b"".join(said) == "a😀bc\ufffdd\ufffd\ufffd".encode()
    assert said[:2] == [b"a", "😀b".encode()]
    assert notes == ["lone surrogates became U+FFFD (3 times)"]


SPLIT = {
    "asciicast1": lambda texts: (
        '{"version":1,"width":80,"height":24,"stdout":['
        + ",".join(f'[1,"{text}"]' for text in texts)
        + "]}"
    ),
    "asciicast2": lambda texts: V2.decode() + "".join(f'[1,"o","{text}"]\n' for text in texts),
    "asciicast3": lambda texts: V3.decode() + "".join(f'[1,"o","{text}"]\n' for text in texts),
    "jsonl": lambda texts: (
        '{"format":"agentrec-jsonl","version":1,"header":{}}\n'
        + "".join(
            f'{{"seq":{n},"t":0,"track":"term","kind":"output","data":"{text}"}}\n'
            for n, text in enumerate(texts)
        )
    ),
}


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
