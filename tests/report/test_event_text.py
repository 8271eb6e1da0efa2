"""Events as one line."""

import pytest

from agentrec.recording.events import Event
from agentrec.recording.events.registry import KINDS
from agentrec.report.event_text import (
    dollars,
    line,
    milliseconds,
    prompt_of,
    short,
    subject,
    tokens,
)

PATCH = (
    "*** Begin Patch\n*** Update File: src/shop/area.py\n@@\n*** Add File: b.py\n+x\n*** End Patch"
)


# Also what the page says, see tests/web_page/test_exported.py.
CALLS = [
    ("Bash", {"command": "pytest -q", "description": "run the tests"}, "pytest -q"),
    ("exec_command", {"cmd": ["ls", "-l"]}, "ls -l"),
    ("Read", {"file_path": "/home/user/shop/src/area.py", "limit": 5}, "src/area.py"),
    ("edit", {"filePath": "area.py", "oldString": "x"}, "area.py"),
    ("Grep", {"pattern": "def area", "path": "/home/user/shop"}, "def area"),
    ("ls", {"path": "/home/user/shop/"}, "user/shop"),
    ("ls", {"path": "/"}, "/"),
    ("WebFetch", {"url": "https://example.org", "prompt": "what is it"}, "https://example.org"),
    ("Task", {"prompt": "Look at all of it", "description": "explore"}, "explore"),
    ("apply_patch", PATCH, "shop/area.py, b.py"),
    ("apply_patch", {"input": PATCH}, "shop/area.py, b.py"),
    ("apply_patch", {"command": ["apply_patch", PATCH]}, "shop/area.py, b.py"),
    ("apply_patch", {"input": "not a patch"}, "input=not a patch"),
    ("odd", {"command": "", "x": 3, "y": {"z": [1, None]}}, "x=3 y=z=1"),
    ("odd", {}, ""),
    ("odd", ["a", 1], "a 1"),
    ("odd", "two\n lines", "two lines"),
    ("odd", None, ""),
]


@pytest.mark.parametrize(("tool", "given", "said"), CALLS)
def test_what_a_tool_is_called_on(tool, given, said):
    assert subject(tool, given) == said


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("term/output", b"hi\r\nthere", "9 bytes: hi there"),
        ("term/redacted", {"reason": "password"}, "input hidden: password"),
        ("term/resize", {"cols": 80, "rows": 24}, "resized to 80\u00d724"),
        ("term/exit", {"code": 3, "signal": None}, "exit 3"),
        ("term/exit", {"code": None, "signal": 15}, "killed by SIGTERM"),
        ("mark/moment", {"label": "here", "source": "cli"}, "here"),
        ("mark/note", {"text": "a\nremark"}, "a remark"),
        ("agent/session", {"agent": "codex", "session_id": "S"}, "codex: S"),
        ("agent/message", {"role": "user", "text": "fix it"}, "user: fix it"),
        ("agent/message", {"role": "assistant", "text": "hm", "thinking": True}, "thinking: hm"),
        ("agent/turn", {"n": 2}, "turn 2"),
        (
            "agent/lifecycle",
            {"state": "waiting_permission", "tool": "Bash", "input": {"command": "make"}},
            "waiting permission: Bash: make",
        ),
        ("agent/lifecycle", {"state": "error", "text": "429"}, "error: 429"),
        ("agent/lifecycle", {"state": "interrupted", "reason": "by user"}, "interrupted: by user"),
        ("agent/conversation", {"messages": 4}, "after message 4"),
        (
            "llm/call",
            {"model": "m", "usage": {"input": 4, "output": 1200}, "cost_usd": 0.25},
            "m: 4 in, 1,200 out, $0.2500",
        ),
        ("tool/call", {"name": "Bash", "input": {"command": "ls"}}, "Bash: ls"),
        ("tool/result", {"is_error": False, "output": "2 files\n"}, "ok: 2 files"),
        (
            "tool/result",
            {"is_error": True, "output": "no", "exit_code": 2, "duration_ms": 1500},
            "failed, exit 2, 1.5 s: no",
        ),
        ("sys/command", {"text": "make", "exit": 0, "duration_ms": 77}, "exit 0, 77 ms: make"),
        ("sys/command", {"text": "make"}, "make"),
        ("sys/process", {"argv": ["sh", "-c", "x"], "signal": 9}, "killed by SIGKILL: sh -c x"),
        ("sys/process", {"argv": ["sh"], "running": True}, "still running: sh"),
        ("sys/file", {"path": "a/b.py", "what": "created", "size": 3}, "created a/b.py"),
        ("sys/dropped", {"what": "requests", "count": 3}, "not recorded: requests: 3"),
        ("sys/dropped", {"what": "output", "bytes": 1}, "not recorded: output: 1 byte"),
        ("sys/trouble", {"text": "files: OSError", "count": 1}, "files: OSError"),
        ("sys/trouble", {"text": "files: OSError", "count": 2}, "files: OSError: 2 times"),
        (
            "fs/snapshot",
            {"id": "s2", "label": "after Edit", "changed": 3},
            "snapshot s2: after Edit, 3 changed",
        ),
        (
            "guard/redacted",
            {"rule": "aws", "where": "event", "seq": 4, "count": 2},
            "masked in event: 2 aws",
        ),
        ("ci/deploy", {"target": "staging", "ok": True}, "target=staging ok=True"),
    ],
)
def test_lines(name, data, said):
    assert str(line(Event(0, 0, *name.split("/"), data))) == said


@pytest.mark.parametrize("record", KINDS, ids=lambda record: record.__name__)
def test_an_event_without_any_data_has_a_line_too(record):
    assert isinstance(str(line(Event(0, 0, *record.NAME, {}))), str)


def test_what_the_user_asked_for():
    said = Event(0, 0, "agent", "message", {"role": "user", "text": "fix\n it"}, actor="user")
    assert prompt_of(said) == "fix it"
    assert prompt_of(said._replace(actor=None)) == "fix it"
    assert prompt_of(said._replace(actor="claude-code/Explore-1")) == ""
    assert prompt_of(said._replace(data={"role": "assistant", "text": "x"})) == ""
    assert len(prompt_of(said._replace(data={"role": "user", "text": "x" * 9999}))) == 500


def test_numbers():
    assert (dollars(0.03624), dollars(1234.5), dollars(None)) == ("$0.0362", "$1,234.50", "")
    assert (milliseconds(77.4), milliseconds(3210), milliseconds(None)) == ("77 ms", "3.2 s", "")
    assert tokens({"input": 4, "output": 0, "cache_read": 5639, "cache_write": 0}) == (
        "4 in, 5,639 cached"
    )


def test_long_values_are_cut():
    deep = [["x" * 1000] * 100] * 100
    assert len(short(deep)) <= 400
    assert len(short({str(n): "y" * 50 for n in range(100)})) <= 400
