"""Claude Code's transcript, where it differs from others."""

from tests.agents.parsers import changed_events


def test_blocks_without_a_kind():
    events = changed_events("claude", lambda line: line.replace('"tool_result"', "[[]]"))
    assert [event for event in events if event.kind == "conversation"]
