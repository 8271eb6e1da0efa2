"""An answer counts once, whoever tells it."""

from agentrec.gateway.call_match import TOLD_DELAY_SECONDS, CallMatch

LATER = TOLD_DELAY_SECONDS + 1


def line(id_, output=1, side="", usage=True):
    counts = [5, output, 0, 0, 0, 0] if usage else None
    call = {"id": id_, "usage": counts, "side": side}
    return {"call": call, "story": [f"story {id_}"], "alone": [f"alone {id_}"]}


def usage(output=1):
    return {"input": 5, "output": output, "cache_read": 0, "cache_write": 0}


def test_without_a_transcript_the_story_is_told_after_a_while():
    match = CallMatch(has_transcript=False)
    match.add(line("a"), 0.0)
    assert match.settle(1.0) == []
    assert match.settle(LATER) == ["story a"]
    assert match.settle_all() == []


def test_what_a_transcript_tells_is_left_out():
    match = CallMatch(has_transcript=True)
    match.told("a", usage())
    match.add(line("a"), 0.0)
    match.add(line("b"), 0.0)
    match.told("b", usage())
    assert match.settle(LATER) == []
    assert match.settle_all() == []


def test_a_transcript_with_ids_of_its_own_is_matched_by_tokens():
    match = CallMatch(has_transcript=True)
    match.add(line("a", 7), 0.0)
    match.add(line("b", 7), 0.0)
    match.told("own-1", usage(7))
    assert match.settle_all() == ["alone b"]


def test_an_agent_that_counts_what_was_cached_as_input_is_matched_by_sums():
    match = CallMatch(has_transcript=True)
    call = line("a", 7)
    call["call"]["usage"] = [5, 7, 2000, 40, 0, 0]
    match.add(line("b", 8), 0.0)
    match.add(call, 0.0)
    match.told("own-1", {"input": 2045, "output": 7, "cache_read": 0, "cache_write": None})
    assert match.settle_all() == ["alone b"]


def test_an_agent_that_estimates_tokens_is_matched_in_order_also_with_ids_that_we_made():
    match = CallMatch(has_transcript=True)
    for id_, count in (("a", 7), ("b", 8)):
        match.add(line(id_, count), 0.0)
        match.told(f"aider /some/history.md 2026-01-02 {id_}", usage(count + 1000))
    assert match.settle_all() == []


def test_an_id_counts_more_than_tokens():
    match = CallMatch(has_transcript=True)
    match.add(line("a", 7), 0.0)
    match.add(line("b", 7), 0.0)
    match.told("b", usage(7))
    assert match.settle_all() == ["alone a"]


def test_side_requests_are_told_after_a_while_others_at_the_end():
    match = CallMatch(has_transcript=True)
    match.told("c", usage())
    for it in (line("a", 2, side="title"), line("b", 3), line("c")):
        match.add(it, 0.0)
    assert match.settle(LATER) == ["alone a"]
    assert match.settle_all() == ["alone b"]


def test_a_transcript_that_tells_nothing_is_none():
    """As when an agent's new version writes it elsewhere."""
    match = CallMatch(has_transcript=True)
    match.add(line("a"), 0.0)
    assert match.settle(LATER) == []
    assert match.settle_all() == ["story a"]


def test_a_call_without_tokens_is_matched_by_its_id_only():
    match = CallMatch(has_transcript=True)
    match.add(line("a", usage=False), 0.0)
    match.told("x", {})
    match.told("y", usage())
    assert match.settle_all() == ["story a"]


def test_an_agent_that_is_found_later():
    match = CallMatch(has_transcript=False)
    match.add(line("a"), 0.0)
    match.has_transcript = True
    match.told("a", usage())
    assert match.settle(LATER) == []


def test_a_transcript_with_neither_ids_nor_true_counts_is_matched_in_order():
    """As of an agent that estimates its tokens."""
    match = CallMatch(has_transcript=True)
    for it in (line("title", 9, side="title"), line("a", 9), line("b", 9)):
        match.add(it, 0.0)
    match.told(None, usage(1234))
    assert match.settle(LATER) == ["alone title"]
    assert match.settle_all() == ["alone b"]
