"""Agents that are recorded less often: what is recorded is what the model server sent, to the token."""

import pytest

from fixtures.modelserver import ModelServer, scenario
from fixtures.modelserver.dialects import ROUTES
from tests.agents_env import ALL, RARE, require
from tests.agents_env.drive import Press, Send, Settle, Type, drive
from tests.agents_env.recorded import PACKAGE, RECORD, events, named, record

pytestmark = pytest.mark.agents
PROMPTS = {
    "aider": "Greet me. [[scenario:hello]]",
    "gemini": "Mend it. [[scenario:fix-tests]]",
    "mini": "Do it. [[scenario:submit]]",
    "pi": "Mend it. [[scenario:fix-tests]]",
    "qwen": "Mend it. [[scenario:fix-tests]]",
}


def installed(name):
    """The agent; those that only `scripts/agents --latest` installs are skipped elsewhere."""
    if name in RARE and RARE[name].program() is None:
        pytest.skip(f"{name}: installed by scripts/agents --latest")
    return require((ALL | RARE)[name])


def sent(server, start=0):
    """(texts, thoughts, calls, tokens in and out) of the conversation, without side requests.

    ``start``: how many requests came before it.
    """
    texts, thoughts, calls, tokens = [], [], [], []
    for entry in server.received()[start:]:
        found = next(((d, m) for p, d in ROUTES if (m := p.match(entry.path.split("?")[0]))), None)
        if found is None or not entry.body:
            continue
        ask = found[0].ask(entry.body | found[1].groupdict())
        answer = scenario.answer(ask, server.scenarios)
        if ask.schema or answer.text == scenario.SIDE_TEXT:
            continue
        texts += [answer.text] if answer.text else []
        thoughts += [answer.thinking] if answer.thinking else []
        calls += [(call.tool.name, call.arguments) for call in answer.calls]
        usage = answer.usage
        tokens.append((usage.fresh + usage.cached, usage.output))
    return texts, thoughts, calls, tokens


def told(found):
    """The same from the events of a recording."""
    spoken = [
        event.data for event in named(found, "agent/message") if event.data["role"] == "assistant"
    ]
    usages = [event.data["usage"] for event in named(found, "llm/call")]
    return (
        [data["text"] for data in spoken if not data.get("thinking")],
        [data["text"] for data in spoken if data.get("thinking")],
        [(event.data["name"], event.data["input"]) for event in named(found, "tool/call")],
        [(usage["input"] + usage["cache_read"], usage["output"]) for usage in usages],
    )


@pytest.mark.parametrize("name", PROMPTS)
def test_the_story_is_what_the_server_sent(name, tmp_path):
    agent, path = installed(name), tmp_path / "run.ahr"
    with ModelServer(delay=0.002) as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        record(path, agent.argv(agent.headless, PROMPTS[name]), env, tmp_path / "work", 200)
        expected = sent(server)
    found = events(path)
    assert len(expected[0]) >= 1
    texts, thoughts, calls, tokens = told(found)
    assert (texts, calls, tokens) == (expected[0], expected[2], expected[3])
    if name != "aider":  # it keeps no thoughts of answers that do not stream
        # Gemini CLI stores a thought in the pieces that it was streamed in.
        assert "".join("".join(thoughts).split()) == "".join("".join(expected[1]).split())
    (prompt,) = [e.data["text"] for e in named(found, "agent/message") if e.actor == "user"]
    assert PROMPTS[name] in prompt
    states = [event.data["state"] for event in named(found, "agent/lifecycle")]
    assert (states[0], states[-1]) == ("started", "finished")
    spans = {event.span for event in named(found, "tool/call")}
    assert {event.span for event in named(found, "tool/result")} == spans


def test_gemini_a_rewind_is_on_the_timeline(tmp_path):
    """After a rewind Gemini CLI writes all messages anew: they are not told again."""
    agent, path = require(ALL["gemini"]), tmp_path / "run.ahr"
    first, second = "First. [[scenario:hello]]", "Second thing. [[scenario:hello]]"
    steps = [
        *agent.session((first, "You said: First"), (second, "You said: Second"))[
            : -len(agent.leave)
        ],
        *(Type("/rewind"), Settle(), Press(b"\r", "Stay at current")),
        *(Press(b"\x1b[A", "● Second thing"), Press(b"\r", "Confirm Rewind"), Settle()),
        *(Press(b"\r", r"\* Second thing"), Settle()),
        Send(b"\x15"),  # the prompt that was taken back is to be edited
        *(Settle(), *agent.leave),
    ]
    with ModelServer(delay=0.002) as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url) | {
            "PYTHONPATH": PACKAGE
        }
        prefix = [*RECORD, "-q", "-o", str(path), "--"]
        drive(agent.argv(agent.tui), env, tmp_path / "work", 100, 40, steps, prefix=prefix)
    found = events(path)
    states = [event.data for event in named(found, "agent/lifecycle")]
    assert [data["text"] for data in states if data["state"] == "rewound"] == [second]
    messages = named(found, "agent/message")
    assert [event.data["text"] for event in messages if event.actor == "user"] == [first, second]
    answers = [
        e.data for e in messages if e.data["role"] == "assistant" and not e.data.get("thinking")
    ]
    assert len(answers) == 2
