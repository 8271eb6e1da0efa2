"""What an agent reports: sessions, messages, turns, states, and points to resume at."""

from __future__ import annotations

from agentrec.recording.events.fields import (
    ANY,
    COUNT,
    FLAG,
    NUMBER,
    TABLE,
    TEXT,
    TEXTS,
    TIME_NS,
    Field,
)
from agentrec.recording.events.record import EventRecord

# The actor of what the user says; other actors are agents.
USER = "user"
_SOURCE = "an agent's transcript"


class AgentSession(EventRecord, kind="agent/session", source=_SOURCE):
    """A conversation starts or continues in this recording."""

    agent = Field(TEXT, "the agent: `claude-code`, `codex` ...")
    session_id = Field(TEXT, "the conversation's id")
    transcript = Field(TEXT, "the file that holds it")
    version = Field(TEXT, "the agent's version")
    cwd = Field(TEXT, "its directory")
    model = Field(TEXT, "the model at the start")
    provider = Field(TEXT, "the model's provider")
    git_branch = Field(TEXT, "the branch that is checked out")
    forked_from = Field(TEXT, "the conversation it was forked from")
    system_prompt = Field(TEXT, "the agent's system prompt, up to 64 K characters")
    system_prompt_length = Field(COUNT, "its length in characters, if it was cut")
    resume = Field(TABLE, "how to resume it by hand: `argv` and `cwd`")
    argv = Field(TEXTS, "command line of the recorded run, masked")
    home = Field(TABLE, "HOME and the agent's own variables of that run")
    started_in = Field(TEXT, "the directory the run was started in")


class AgentMessage(
    EventRecord, kind="agent/message", source=_SOURCE, links="parent: the model call"
):
    """A message of the user, the agent or the system."""

    role = Field(TEXT, "`user`, `assistant` or `system`")
    text = Field(TEXT, "up to 64 K characters")
    text_length = Field(COUNT, "its length in characters, if it was cut")
    thinking = Field(FLAG, "part of the model's thinking, not of its answer")
    id = Field(TEXT, "the message's id")
    at = Field(TEXT, "the agent's own time, ISO 8601")
    at_ns = Field(TIME_NS, "the same on the recording's clock")


class AgentTurn(EventRecord, kind="agent/turn", source=_SOURCE, links="parent: the model call"):
    """The model starts an answer."""

    n = Field(COUNT, "number of the answer in this recording, from 1, for each actor")
    at = Field(TEXT, "the agent's own time, ISO 8601")
    at_ns = Field(TIME_NS, "the same on the recording's clock")


class AgentLifecycle(
    EventRecord, kind="agent/lifecycle", source="an agent's transcript, hooks and terminal"
):
    """The agent's state changed."""

    state = Field(
        TEXT,
        "`started`, `waiting_permission`, `waiting_user`, `idle`, `interrupted`, `compacted`,"
        " `rewound` (text: the prompt taken back), `mode` (text: its new permission mode), `error`,"
        " `finished`",
    )
    tool = Field(TEXT, "waiting_permission: the tool")
    input = Field(ANY, "waiting_permission: its arguments")
    text = Field(TEXT, "details, up to 64 K characters")
    text_length = Field(COUNT, "its length in characters, if it was cut")
    reason = Field(TEXT, "interrupted, idle: why")
    error = Field(ANY, "error: the agent's name for it")
    retry = Field(COUNT, "error: the attempt that failed")
    duration_ms = Field(NUMBER, "idle: milliseconds the turn took")
    source = Field(TEXT, "`terminal`: reported to the terminal, not in the transcript")
    at = Field(TEXT, "the agent's own time, ISO 8601")
    at_ns = Field(TIME_NS, "the same on the recording's clock")

    @property
    def failed(self) -> bool | None:
        return True if self.state == "error" else None


class AgentConversation(EventRecord, kind="agent/conversation", source=_SOURCE):
    """A point where the conversation can be resumed. The transcript is kept beside the snapshots."""

    session_id = Field(TEXT, "the conversation's id")
    transcript = Field(TEXT, "the file that holds it")
    offset = Field(COUNT, "bytes of the transcript up to and with this point")
    last = Field(ANY, "the id of the last record")
    role = Field(TEXT, "role of the last record: `user`, `tool` or `assistant`")
    cwd = Field(TEXT, "the agent's directory")
    commit = Field(TEXT, "the last commit of the repository that the transcript names")
    model = Field(TEXT, "the model that answered last")
    tools = Field(TEXTS, "the tools used so far")
    query = Field(TEXT, "the user's last message, up to 2,000 characters")
    result = Field(TEXT, "the last answer or tool result, up to 2,000 characters")
    messages = Field(COUNT, "messages so far in this recording")
    sub_agents = Field(
        TABLE, "the transcripts of its sub-agents so far: path, and bytes read of it"
    )
    at = Field(TEXT, "the agent's own time, ISO 8601")
    at_ns = Field(TIME_NS, "the same on the recording's clock")
