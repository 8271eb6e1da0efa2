"""The real LangGraph and LangChain with the scripted model server: nodes, parallel paths, tools, tokens."""

import asyncio
import operator
import threading
from typing import Annotated, TypedDict

import pytest

from agentrec import Recorder
from agentrec.sdk.bridges.langchain import langchain_handler
from agentrec.sdk.read.graph import step_graph
from fixtures.modelserver.server import ModelServer
from tests.sdk.runs import load

pytest.importorskip("langgraph")
langchain_openai = pytest.importorskip("langchain_openai")

from langchain_core.messages import HumanMessage  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from langgraph.checkpoint.memory import InMemorySaver  # noqa: E402
from langgraph.graph import END, START, StateGraph  # noqa: E402


class State(TypedDict):
    question: str
    found: Annotated[list[str], operator.add]
    answer: str


MODELS = []


@pytest.fixture
def server():
    with ModelServer() as running:
        yield running
    while MODELS:
        MODELS.pop().root_client.close()


@tool
def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word} means something"


def build(server):
    """A graph, its async twin, and what the client says that answers have cost, one after the other."""
    used = []
    model = langchain_openai.ChatOpenAI(
        model="gpt-5.5", base_url=f"{server.url}/v1", api_key="k", max_retries=0, stream_usage=True
    )
    MODELS.append(model)

    def plan(state):
        return {"found": [look_up.invoke({"word": state["question"]})]}

    meeting = threading.Barrier(2, timeout=30)

    def left(state):
        meeting.wait()
        return {"found": ["left"]}

    def right(state):
        meeting.wait()
        return {"found": ["right"]}

    def answer(state):
        said = model.invoke([HumanMessage("[[scenario:hello]] " + " ".join(state["found"]))])
        used.append(said.usage_metadata)
        return {"answer": said.content}

    async def async_answer(state):
        text = ""
        async for piece in model.astream([HumanMessage("[[scenario:hello]] hi")]):
            text += piece.content
            used.append(piece.usage_metadata)
        return {"answer": text}

    def graph(last):
        made = StateGraph(State)
        for name, node in (("plan", plan), ("left", left), ("right", right), ("answer", last)):
            made.add_node(name, node)
        made.add_edge(START, "plan")
        made.add_edge("plan", "left")
        made.add_edge("plan", "right")
        made.add_edge(["left", "right"], "answer")
        made.add_edge("answer", END)
        return made.compile(checkpointer=InMemorySaver())

    return graph(answer), graph(async_answer), used


def config(handler):
    return {"callbacks": [handler], "configurable": {"thread_id": "t1"}}


def check(path, used):
    (usage,) = [one for one in used if one]
    with load(path) as run:
        nodes = run.nodes
        assert {name: nodes[name] for name in ("plan", "left", "right", "answer")} == dict.fromkeys(
            ("plan", "left", "right", "answer"), 1
        )
        frames = {frame.node: frame for frame in run.steps}
        root = run.steps[0]
        assert all(
            frames[name].parent == root.index for name in ("plan", "left", "right", "answer")
        )
        assert frames["plan"].meta["thread_id"] == "t1"
        assert run.input(frames["plan"].index)["question"] == "word"
        assert run.output(frames["plan"].index) == {"found": ["word means something"]}
        assert run.output(root.index)["answer"].startswith("Hello from the scripted model")
        after = {run.steps[node.step].node: node.after for node in step_graph(run.steps)}
        assert set(after["answer"]) == {frames["left"].index, frames["right"].index}
        calls = list(run.events("llm"))
        assert len(calls) == 1
        assert calls[0].parent == frames["answer"].span
        assert run.tokens.prompt == usage["input_tokens"]
        assert run.tokens.output == usage["output_tokens"]
        tools = list(run.events("tool"))
        assert [event.kind for event in tools] == ["call", "result"]
        assert tools[0].parent == frames["plan"].span
        assert tools[0].data["input"] == {"word": "word"}


def test_a_graph_and_an_async_stream(server, tmp_path):
    graph, async_graph, used = build(server)
    with Recorder(tmp_path / "sync.ahr") as r:
        handler = langchain_handler(r)
        said = graph.invoke({"question": "word", "found": [], "answer": ""}, config(handler))
    check(tmp_path / "sync.ahr", used)
    used.clear()
    assert said["answer"].startswith("Hello")

    async def main():
        async with Recorder(tmp_path / "async.ahr") as r:
            handler = langchain_handler(r)
            state = {"question": "word", "found": [], "answer": ""}
            async for _ in async_graph.astream(state, config(handler)):
                pass
        await MODELS[-1].root_async_client.close()

    asyncio.run(main())
    check(tmp_path / "async.ahr", used)


def test_a_failing_node_is_an_error(tmp_path):
    def broken(state):
        raise ValueError("broken node")

    made = StateGraph(State)
    made.add_node("broken", broken)
    made.add_edge(START, "broken")
    with Recorder(tmp_path / "r.ahr") as r, pytest.raises(ValueError, match="broken node"):
        made.compile().invoke({"question": "x"}, {"callbacks": [langchain_handler(r)]})
    with load(tmp_path / "r.ahr") as run:
        assert [(frame.node, frame.failed) for frame in run.steps][-1] == ("broken", True)
