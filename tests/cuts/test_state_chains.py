"""States and model calls that build on what is left out."""

import os

from agentrec import Recorder, Run
from agentrec.cuts.cut_file import cut
from agentrec.gateway.recorded_calls import calls_of
from tests.cuts.recordings import S, read, shown, write


def test_states_after_a_cut_are_those_of_the_whole(tmp_path):
    path = tmp_path / "run.ahr"
    with Recorder(path, name="job") as recorder:
        state = {"text": "x" * 500, "log": []}
        for number in range(20):
            with recorder.step(f"step {number}", state) as step:
                state = {**state, "log": [*state["log"], number]}
                step.output = state
    with Run.load(str(path)) as run:
        since = round(run.frames[9].t * 1e9) - 1
        cut(str(path), str(tmp_path / "new.ahr"), os.environ, since)
        with Run.load(str(tmp_path / "new.ahr")) as part:
            assert part.name == "job"
            assert [one.node for one in part.frames] == [one.node for one in run.frames[9:]]
            for index in range(11):
                assert part.input(index) == run.input(9 + index)
                assert part.output(index) == run.output(9 + index)


def request(t, span, messages, parts, **more):
    data = {
        "api": "anthropic",
        "operation": "generate",
        "messages": messages,
        "parts": parts,
        **more,
    }
    return (t, "llm", "request", {"options": "o", "system": "y", **data}, {"span": span})


def test_requests_have_the_messages_from_before(tmp_path):
    parts = {name: {"role": "user", "content": name} for name in "abcd"}
    fixed = {"o": {"model": "m"}, "y": "you are", "a": parts["a"]}
    source = write(
        tmp_path / "a.ahr",
        shown(0, "x"),
        request(1, "r1", ["a"], fixed),
        request(2, "r2", ["b"], {"b": parts["b"]}, base="r1", repeated=1),
        request(12, "r3", ["c"], {"c": parts["c"]}, base="r2", repeated=2),
        request(13, "r4", ["d"], {"d": parts["d"]}, base="r3", repeated=3),
        (14, "llm", "response", {"status": 200, "output": ["a"], "envelope": {}}, {"span": "r4"}),
    )
    cut(source, str(tmp_path / "new.ahr"), os.environ, 10 * S)
    whole = {call.span: call for call in calls_of(read(source)[1])}
    _, events = read(tmp_path / "new.ahr")
    calls = calls_of(events)
    assert [call.span for call in calls] == ["r3", "r4"]
    for call in calls:
        assert (call.body, call.messages) == (whole[call.span].body, whole[call.span].messages)
        assert call.answer == whole[call.span].answer
    third, fourth = [event for event in events if event.name == ("llm", "request")]
    assert sorted(third.data["parts"]) == ["a", "b", "c", "o", "y"]
    assert sorted(fourth.data["parts"]) == ["d"]
