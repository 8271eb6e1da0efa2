"""Where a fork repeats its parent's records."""

from agentrec.agents.codex.replay import Replay


def at(second):
    return f"2026-11-28T11:00:{second:06.3f}Z"


def test_a_copy_ends_with_a_turn_after_a_pause():
    replay = Replay(at(1))
    assert replay.covers("turn_context", {}, at(1.01))
    assert replay.covers("response_item", {}, at(2))  # not the beginning of a turn
    assert not replay.covers("turn_context", {}, at(2.5))
    assert not replay.covers("turn_context", {}, at(2.5))
