"""aider's Markdown and its log of events."""

from agentrec.agents.aider.history import History
from agentrec.agents.follow.event_builder import EventBuilder
from tests.agents.helpers import brief

AIDER = """
# aider chat started at 2026-01-31 10:00:00

> Main model: openai/gpt-4o with diff edit format
> Git repo: .git with 3 files

#### Mend the sum
#### in area.py.

<thinking-content-7bbeb8e1>
It adds.
</thinking-content-7bbeb8e1>

It should multiply.

    a * b

> Tokens: 2.4k sent, 79 received. Cost: $0.0068 message, $0.0068 session.
> Applied edit to area.py
"""


def test_the_markdown_and_the_log_make_one_run(tmp_path):
    path = tmp_path / "history.md"
    path.write_text("#### from before\n")
    history = History(EventBuilder("aider"), str(path), "/w", start=path.stat().st_size)
    assert history.read() == []
    with path.open("a") as file:
        file.write(AIDER)
    events = history.read()
    facts = {"main_model": "openai/REDACTED", "prompt_tokens": 2402, "completion_tokens": 79}
    history.analytics({"event": "cli session", "properties": {}})
    history.analytics({"event": "message_send", "properties": facts | {"cost": 0.0068}})
    events += history.finish()
    rows = brief(events)
    assert [entry[1] for entry in rows if entry[0] == "agent/message"] == [
        "Main model: openai/gpt-4o with diff edit format\nGit repo: .git with 3 files",
        "Mend the sum\nin area.py.",
        "It adds.",
        "It should multiply.\n\n    a * b",
        "Applied edit to area.py",
    ]
    (call,) = [event for event in events if event.track == "llm"]
    assert call.data["model"] == "openai/gpt-4o"
    assert call.data["usage"]["input"] == 2402
    assert call.data["cost_usd"] == 0.0068
    assert call.span == next(event.parent for event in events if event.kind == "turn")


def test_an_error_of_the_server_is_an_error(tmp_path):
    path = tmp_path / "history.md"
    path.write_text(
        "\n# aider chat started at 2026-01-31 10:00:00\n\n#### Go on\n"
        "> litellm.BadRequestError: OpenAIException - no\n"
    )
    history = History(EventBuilder("aider"), str(path), "/w", start=0)
    events = history.read() + history.finish()
    errors = [event.data["text"] for event in events if event.data.get("state") == "error"]
    assert errors == ["litellm.BadRequestError: OpenAIException - no"]
