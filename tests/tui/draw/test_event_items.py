"""Events as lines of the panel."""

import pytest

from agentrec.recording.events import Event
from agentrec.recording.events.decode import is_failure
from agentrec.recording.markers import Marker
from agentrec.tui.draw.event_items import of_event, of_point


@pytest.mark.parametrize(
    ("track", "kind", "data", "text", "error"),
    [
        ("term", "exit", {"code": 0, "signal": None}, "exit 0", False),
        ("term", "exit", {"code": 2, "signal": None}, "exit 2", True),
        ("term", "exit", {"code": None, "signal": 9}, "killed by SIGKILL", True),
        ("term", "resize", {"cols": 80, "rows": 24}, "resized to 80\u00d724", False),
        ("term", "redacted", {"reason": "password"}, "input hidden: password", False),
        ("tool", "call", {"name": "Bash", "input": {"command": "ls"}}, "Bash: ls", False),
        ("tool", "call", {"name": "Bash", "input": {"cmd": ["ls", "-l"]}}, "Bash: ls -l", False),
        (
            "tool",
            "call",
            {"name": "Edit", "input": {"file_path": "/a/b.py"}},
            "Edit: a/b.py",
            False,
        ),
        ("tool", "call", {"name": "Odd", "input": {"x": {}, "y": 3}}, "Odd: y=3", False),
        ("tool", "call", {}, "tool", False),
        ("tool", "result", {"output": "\n2 files\n", "is_error": False}, "2 files", False),
        ("tool", "result", {"name": "Bash", "is_error": True}, "Bash", True),
        ("tool", "result", {"status": "error"}, "failed", True),
        ("agent", "message", {"role": "user", "text": "hi\nthere"}, "hi there", False),
        ("agent", "message", {"role": "assistant", "text": "hm", "thinking": True}, "hm", False),
        ("agent", "lifecycle", {"state": "idle"}, "agent idle", False),
        (
            "llm",
            "call",
            {"model": "m-1", "usage": {"output": 1200}, "cost_usd": 0.0428},
            "m-1: 1,200 out, $0.0428",
            False,
        ),
        ("llm", "call", {"usage": "nonsense", "cost_usd": None}, "model call", False),
        ("sys", "command", {"text": "make", "exit": 2}, "exit 2: make", True),
        ("sys", "command", {"text": "make", "exit": 0}, "exit 0: make", False),
        ("sys", "file", {"path": "a/b.py", "what": "created"}, "created a/b.py", False),
        ("sys", "file", {"path": "b.py"}, "file b.py", False),
        (
            "fs",
            "snapshot",
            {"id": "s2", "label": "after Edit", "reason": "tool"},
            "snapshot s2: after Edit",
            False,
        ),
        (
            "guard",
            "limit",
            {"rule": "--max-cost", "text": "cost $2 (--max-cost 1)"},
            "limit reached: cost $2 (--max-cost 1)",
            True,
        ),
        (
            "guard",
            "finding",
            {"level": "error", "rule": "secret", "path": "k.py", "line": 3, "text": "a key"},
            "error secret: k.py:3: a key",
            True,
        ),
        ("new", "thing\x1b[31m", {"x": [1]}, "new/thing^[[31m x=1", False),
    ],
)
def test_lines(track, kind, data, text, error):
    event = Event(0, 5, track, kind, data)
    item = of_event(event)
    assert (item.t, item.text) == (5, text)
    assert is_failure(event) == (item.role == "error") == error


@pytest.mark.parametrize(
    "event",
    [
        Event(0, 0, "term", "output", b"x"),
        Event(0, 0, "term", "input", b"x"),
        Event(0, 0, "mark", "moment", {"label": "x"}),
        Event(0, 0, "?", "9", b"x"),
        Event(0, 0, "agent", "turn", {"n": 1}),
        Event(0, 0, "agent", "conversation", {"offset": 5}),
        Event(0, 0, "sys", "process", {"argv": ["readlink", "conda.bash"], "exit": 1}),
    ],
)
def test_what_the_panel_leaves_out(event):
    assert of_event(event) is None
    assert not is_failure(event)


@pytest.mark.parametrize(("status", "shown"), [("failed", ("✗", "error")), ("ok", ("◆", "moment"))])
def test_a_mark_that_says_that_something_failed(status, shown):
    item = of_point(Marker("m3", "moment", 3, 5, "conflict", "cli", status))
    assert (item.sign, item.role) == shown
