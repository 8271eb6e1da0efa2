"""Events in full, as parts to read."""

import pytest

from agentrec.report.event_parts import parts_of
from tests.library.helpers import events

EDIT = {"file_path": "/w/a.py", "old_string": "x = 1\ny = 2", "new_string": "x = 1\ny = 3"}


def parts(*told):
    return [(part.heading, part.kind, part.name, part.lines) for part in parts_of(*events(*told))]


def test_a_message_is_markdown():
    told = (1, "agent", "message", {"role": "assistant", "text": "Look:\n\n    x\x1b[31m"})
    assert parts(told) == [("assistant", "file", "message.md", ["Look:", "", "    x^[[31m"])]


def test_an_edit_is_a_diff():
    call = (1, "tool", "call", {"name": "Edit", "input": EDIT}, {"span": "a"})
    result = (2, "tool", "result", {"output": "ok", "duration_ms": 12}, {"span": "a"})
    head, path, edit, output = parts(call, result)
    assert head == ("Edit", "note", "", [])
    assert path == ("file_path", "note", "", ["/w/a.py"])
    assert edit[:3] == ("edit", "diff", "/w/a.py")
    assert edit[3][3:] == [" x = 1", "-y = 2", "+y = 3"]
    assert output == ("result, 12 ms", "note", "", ["ok"])


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"command": "ls\n-l"}, ("command", "file", "command.sh", ["ls", "-l"])),
        ({"content": "x", "path": "a.py"}, ("content", "file", "a.py", ["x"])),
        ({"cmd": ["ls", "-l"]}, ("cmd", "file", "command.sh", ["ls -l"])),
        ({"n": {"a": 1}}, ("n", "note", "", ["{", '  "a": 1', "}"])),
        ("plain", ("tool", "note", "", ["plain"])),
    ],
)
def test_what_is_code(given, part):
    found = parts((1, "tool", "call", {"name": "tool", "input": given}))
    assert part in found
    assert found[-1][0] == "no result"


def test_a_failure():
    told = (1, "tool", "result", {"error": "no such file", "exit_code": 2}, {"span": "a"})
    assert parts(told) == [("result, failed, exit 2", "note", "", ["no such file"])]


def test_anything_else_is_json():
    told = (1, "sys", "file", {"path": "a\x1b"})
    assert parts(told) == [("sys/file", "file", "event.json", ["{", '  "path": "a\\u001b"', "}"])]
