"""What is read alike in all versions."""

import json

import pytest

from agentrec.errors import FormatError
from tests.export.asciicast.casts import V2, V3
from tests.export.helpers import HEADER, read, written


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
    monkeypatch.setattr("agentrec.export.line_codec.MAX_LINE_BYTES", 1 << 20)
    with pytest.raises(FormatError, match="line 2 is longer than 1 MiB"):
        read("asciicast2", V2 + b"[" + b" " * (1 << 20) + b'1,"o","x"]\n')


def test_lone_surrogates_become_replacement_characters() -> None:
    _, events, _ = read("asciicast2", V2 + b'[1,"o","a\\ud800b\\ud83d\\ude00"]\n')
    assert events[0].data == "a\ufffdb😀".encode()


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
