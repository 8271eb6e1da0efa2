"""Which events ask for a snapshot, as a table."""

import pytest

from agentrec.companions.snapshots.triggers import Triggers


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        (
            [("tool", "call", {"id": "1", "name": "Bash"}), ("tool", "result", {"id": "1"})],
            "after Bash",
        ),
        ([("tool", "result", {"id": "1"})], "after a tool"),
        ([("tool", "call", {"id": "1", "name": "Bash"})], None),
        ([("sys", "command", {"text": "make\n  all"})], "after make all"),
        ([("agent", "turn", {"n": 3})], "turn 3"),
        (
            [("agent", "message", {"role": "user", "text": "fix " * 99})],
            ("you: " + "fix " * 99)[:120],
        ),
        ([("agent", "message", {"role": "assistant", "text": "done"})], None),
        ([("agent", "lifecycle", {"state": "idle"})], "turn is done"),
        ([("agent", "lifecycle", {"state": "compacted"})], None),
        ([("mark", "moment", {"label": "tests pass", "source": "auto"})], "tests pass"),
        ([("mark", "moment", {"label": "no snapshot: x", "source": "snapshots"})], None),
        ([("mark", "moment", {"label": "earlier", "at_ns": 5})], None),
        ([("sys", "file", {"path": "a"})], "files changed"),
        ([("fs", "snapshot", {"id": "s1"})], None),
        ([("llm", "call", {})], None),
    ],
)
def test_what_asks_for_a_snapshot(events, wanted):
    triggers = Triggers()
    found = [triggers.on_event(seq, *event) for seq, event in enumerate(events)]
    assert (found[-1].label if found[-1] else None) == wanted
