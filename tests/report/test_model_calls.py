"""Which of the recorded model calls count."""

from agentrec.recording.events.llm import LlmCall
from agentrec.report.model_calls import LatestCalls


def test_a_call_replaces_the_one_with_its_id():
    calls, first = LatestCalls(), LlmCall({"id": "a"})
    assert calls.replace(first, 1) is None
    assert calls.replace(LlmCall({"id": "a"}), 2) == (first, 1)


def test_calls_without_an_id_all_count():
    calls = LatestCalls()
    assert [calls.replace(LlmCall({}), place) for place in range(2)] == [None, None]
