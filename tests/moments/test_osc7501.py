"""What agents tell terminals: any cut, and only what is new."""

import pytest

from agentrec.moments.osc7501 import AgentStateParser

WORKING = b"\x1b]7501;state=working:app=codex\x1b\\"
BLOCKED = b"\x1b]7501;state=blocked:app=codex:kind=permission\x1b\\"
STREAM = b"a\x1b]0;t\x07" + WORKING + b"b" + BLOCKED + BLOCKED + b"c\x1b[1m" + WORKING + BLOCKED


@pytest.mark.parametrize("cut", [1, 2, 5, 13, 400])
def test_each_wait_once_in_any_cut(cut):
    found = AgentStateParser()
    waits = [w for at in range(0, len(STREAM), cut) for w in found.feed(at, STREAM[at : at + cut])]
    assert [(wait.app, wait.state) for wait in waits] == [("codex", "waiting_permission")] * 2
    assert waits[0].as_data() == {
        "state": "waiting_permission",
        "source": "terminal",
        "at_ns": waits[0].t,
    }


@pytest.mark.parametrize(
    "data",
    [
        b"\x1b]7501;\x1b\\",
        b"\x1b]7501;state=blocked",
        b"\x1b]7501;" + b"x" * 5000 + b"\x07",
        b"\x1b]7501;state=clear\x1b\\",
        b"\x1b]7501;\xff=\xfe\x07",
        b"]7501;state=blocked\x07",
    ],
)
def test_what_says_nothing_of_a_wait(data):
    found = AgentStateParser()
    assert found.feed(1, data) == []
    found.feed(2, b"\x18")
    assert [wait.t for wait in found.feed(3, BLOCKED)] == [3]
