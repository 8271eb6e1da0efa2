"""Every kind of event that this version knows, and those that are reserved for what comes soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.recording.events.agent import (
    AgentConversation,
    AgentLifecycle,
    AgentMessage,
    AgentSession,
    AgentTurn,
)
from agentrec.recording.events.fs import FsSnapshot
from agentrec.recording.events.guard import GuardDecision, GuardFinding, GuardLimit, GuardRedacted
from agentrec.recording.events.llm import LlmCall, LlmRequest, LlmResponse
from agentrec.recording.events.mark import MarkAbout, MarkMoment, MarkNote
from agentrec.recording.events.step import (
    StepDone,
    StepEnd,
    StepError,
    StepMemory,
    StepRun,
    StepStart,
    StepState,
)
from agentrec.recording.events.sys import (
    SysCommand,
    SysConnection,
    SysDropped,
    SysEnv,
    SysFile,
    SysProcess,
    SysSignature,
    SysSigner,
    SysTrouble,
)
from agentrec.recording.events.term import (
    TermEof,
    TermExit,
    TermPaused,
    TermRedacted,
    TermResize,
    TermResumed,
)
from agentrec.recording.events.tool import ToolCall, ToolResult

if TYPE_CHECKING:
    from agentrec.recording.events.record import EventRecord

KINDS: tuple[type[EventRecord], ...] = (
    TermRedacted,
    TermResize,
    TermEof,
    TermPaused,
    TermResumed,
    TermExit,
    MarkMoment,
    MarkNote,
    MarkAbout,
    AgentSession,
    AgentMessage,
    AgentTurn,
    AgentLifecycle,
    AgentConversation,
    LlmCall,
    LlmRequest,
    LlmResponse,
    ToolCall,
    ToolResult,
    StepRun,
    StepStart,
    StepEnd,
    StepError,
    StepMemory,
    StepState,
    StepDone,
    SysCommand,
    SysProcess,
    SysConnection,
    SysFile,
    SysEnv,
    SysDropped,
    SysTrouble,
    SysSigner,
    SysSignature,
    FsSnapshot,
    GuardRedacted,
    GuardLimit,
    GuardDecision,
    GuardFinding,
)
RECORDS: dict[tuple[str, str], type[EventRecord]] = {record.NAME: record for record in KINDS}

# Bytes, as they are.
BYTES = {
    "term/output": "What the command wrote",
    "term/input": "What the user typed, when input is recorded",
    "term/stdin": "What came through standard input that is not a terminal, when input is recorded",
    "term/stdout": "What went through standard output that is not a terminal, if the screen does not show it",
    "term/stderr": "What went through standard error that is not a terminal, if the screen does not show it",
}

# Names that nothing writes yet.
RESERVED = {
    "sys/network": "A connection",
}
