"""mini-swe-agent's document, rewritten at each step."""

import json

from agentrec.agents.follow.event_builder import EventBuilder
from agentrec.agents.mini.trajectory import Trajectory
from tests.agents.helpers import brief

NOW = 1_769_853_600_000  # ms
USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 5,
    "prompt_tokens_details": {"cached_tokens": 90},
}
MINI = [
    {"role": "system", "content": "You help."},
    {"role": "user", "content": "List them."},
    {
        "role": "assistant",
        "content": "I look.",
        "tool_calls": [
            {"id": "c1", "function": {"name": "bash", "arguments": '{"command": "ls"}'}}
        ],
        "extra": {
            "response": {"id": "r1", "model": "gpt-4o", "usage": USAGE},
            "cost": 0.5,
            "timestamp": NOW / 1000,
        },
    },
    {
        "role": "tool",
        "content": "x",
        "tool_call_id": "c1",
        "extra": {"raw_output": "no", "returncode": 2, "timestamp": NOW / 1000 + 1},
    },
    {"role": "exit", "content": "", "extra": {"exit_status": "Submitted"}},
]


def test_a_document_that_is_rewritten_is_read_once(tmp_path):
    path = tmp_path / "traj.json"
    trajectory = Trajectory(EventBuilder("mini"), str(path), "/w", since=0)
    events = []
    for count in range(1, len(MINI) + 1):
        path.write_text(json.dumps({"info": {}, "messages": MINI[:count]})[:-1])
        assert trajectory.read() == []  # half written
        path.write_text(json.dumps({"info": {}, "messages": MINI[:count]}))
        events += trajectory.read()
    events += trajectory.finish()
    assert brief(events) == [
        ("agent/session", "mini", None),
        ("agent/lifecycle", "started", "mini"),
        ("agent/message", "List them.", "user"),
        ("agent/conversation", "user", "mini"),
        ("agent/turn", 1, "mini"),
        ("agent/message", "I look.", "mini"),
        ("tool/call", "bash", "mini"),
        ("llm/call", {"input": 10, "output": 5, "cache_read": 90, "cache_write": 0}, "mini"),
        ("tool/result", "no", "mini"),
        ("agent/conversation", "tool", "mini"),
        ("agent/lifecycle", "idle", "mini"),
        ("agent/lifecycle", "finished", "mini"),
    ]
    assert events[0].data["system_prompt"] == "You help."
    result = next(event for event in events if event.kind == "result")
    assert result.data["exit_code"] == 2
    assert result.data["duration_ms"] == 1000


def test_a_document_from_before_is_of_another_run(tmp_path):
    path = tmp_path / "traj.json"
    path.write_text(json.dumps({"messages": MINI}))
    assert Trajectory(EventBuilder("mini"), str(path), "/w", since=4e9).read() == []
