"""A run goes on from a recorded state: FORK, REPLAY and MOCK differ in what runs and what is served."""

import asyncio

import pytest

from agentrec import FORK, MOCK, REPLAY, New, Recorder
from agentrec.sdk import ReplayedError, ResumeError, model, step, tool
from tests.sdk.runs import events_of, load


class Agent:
    """An agent of three steps, which counts what really runs."""

    def __init__(self):
        self.ran = []
        ran = self.ran

        @model("ask")
        def ask(prompt):
            ran.append("ask")
            return {
                "text": f"answer {len(ran)} to {prompt}",
                "usage": {"input_tokens": 3, "output_tokens": 2},
            }

        @tool("search")
        def search(query):
            ran.append("search")
            return [f"found {query} in run {len(ran)}"]

        @step
        def plan(state):
            ran.append("plan")
            return {**state, "plan": ask(state["query"])["text"]}

        @step
        def act(state):
            ran.append("act")
            state["found"] = search(state["query"])

        @step
        def answer(state):
            ran.append("answer")
            return {**state, "answer": f"{state['plan']} with {state['found'][0]}"}

        self.plan, self.act, self.answer = plan, act, answer

    def __call__(self, state):
        """Whatever the state lacks is done: it can go on from any step."""
        state = dict(state)
        if "plan" not in state:
            state = self.plan(state)
        if "found" not in state:
            self.act(state)
        return self.answer(state)


@pytest.fixture
def agent():
    return Agent()


@pytest.fixture
def parent(agent, tmp_path):
    with Recorder(tmp_path / "parent.ahr", name="agent", tags=["t"]):
        agent({"query": "x"})
    agent.ran.clear()
    with load(tmp_path / "parent.ahr") as run:
        assert [frame.node for frame in run.steps] == ["plan", "act", "answer"]
        yield run


def kinds(path):
    """What the child's recording says ran and was served."""
    with load(path) as run:
        return [(frame.node, frame.served) for frame in run.steps]


def calls(path):
    events = [
        event for event in events_of(path) if event.name in (("llm", "call"), ("tool", "result"))
    ]
    return [(event.track, bool(event.data.get("served"))) for event in events]


def test_fork_runs_everything_from_the_step_on(parent, agent, tmp_path):
    child = parent.resume(
        agent, from_=1, overrides={"query": "y"}, mode=FORK, path=tmp_path / "c.ahr"
    )
    assert agent.ran == ["act", "search", "answer"]
    assert child.value["answer"] == "answer 2 to x with found y in run 2"
    assert kinds(child.path) == [("act", False), ("answer", False)]
    assert calls(child.path) == [("tool", False)]
    with load(child.path) as run:
        assert run.parent["id"] == parent.id
        assert (run.parent["method"], run.parent["at_step"]) == ("fork", 1)
        assert run.input(0) == {**parent.input(1), "query": "y"}
        assert (run.name, run.tags, run.id) == ("agent", ["t"], child.id)
    started = events_of(child.path)[0].data
    assert (started["mode"], started["from_step"], started["overrides"]) == (
        "fork",
        1,
        {"query": "y"},
    )


def test_replay_serves_the_steps_before_and_verifies_them(parent, agent, tmp_path):
    child = parent.resume(
        agent, from_=2, overrides={"plan": "mine"}, mode=REPLAY, path=tmp_path / "c.ahr"
    )
    assert agent.ran == ["answer"]
    assert child.value["answer"] == "mine with found x in run 4"
    assert kinds(child.path) == [("plan", True), ("act", True), ("answer", False)]
    assert calls(child.path) == []
    assert (child.ran, child.served) == (1, 2)


def test_mock_serves_calls_that_match_and_runs_the_rest(parent, agent, tmp_path):
    child = parent.resume(agent, from_=0, mode=MOCK, path=tmp_path / "c.ahr")
    assert agent.ran == ["plan", "act", "answer"]
    assert child.value == parent.state(2)
    assert kinds(child.path) == [("plan", False), ("act", False), ("answer", False)]
    assert calls(child.path) == [("llm", True), ("tool", True)]
    with load(child.path) as run:
        assert run.tokens.total == 0  # nothing was paid again


def test_mock_runs_calls_with_other_arguments(parent, agent, tmp_path):
    child = parent.resume(
        agent, from_=0, overrides={"query": "y"}, mode=MOCK, path=tmp_path / "c.ahr"
    )
    assert agent.ran == ["plan", "ask", "act", "search", "answer"]
    assert calls(child.path) == [("llm", False), ("tool", False)]


def test_the_modes_differ_on_the_same_step(parent, agent, tmp_path):
    ran = {}
    for mode in (FORK, REPLAY, MOCK):
        agent.ran.clear()
        parent.resume(agent, from_=1, mode=mode, path=tmp_path / f"{mode.value}.ahr")
        ran[mode] = list(agent.ran)
    assert ran == {
        FORK: ["act", "search", "answer"],
        REPLAY: ["act", "search", "answer"],
        MOCK: ["act", "answer"],
    }
    assert [len(kinds(tmp_path / f"{mode.value}.ahr")) for mode in ran] == [2, 3, 2]


