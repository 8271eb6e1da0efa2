"""A recording of an agent with a sub-agent, calls that are reported twice, tools and secrets."""

from agentrec.recording.reader import Recording
from agentrec.recording.writer import Writer

MS = 1_000_000
SECRET = "sk-ant-api03-" + "aB3dE5fG7h" * 8 + "-AAAAAA"
USAGE = {"input": 10, "output": 20, "cache_read": 30, "cache_write": 5, "reasoning": 4}


def make(path, *, ended=True, **header):
    """Write it; returns its path."""
    named = {"id": "run-1", "created": "2026-03-04T05:06:07Z", "command": ["/usr/bin/claude"]}
    writer = Writer(str(path), {"cols": 80, "rows": 24, **named, **header})

    def add(ms, name, data, **links):
        track, _, kind = name.partition("/")
        writer.event(ms * MS, track, kind, data, **links)

    add(0, "agent/session", {"agent": "claude-code", "session_id": "c1", "version": "2.1"})
    add(5, "agent/message", {"role": "user", "text": f"Use {SECRET} now"}, actor="user")
    call = {"model": "claude-opus-4-5", "id": "m1", "usage": {"output": 1}, "duration_ms": 50}
    add(60, "llm/call", call, span="m1")
    add(61, "agent/message", {"role": "assistant", "text": "I look."}, parent="m1")
    add(
        62,
        "tool/call",
        {"name": "Task", "input": {"key": SECRET}, "id": "t1"},
        span="t1",
        parent="m1",
    )
    last = {
        **call,
        "usage": USAGE,
        "cost_usd": 0.25,
        "stop_reason": "tool_use",
        "duration_ms": None,
    }
    add(70, "llm/call", last, span="m1")
    sub = {
        "model": "claude-haiku-4-5",
        "id": "m2",
        "usage": {"input": 1, "output": 2},
        "cost_usd": 0.5,
    }
    add(
        90,
        "llm/call",
        {**sub, "duration_ms": 10},
        span="m2",
        parent="t1",
        actor="claude-code/agent-7",
    )
    links = {"span": "t2", "parent": "m2", "actor": "claude-code/agent-7"}
    add(91, "tool/call", {"name": "Bash", "input": {"command": "false"}, "id": "t2"}, **links)
    add(95, "tool/result", {"id": "t2", "is_error": True, "output": "no"}, span="t2")
    add(99, "agent/lifecycle", {"state": "error", "error": "overloaded", "text": "Try later"})
    if ended:
        add(100, "tool/result", {"id": "t1", "output": "done", "duration_ms": 30}, span="t1")
        add(110, "term/exit", {"code": 3, "signal": None})
    writer.close()
    return str(path)


def opened(path):
    return Recording.open(str(path))
