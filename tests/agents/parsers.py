"""The parsers of JSON lines, and the example transcripts in ``fixtures/transcripts``."""

import json
from pathlib import Path

from agentrec.agents.claude.transcript import ClaudeTranscript
from agentrec.agents.codex.rollout import Rollout
from agentrec.agents.copilot.session_events import SessionEvents
from agentrec.agents.follow.event_builder import EventBuilder
from agentrec.agents.follow.tail import Tail
from agentrec.agents.gemini.chat import Chat as GeminiChat
from agentrec.agents.pi.session import SessionFile
from agentrec.agents.qwen.chat import Chat as QwenChat

FOLDER = Path(__file__).parents[2] / "fixtures" / "transcripts"
PARSERS = {
    "claude": lambda builder, path, since: ClaudeTranscript(builder, "S", path, since=since),
    "codex": lambda builder, path, since: Rollout(builder, path, since=since),
    "codex-totals": lambda builder, path, since: Rollout(builder, path, since=since),
    "copilot": lambda builder, path, since: SessionEvents(builder, path, since=since),
    "gemini": lambda builder, path, since: GeminiChat(builder, path, cwd="/work/shop", since=since),
    "pi": lambda builder, path, since: SessionFile(builder, path, since=since),
    "qwen": lambda builder, path, since: QwenChat(builder, path, since=since),
}
AGENT_NAMES = {"claude": "claude-code", "codex-totals": "codex"}


def parsed_events(name, since=0.0, twice=False):
    path = FOLDER / f"{name}.jsonl"
    builder = EventBuilder(AGENT_NAMES.get(name, name))
    parser = PARSERS[name](builder, str(path), since)
    if name == "claude":
        parser.sub_agent("a7b8c9d0e1f2", "Explore", "t3")
    for record, offset in Tail(str(path)).records() * (2 if twice else 1):
        parser.feed(record, offset)
    if name == "claude":
        parser.finish()
    return builder.drain()


def as_line(event):
    data = {key: value for key, value in event.data.items() if key != "transcript"}
    links = f"{event.span or '-'}<{event.parent or '-'}"
    text = json.dumps(data, ensure_ascii=False).replace(str(FOLDER), "FOLDER")
    return f"{event.track}/{event.kind} {event.actor or '-'} {links} {text}"


def changed_events(name, change):
    """Events of a transcript whose records were changed; none of them may raise."""
    builder = EventBuilder(AGENT_NAMES.get(name, name))
    parser = PARSERS[name](builder, str(FOLDER / f"{name}.jsonl"), 0.0)
    for number, line in enumerate((FOLDER / f"{name}.jsonl").read_text().splitlines()):
        parser.feed(json.loads(change(line)), number)
    if name == "claude":
        parser.finish()
    return builder.drain()