def test_replay_notices_another_program(parent, agent, tmp_path):
    @step
    def other(state):
        return state

    def replay(fn):
        parent.resume(fn, from_=2, mode=REPLAY, path=tmp_path / f"{fn.__name__}.ahr")

    def another_input(_):
        return agent({"query": "z"})

    def nothing(_):
        return None

    with pytest.raises(ResumeError, match=r"'other' runs, where the recording has step 0 \(plan\)"):
        replay(other)
    with pytest.raises(ResumeError, match=r"step 0 \(plan\) got other input .*: query"):
        replay(another_input)
    with pytest.raises(ResumeError, match="ended before step 2"):
        replay(nothing)
    assert agent.ran == []


def test_replay_of_a_block_says_that_it_cannot_be_served(tmp_path):
    def run(state):
        from agentrec.sdk import current_recorder

        with current_recorder().step("a block", state):
            state["n"] = 1
        current_recorder().record_step("recorded", state, state)
        return state

    with Recorder(tmp_path / "p.ahr"):
        run({})
    with load(tmp_path / "p.ahr") as parent:
        with pytest.raises(ResumeError, match="'a block' cannot be served"):
            parent.resume(run, from_=1, mode=REPLAY, path=tmp_path / "c.ahr")
        assert parent.resume(run, from_=1, path=tmp_path / "d.ahr").value == {"n": 1}


def test_nested_parallel_steps_are_replayed(tmp_path):
    ran = []

    @step
    async def leaf(name, delay):
        await asyncio.sleep(delay)
        ran.append(name)
        return {"name": name}

    @step
    async def both(delays):
        return {"got": await asyncio.gather(*(leaf(name, d) for name, d in delays.items()))}

    @step
    async def last(state):
        ran.append("last")
        return {"names": [one["name"] for one in state["got"]]}

    async def main(state):
        return await last(await both(dict(state)))

    async def record():
        async with Recorder(tmp_path / "p.ahr"):
            await main({"a": 0.02, "b": 0.0})

    asyncio.run(record())
    with load(tmp_path / "p.ahr") as parent:
        nodes = [frame.node for frame in parent.steps]
        assert nodes == ["both", "leaf", "leaf", "last"]
        for from_, expected in ((3, ["last"]), (2, ["b", "last"]), (0, ["b", "a", "last"])):
            ran.clear()
            path = tmp_path / f"{from_}.ahr"
            child = asyncio.run(parent.aresume(main, from_=from_, mode=REPLAY, path=path))
            assert child.value == {"names": ["a", "b"]}
            assert sorted(ran) == sorted(expected)
        assert kinds(tmp_path / "2.ahr") == [
            *(("both", False), ("leaf", True)),
            *(("leaf", False), ("last", False)),
        ]


def test_a_recorded_failure_is_raised_again(tmp_path):
    @tool
    def broken(n):
        raise ValueError(f"broken {n}")

    @step
    def careful(state):
        try:
            broken(state["n"])
        except Exception as error:
            return {"error": str(error)}

    with Recorder(tmp_path / "p.ahr"):
        careful({"n": 1})
    with load(tmp_path / "p.ahr") as parent:
        child = parent.resume(careful, mode=MOCK, path=tmp_path / "c.ahr")
        assert child.value == {"error": "ValueError: broken 1"}
        assert child.served == 1
    assert issubclass(ReplayedError, Exception)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"quer": "y"}, "the state has no quer: did you mean query"),
        ({"query": 3}, "query is a text in the recording, and a number in overrides"),
        ({"config": {"models": "x"}}, "the state has no config.models: did you mean model"),
        ({"messages[7].content": "x"}, "messages has 1 items, none at 7"),
        ({"messages": [1]}, "messages is a list in the recording, and a list"),
        ({"flag": 1}, "flag is a boolean in the recording, and a number"),
    ],
)
def test_overrides_are_checked_against_the_state(tmp_path, overrides, message):
    state = {"query": "x", "config": {"model": "m"}, "messages": [{"content": "hi"}], "flag": True}
    Recorder(tmp_path / "p.ahr").record_step("only", state, state)
    with Recorder(tmp_path / "q.ahr") as r:
        r.record_step("only", state, state)
    with load(tmp_path / "q.ahr") as parent, pytest.raises(ResumeError) as error:
        parent.resume(lambda state: state, overrides=overrides, path=tmp_path / "c.ahr")
    assert message in str(error.value)
    assert not (tmp_path / "c.ahr").exists()


