"""The real clients of OpenAI and Anthropic against the scripted model server."""

import asyncio

import pytest

from agentrec import MOCK, Recorder
from agentrec.sdk import current_recorder
from agentrec.sdk.bridges.model_clients import wrap_anthropic, wrap_openai
from fixtures.modelserver.server import ModelServer
from tests.sdk.runs import load

openai = pytest.importorskip("openai")
anthropic = pytest.importorskip("anthropic")
CLIENTS = []
MESSAGES = [{"role": "user", "content": "[[scenario:hello]] please"}]


@pytest.fixture
def server():
    with ModelServer() as running:
        yield running


@pytest.fixture(autouse=True)
def opened():
    """Clients that are closed once their streams have been read."""
    yield
    while CLIENTS:
        CLIENTS.pop().close()


def openai_client(url):
    CLIENTS.append(openai.OpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0))
    return wrap_openai(CLIENTS[-1])


def anthropic_client(url):
    CLIENTS.append(anthropic.Anthropic(base_url=url, api_key="k", max_retries=0))
    return wrap_anthropic(CLIENTS[-1])


def chat(url, **options):
    client = openai_client(url)
    return client.chat.completions.create(model="gpt-5.5", messages=MESSAGES, **options)


def responses(url, **options):
    client = openai_client(url)
    return client.responses.create(model="gpt-5.5", input=MESSAGES, **options)


def messages(url, **options):
    client = anthropic_client(url)
    return client.messages.create(
        model="claude-scripted", max_tokens=100, messages=MESSAGES, **options
    )


async def async_chat(url, **options):
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0) as client:
        wrap_openai(client)
        answer = await client.chat.completions.create(model="gpt-5.5", messages=MESSAGES, **options)
        return [event async for event in answer] if options else answer


async def async_messages(url, **options):
    async with anthropic.AsyncAnthropic(base_url=url, api_key="k", max_retries=0) as client:
        wrap_anthropic(client)
        answer = await client.messages.create(
            model="claude-scripted", max_tokens=100, messages=MESSAGES, **options
        )
        return [event async for event in answer] if options else answer


def by_next(events):
    """All events of a stream, asked for one at a time."""
    found = []
    while (event := next(events, None)) is not None:
        found.append(event)
    return found


def calls(path):
    with load(path) as run:
        assert run.steps[0].span == next(run.events("llm")).parent
        return [event.data for event in run.events("llm")], run.tokens, run.messages_at(0)


def counts(usage):
    """What the API says was sent, cached or not, and answered."""
    if hasattr(usage, "prompt_tokens"):
        return usage.prompt_tokens, usage.completion_tokens
    names = ("cache_read_input_tokens", "cache_creation_input_tokens")
    cached = sum(getattr(usage, name, None) or 0 for name in names)
    return usage.input_tokens + cached, usage.output_tokens


def text(answer):
    if hasattr(answer, "choices"):
        return answer.choices[0].message.content
    return getattr(answer, "output_text", None) or answer.content[-1].text


CALLS = {
    "chat": chat,
    "responses": responses,
    "messages": messages,
    "chat by next": lambda url, **options: by_next(chat(url, **options)) if options else chat(url),
    "messages by next": lambda url, **options: (
        by_next(messages(url, **options)) if options else messages(url)
    ),
    "async chat": lambda url, **options: asyncio.run(async_chat(url, **options)),
    "async messages": lambda url, **options: asyncio.run(async_messages(url, **options)),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_and_its_stream_are_recorded_alike(server, tmp_path, name):
    call = CALLS[name]
    with Recorder(tmp_path / "whole.ahr") as r, r.step("ask", {}):
        answer = call(server.url)
    with Recorder(tmp_path / "stream.ahr") as r, r.step("ask", {}):
        events = list(call(server.url, stream=True))
    whole, tokens, said = calls(tmp_path / "whole.ahr")
    streamed, stream_tokens, stream_said = calls(tmp_path / "stream.ahr")
    assert (len(whole), len(streamed)) == (1, 1)
    assert (tokens.prompt, tokens.output) == counts(answer.usage)
    assert tokens.prompt
    assert stream_tokens == tokens
    assert [one.content for one in said] == [one.content for one in stream_said]
    assert said[-1].content == "Hello from the scripted model. You said: please"
    assert whole[0]["model"] == answer.model
    assert whole[0]["stop_reason"] == streamed[0]["stop_reason"] != ""
    assert all(getattr(event, "choices", True) for event in events)  # nothing was added


def test_a_stream_with_a_context_manager(server, tmp_path):
    client = anthropic_client(server.url)
    with (
        Recorder(tmp_path / "r.ahr") as r,
        r.step("ask", {}),
        client.messages.stream(
            model="claude-scripted", max_tokens=100, messages=MESSAGES
        ) as stream,
    ):
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    data, tokens, said = calls(tmp_path / "r.ahr")
    assert len(data) == 1
    assert (tokens.prompt, tokens.output) == counts(final.usage)
    assert said[-1].content == text


def test_an_error_is_recorded_and_raised(tmp_path):
    with (
        Recorder(tmp_path / "r.ahr") as r,
        r.step("ask", {}),
        pytest.raises(openai.APIConnectionError),
    ):
        chat("http://127.0.0.1:9")
    with load(tmp_path / "r.ahr") as run:
        assert next(run.events("llm")).data["error"]["type"] == "APIConnectionError"
        assert run.errors


def test_a_wrapped_client_works_without_a_recorder(server):
    assert current_recorder() is None
    assert chat(server.url).choices[0].message.content.startswith("Hello")


@pytest.mark.parametrize("name", CALLS)
def test_mock_serves_the_recorded_answer(server, tmp_path, name):
    def ask(state):
        return text(CALLS[name](state["url"]))

    with Recorder(tmp_path / "p.ahr") as r, r.step("ask", {"url": server.url}) as block:
        block.output = {"answer": ask({"url": server.url})}
    before = len(server.store.all())
    with load(tmp_path / "p.ahr") as parent:
        child = parent.resume(ask, mode=MOCK, path=tmp_path / "c.ahr")
        assert child.value == parent.state(0)["answer"]
    assert child.served == 1
    assert len(server.store.all()) == before


def test_mock_runs_a_stream_helper(server, tmp_path):
    client = anthropic_client(server.url)
    asked = {"model": "claude-scripted", "max_tokens": 100, "messages": MESSAGES}

    def ask(state):
        with client.messages.stream(**asked) as stream:
            return "".join(stream.text_stream)

    with Recorder(tmp_path / "p.ahr") as r, r.step("ask", {}) as block:
        block.output = {"answer": ask({})}
    before = len(server.store.all())
    with load(tmp_path / "p.ahr") as parent:
        child = parent.resume(ask, mode=MOCK, path=tmp_path / "c.ahr")
        assert child.value == parent.state(0)["answer"]
    assert (child.served, len(server.store.all())) == (0, before + 1)
