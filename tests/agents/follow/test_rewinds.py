"""A prompt that continues an earlier record than the last prompt's follows a rewind."""

from agentrec.agents.claude.transcript import ClaudeTranscript
from agentrec.agents.follow.event_builder import EventBuilder
from tests.agents.claude.records import answer, user


def rewinds(*records, since=0.0):
    builder = EventBuilder("claude-code")
    transcript = ClaudeTranscript(builder, "S", "/s.jsonl", since=since)
    for offset, record in enumerate(records):
        transcript.feed(record, offset)
    transcript.finish()
    return [
        event.data["text"]
        for event in builder.drain()
        if event.kind == "lifecycle" and event.data["state"] == "rewound"
    ]


def talk(number, parent):
    """A prompt and its answer; the answer's id is ``aN``."""
    return (
        user(f"u{number}", f"prompt {number}", parentUuid=parent),
        answer(f"a{number}", f"m{number}", (1, 1), parentUuid=f"u{number}"),
    )


FIRST, SECOND, THIRD = talk(1, None), talk(2, "a1"), talk(3, "a2")


def test_talk_that_goes_on_has_none():
    assert rewinds(*FIRST, *SECOND, *THIRD) == []


def test_to_the_last_prompt_to_an_earlier_one_and_to_the_start():
    assert rewinds(*FIRST, *SECOND, *talk(3, "a1")) == ["prompt 2"]
    assert rewinds(*FIRST, *SECOND, *THIRD, *talk(4, "a1")) == ["prompt 2"]
    assert rewinds(*FIRST, *SECOND, *talk(3, None)) == ["prompt 1"]


def test_two_in_a_row_are_two():
    assert rewinds(*FIRST, *SECOND, *talk(3, "a1"), *talk(4, "a1")) == ["prompt 2", "prompt 3"]


def test_parallel_results_sub_agents_and_the_harness_are_none():
    result = {"type": "tool_result", "tool_use_id": "t", "content": "x"}
    side = user("s1", "look", parentUuid=None, isSidechain=True, agentId="a")
    harness = user("h1", "<local-command-stdout>x", parentUuid=None)
    results = [user(f"r{n}", [result], parentUuid="a2") for n in range(2)]
    assert rewinds(*FIRST, *SECOND, *results, side, harness, *talk(3, "r0")) == []


def test_after_a_compaction_the_conversation_goes_on():
    boundary = {"type": "system", "uuid": "b", "parentUuid": None, "subtype": "compact_boundary"}
    summary = user("c", "so far", parentUuid="b", isCompactSummary=True)
    assert rewinds(*FIRST, *SECOND, boundary, summary, *talk(3, "c")) == []


def test_one_of_history_is_no_event():
    old = [record | {"timestamp": "2026-01-31T10:00:00Z"} for record in (*FIRST, *SECOND)]
    again = [record | {"timestamp": "2026-01-31T10:00:00Z"} for record in talk(3, "a1")]
    assert rewinds(*old, *again, since=4e9) == []
    assert rewinds(*old, *talk(3, "a1"), since=4e9) == ["prompt 2"]
