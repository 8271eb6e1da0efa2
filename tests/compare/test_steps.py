"""Events as steps: the order of parallel calls, sub-agents, shells."""

from hypothesis import given
from hypothesis import strategies as st

from agentrec.compare import steps as module
from agentrec.compare.same_text import SameText
from agentrec.compare.steps import StepReader
from agentrec.recording.events.decode import decode
from tests.library.helpers import events


def steps(*told):
    reader = StepReader(SameText())
    for event in events(*told):
        reader.feed(event, decode(event))
    return reader.steps()


def said(t, text, actor="claude-code", **more):
    return (t, "agent", "message", {"role": "assistant", "text": text, **more}, {"actor": actor})


def called(t, span, name="Bash", parent="m1", actor="claude-code", **given):
    links = {"span": span, "parent": parent, "actor": actor}
    return (
        t,
        "tool",
        "call",
        {"name": name, "input": given or {"command": span}, "id": span},
        links,
    )


def returned(t, span, output="done", actor="claude-code", **more):
    data = {"output": output, "id": span, "is_error": False, **more}
    return (t, "tool", "result", data, {"span": span, "actor": actor})


def test_which_parallel_call_returns_first_does_not_matter():
    calls = [said(0, "Both."), called(1, "a"), called(1.1, "b")]
    first = steps(*calls, returned(2, "a"), returned(3, "b"), said(4, "Done."))
    second = steps(*calls, returned(2, "b"), returned(3, "a"), said(4, "Done."))
    early = steps(*calls[:2], returned(1.05, "a"), calls[2], returned(3, "b"), said(4, "Done."))
    keys = [step.key for step in first]
    assert [step.key for step in second] == [step.key for step in early] == keys
    assert [step.number for step in first] == [1, 2, 3, 4, 5, 6]
    assert [step.line for step in first[1:5]] == [
        "Bash: a",
        "Bash: b",
        "Bash (a) returned ok: done",
        "Bash (b) returned ok: done",
    ]


def subagent(t, name, span, text):
    actor = f"claude-code/{name}"
    return [
        (t, "agent", "message", {"role": "user", "text": "task"}, {"actor": "claude-code"}),
        said(t, text, actor),
        (t + 0.1, "llm", "call", {"model": "m"}, {"actor": actor, "parent": span}),
        said(t + 0.5, f"{text} again", actor),
    ]


def test_a_sub_agent_stands_after_the_call_that_started_it():
    calls = [called(0, "a", "Agent"), called(0, "b", "Agent")]
    ends = [returned(9, "a"), returned(9, "b")]
    one, two = subagent(1, "x-1", "a", "one"), subagent(1, "y-2", "b", "two")
    mixed = [event for pair in zip(one, two, strict=True) for event in pair]
    swapped = [event for pair in zip(two, one, strict=True) for event in pair]
    texts = ["one", "one again", "done", "two", "two again", "done"]
    for told in (mixed, swapped, [*two, *one]):
        found = steps(*calls, *told, *ends)
        assert [step.text for step in found[2:]] == texts


def test_thinking_is_left_out_and_shells_have_commands():
    ran = (1, "sys", "command", {"text": "make", "exit": 2})
    found = steps(said(0, "Hm.", thinking=True), ran)
    assert [step.line for step in found] == ["make (exit 2)"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
)


@given(JSON, JSON, JSON)
def test_any_input_and_output_makes_steps(given_, output, name):
    links = {"span": "s", "parent": "p", "actor": "a"}
    call = (0, "tool", "call", {"name": name, "input": given_, "id": "s"}, links)
    found = steps(call, (1, "tool", "result", {"output": output, "error": name}, links))
    assert [step.kind for step in found] == ["call", "result"]
    assert len({(step.key, step.loose) for step in found}) == 2  # they can be hashed
    assert all(step.line for step in found)


def test_deep_inputs_and_many_steps_are_bounded(monkeypatch):
    deep = []
    for _ in range(700):
        deep = [deep]
    links = {"span": "s", "parent": "p", "actor": "a"}
    found = steps(
        (0, "tool", "call", {"name": "x", "input": {"a": deep}}, links),
        (1, "tool", "result", {"output": deep}, links),
    )
    assert len(found) == 2
    monkeypatch.setattr(module, "MAX_STEPS", 3)
    calls = [
        it for n in range(5) for it in (called(n, f"c{n}", parent=f"m{n}"), returned(n, f"c{n}"))
    ]
    assert [step.kind for step in steps(*calls)] == ["call", "result"] * 3


def test_different_agents_call_the_same_by_other_names():
    (one,) = steps(called(0, "a", "Bash", command="ls"))
    (two,) = steps(called(0, "a", "exec_command", cmd="ls"))
    assert one.key != two.key
    assert one.loose == two.loose
