"""The method `replayed-calls`: recorded answers drive the agent from the start of its run up to the point.

For agents whose transcript nobody can cut. The agent really runs, from the files of the run's first
snapshot; at the point its files have to be those of the snapshot there, and the real model takes over.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from agentrec.agents import AGENTS
from agentrec.agents.resume.resumption import Resumption
from agentrec.branches.branch_plan import CallReplay
from agentrec.branches.conversation_match import began
from agentrec.errors import UsageError
from agentrec.gateway.dialects.known import GENERATE
from agentrec.gateway.recorded_calls import calls_of
from agentrec.ghost.handover import HandoverPoint
from agentrec.ghost.recorded_answer import is_masked
from agentrec.json_values import text
from agentrec.redact import MASK
from agentrec.report.event_text import subject
from agentrec.snapshots.lookup import recorded_snapshots
from agentrec.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.branches.branch_plan import BranchRequest
    from agentrec.branches.branch_point import Origin
    from agentrec.gateway.recorded_calls import RecordedCall
    from agentrec.json_values import JsonObject
    from agentrec.recording.reader import Recording

REPLAYED_CALLS = "replayed-calls"
_MAX_LISTED = 40  # tool calls in notes


def plan_replay(
    recording: Recording, origin: Origin, request: BranchRequest, *, encrypted: bool = False
) -> CallReplay | None:
    """Return how calls are replayed; None if another method is to be used.

    ``encrypted``: the branch is to be. Raises UsageError if the user wants this method and it is not
    possible.
    """
    if encrypted:
        if request.method == REPLAYED_CALLS:
            raise UsageError(
                "calls cannot be replayed into an encrypted branch",
                "leave out --method, or use replayed-prompts",
            )
        return None
    special = request.again or request.agent or request.fresh
    if special or request.method not in ("", REPLAYED_CALLS):
        return None
    command = _words(origin.header.get("command"))
    agent = AGENTS.get(os.path.basename(command[0])) if command else None
    if not request.method and agent is not None and agent.resumable:
        return None
    calls = [
        call
        for call in calls_of(recording.events(tracks=("llm",)))
        if call.request.operation == GENERATE
    ]
    try:
        return _replay(calls, command, origin, request)
    except UsageError:
        if request.method:
            raise
        return None


def starting_at_first(recording: Recording, origin: Origin) -> Origin:
    """Return the origin with the files of the run's first snapshot. Raises SnapshotError."""
    first = recorded_snapshots(recording)[0]
    snapshot = origin.store.snapshot(first.commit)
    return replace(origin, snapshot=snapshot, contents=origin.store.contents(snapshot))


def resumption(replay: CallReplay, origin: Origin, request: BranchRequest) -> Resumption:
    """Return how the agent continues, in words and as a command line."""
    command = _words(origin.header.get("command"))
    drive = "drives" if replay.answers == 1 else "drive"
    fidelity = (
        f"{plural(replay.answers, 'recorded answer')} {drive} {os.path.basename(command[0])} from the "
        "start of the run; the model then gets exactly what it was sent, and your message"
    )
    notes = [f"runs again: {line}" for line in replay.runs_again[:_MAX_LISTED]]
    if len(replay.runs_again) > _MAX_LISTED:
        notes.append(f"and {plural(len(replay.runs_again) - _MAX_LISTED, 'more tool call')}")
    if not origin.header.get("headless"):
        notes.append("what was typed in the terminal has to be typed again, word by word")
    return Resumption(REPLAYED_CALLS, fidelity, [*command, *request.extra], notes=notes)


def settings_of(
    replay: CallReplay, origin: Origin, snapshot_commit: str, message: str
) -> JsonObject:
    """Return what the ghost of the branch is told beside its directory."""
    return {
        "file": origin.recording,
        "directory_before": origin.workspace,
        "points": [list(point) for point in replay.points],
        "store": origin.store.name,
        "commit": snapshot_commit,
        "message": message,
    }


def _replay(
    calls: list[RecordedCall], command: Sequence[str], origin: Origin, request: BranchRequest
) -> CallReplay:
    """Raises UsageError, which says why this is not possible."""
    if not calls:
        raise UsageError("the recording has no model calls", "record with --model-calls")
    if not command or any(MASK in word for word in command):
        raise UsageError("the recorded command is not known, or secrets in it are masked")
    point = origin.point
    t = point.t if point.t > point.recorded.t else began(point.recorded)
    points = handover_points(calls, t, alone=bool(origin.header.get("headless")))
    if not points:
        raise UsageError("nothing had been said at this point yet")
    if points[-1].after_answer and not request.message:
        raise UsageError("the agent had ended its turn at this point", "pass a message with -m")
    spans = [call.span for call in calls]
    before = calls[: spans.index(points[-1].span)]
    needed = [
        *before,
        *(it for it in calls if points[-1].after_answer and it.span == points[-1].span),
    ]
    _check_calls(needed, calls[spans.index(points[-1].span)])
    return CallReplay(points, len(before), list(_tool_calls(before)))


def _check_calls(needed: Sequence[RecordedCall], last: RecordedCall) -> None:
    """Raises UsageError for answers that cannot be given again."""
    if any(is_masked(call) for call in needed):
        raise UsageError("a secret was masked in a recorded answer that the agent needs")
    if last.request.web_socket:
        raise UsageError("the model calls went over a WebSocket")
    if last.body.get("previous_response_id"):
        raise UsageError("the model's server keeps the conversation, which cannot be changed there")


def handover_points(
    calls: Sequence[RecordedCall], t: int, *, alone: bool = False
) -> list[HandoverPoint]:
    """Return where the conversation was at ``t`` (ns), the earlier place first when in doubt.

    ``alone``: nobody talked to the agent meanwhile. If it asked again after an answer without tool calls, it
    had done something with that answer (aider edits files by it, and tells how their tests ended).
    """
    main = _main_conversation(calls)
    asked = [call for call in main if (call.request.at_ns or 0) <= t]
    if not asked:
        return []
    last = asked[-1]
    ended = last.response is not None and (last.response.at_ns or 0) <= t
    following = [HandoverPoint(call.span) for call in main[len(asked) : len(asked) + 1] if ended]
    if ended and not _tool_call_names(last):
        return [HandoverPoint(last.span, after_answer=True), *(following if alone else [])]
    return [HandoverPoint(last.span), *following]


def _main_conversation(calls: Sequence[RecordedCall]) -> list[RecordedCall]:
    """Calls that begin as the first one with tools does: neither side requests nor sub-agents."""
    good = [
        call
        for call in calls
        if call.api and not call.request.side and call.response and not call.response.failed
    ]
    root = next((call for call in good if call.request.tools), good[0] if good else None)
    if root is None:
        return []
    return [
        call
        for call in good
        if call.messages[:1] == root.messages[:1] and call.request.tools == root.request.tools
    ]


def _tool_calls(calls: Sequence[RecordedCall]) -> Iterator[str]:
    for call in calls:
        for name, arguments in _tool_call_names(call):
            about = subject(name, arguments)
            yield f"{name}: {about}" if about else name


def _tool_call_names(call: RecordedCall) -> list[tuple[str, object]]:
    if call.api is None or call.answer is None:
        return []
    return [
        (said.name or "tool", said.arguments)
        for message in call.api.answer_messages(call.answer)
        for said in call.api.said(message)
        if said.kind == "call"
    ]


def _words(value: object) -> list[str]:
    return [text(word) for word in value] if isinstance(value, list) else []
