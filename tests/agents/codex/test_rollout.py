"""Codex's rollout file, where it differs from other transcripts."""

from tests.agents.parsers import changed_events


def test_an_exit_code_of_any_length():
    events = changed_events(
        "codex", lambda line: line.replace("exited with code 2", f"exited with code {'9' * 5000}")
    )
    assert [(e.track, e.kind) for e in events] == [
        (e.track, e.kind) for e in changed_events("codex", str)
    ]
