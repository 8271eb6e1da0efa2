"""The point of a recording at which an agent is resumed."""

from agentrec.agents.resume.point import point_at
from agentrec.recording.events import Event


def test_a_point_knows_how_the_agent_was_started_and_what_was_said():
    told = [
        ("agent", "session", {"agent": "codex", "session_id": "s", "argv": ["codex"]}, "codex"),
        ("agent", "message", {"role": "user", "text": "one"}, "user"),
        ("agent", "conversation", {"session_id": "s", "offset": 5}, "codex"),
        ("agent", "message", {"role": "user", "text": "to a sub-agent"}, "codex"),
        ("tool", "result", {"id": "c"}, "codex"),
        ("tool", "result", {"id": "d"}, "codex/sub"),
        ("agent", "message", {"role": "user", "text": "two"}, "user"),
        ("agent", "conversation", {"session_id": "s", "offset": 9}, "codex"),
    ]
    events = [
        Event(seq, seq, track, kind, data, actor=actor)
        for seq, (track, kind, data, actor) in enumerate(told)
    ]
    assert point_at(events, 1) is None
    first = {"agent": "codex", "argv": ["codex"], "session_id": "s", "offset": 5, "seq": 2}
    assert point_at(events, 2) == first | {"prompts": ["one"], "missed": 0}
    assert point_at(events, 6) == first | {"prompts": ["one"], "missed": 1}
    last = point_at(events, 99)
    assert last is not None
    assert (last["offset"], last["prompts"]) == (9, ["one", "two"])
