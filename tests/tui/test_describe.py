"""Events as lines of the panel."""

import pytest

from agentrec.recording.events import Event
from agentrec.tui.describe import is_error, of_event


@pytest.mark.parametrize(
    ("track", "kind", "data", "text", "error"),
    [
        ("term", "exit", {"code": 0, "signal": None}, "exit 0", False),
        ("term", "exit", {"code": 2, "signal": None}, "exit 2", True),
        ("term", "exit", {"code": None, "signal": 9}, "killed by signal 9", True),
        ("term", "resize", {"cols": 80, "rows": 24}, "resized to 80\u00d724", False),
        ("term", "redacted", {"reason": "password"}, "redacted password", False),
        ("tool", "call", {"name": "Bash", "input": {"command": "ls"}}, "call Bash ls", False),
        ("tool", "result", {"name": "Bash", "is_error": True}, "result Bash", True),
        ("tool", "result", {"tool": "Read", "status": "error"}, "result Read error", True),
        ("agent", "message", {"role": "user", "text": "hi\nthere"}, "message user hi there", False),
        ("agent", "turn", {}, "agent turn", False),
        ("llm", "usage", {"model": "m-1"}, "usage m-1", False),
        ("new", "thing\x1b[31m", {"x": [1]}, "new thing\u241b[31m", False),
    ],
)
def test_lines(track, kind, data, text, error):
    event = Event(0, 5, track, kind, data)
    item = of_event(event)
    assert (item.t, item.text) == (5, text)
    assert is_error(event) == (item.role == "error") == error


@pytest.mark.parametrize(
    "event",
    [
        Event(0, 0, "term", "output", b"x"),
        Event(0, 0, "term", "input", b"x"),
        Event(0, 0, "mark", "moment", {"label": "x"}),
        Event(0, 0, "?", "9", b"x"),
    ],
)
def test_what_the_panel_leaves_out(event):
    assert of_event(event) is None
    assert not is_error(event)