def test_overrides_change_what_they_name(tmp_path):
    state = {"config": {"model": "m", "n": 1}, "messages": [{"content": "hi"}], "last": None}
    with Recorder(tmp_path / "p.ahr") as r:
        r.record_step("only", state, state)
    overrides = {
        "config": {"n": 2.5},
        "messages[0].content": "hello",
        "last": "text",
        "limit": New(3),
    }
    with load(tmp_path / "p.ahr") as parent:
        child = parent.resume(lambda state: state, overrides=overrides, path=tmp_path / "c.ahr")
    assert child.value == {
        "config": {"model": "m", "n": 2.5},
        "messages": [{"content": "hello"}],
        "last": "text",
        "limit": 3,
    }


def test_replay_changes_the_state_by_the_overrides_and_nothing_else(tmp_path):
    @step
    def first(state):
        return {**state, "n": 1, "flag": True, "gone": 2}

    @step
    def second(state):
        return dict(state)

    def agent(state):
        return second(first(state))

    with Recorder(tmp_path / "p.ahr"):
        agent({"q": "x"})
    overrides = {"flag": New(1), "limit": New(None)}
    with load(tmp_path / "p.ahr") as parent:
        child = parent.resume(
            agent, from_=1, overrides=overrides, mode=REPLAY, path=tmp_path / "c.ahr"
        )
    assert child.value == {"q": "x", "n": 1, "flag": 1, "gone": 2, "limit": None}
    assert child.value["flag"] is not True


def test_replay_needs_the_state_that_the_run_began_with(tmp_path):
    @step
    def first(state):
        return {"n": 1}

    @step
    def second(state):
        return {"n": 2}

    def agent(state):
        return second(first(state))

    with pytest.warns(RuntimeWarning), Recorder(tmp_path / "p.ahr"):
        agent({"client": object()})
    with load(tmp_path / "p.ahr") as parent:
        with pytest.raises(ResumeError, match=r"client \(object\) was not recorded") as error:
            parent.resume(agent, from_=1, mode=REPLAY, path=tmp_path / "c.ahr")
        assert "mode=FORK" in error.value.hint
        assert parent.resume(second, from_=1, path=tmp_path / "d.ahr").value == {"n": 2}


def test_a_state_that_is_incomplete_or_masked_is_not_gone_on_from(tmp_path):
    with pytest.warns(RuntimeWarning), Recorder(tmp_path / "p.ahr") as r:
        r.record_step("a", {"client": object(), "password": "Xk29fjw0Q"}, {})
    with load(tmp_path / "p.ahr") as parent:
        with pytest.raises(ResumeError, match=r"client \(object\) was not recorded"):
            parent.resume(lambda state: state, path=tmp_path / "c.ahr")
        with pytest.raises(ResumeError, match="masked secret: password"):
            parent.resume(lambda state: state, overrides={"client": 1}, path=tmp_path / "c.ahr")
        overrides = {"client": 1, "password": "again"}
        child = parent.resume(lambda state: state, overrides=overrides, path=tmp_path / "c.ahr")
    assert child.value == overrides


def test_a_fork_has_the_settings_of_its_recorder(tmp_path):
    settings = {"tags": ["t"], "entry": "package:agent", "redact": False, "convert": repr}
    with Recorder(tmp_path / "p.ahr", **settings) as r:
        r.record_step("a", {"n": 0}, {"n": 1})
        with r.fork(0, path=tmp_path / "f.ahr") as fork:
            fork.record_step("a", {"password": "Xk29fjw0Q"}, {"client": 1j})
    with load(tmp_path / "p.ahr") as parent, load(tmp_path / "f.ahr") as run:
        assert (run.tags, run.entry) == (parent.tags, parent.entry) == (["t"], "package:agent")
        assert run.input(0) == {"password": "Xk29fjw0Q"}
        assert run.state(0) == {"client": "1j"}


def test_fork_of_an_open_recorder(tmp_path):
    with Recorder(tmp_path / "p.ahr", name="open") as r:
        r.record_step("a", {"n": 0}, {"n": 1})
        r.record_step("b", {"n": 1}, {"n": 2})
        with r.fork(1, {"n": 5}, path=tmp_path / "f.ahr") as fork:
            assert fork.state == {"n": 5}
            fork.record_step("b", fork.state, {"n": 6})
    with load(tmp_path / "f.ahr") as run:
        assert run.state(0) == {"n": 6}
        assert (run.parent["id"], run.parent["at_step"]) == (r.session, 1)


def test_an_error_in_the_resumed_run_says_where_it_is_recorded(parent, tmp_path):
    def broken(state):
        raise KeyError("x")

    with pytest.raises(KeyError) as error:
        parent.resume(broken, from_=1, path=tmp_path / "c.ahr")
    assert str(tmp_path / "c.ahr") in error.value.__notes__[0]
    assert events_of(tmp_path / "c.ahr")[-1].data["error"]["type"] == "KeyError"
