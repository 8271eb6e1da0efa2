"""When a snapshot is due, from the events of a recording. On the start path of `record`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

MAX_LABEL_CHARS = 120
_MAX_CALLS = 500  # tool calls without a result that are remembered
_MAX_TRANSCRIPTS = 500
# States of an agent in which its turn is over.
_TURN_IS_OVER = {
    "waiting_user": "waits for an answer",
    "waiting_permission": "waits for permission",
    "idle": "turn is done",
    "finished": "agent has ended",
    "interrupted": "interrupted",
}


class SnapshotRequest:
    """A snapshot that is due: its label, its reason, and the event that is the reason (``seq``).

    Of several that come together the one with the highest ``rank`` names the snapshot.
    """

    __slots__ = ("label", "rank", "reason", "seq")

    def __init__(self, rank: int, reason: str, label: str, seq: int) -> None:
        self.rank, self.reason, self.seq = rank, reason, seq
        self.label = " ".join(label.split())[:MAX_LABEL_CHARS]


class Triggers:
    """Events in, requests out.

    ``conversation`` is the seq of the last agent/conversation, ``transcripts`` are the files of all of them.
    """

    def __init__(self) -> None:
        self.conversation: int | None = None
        self.transcripts: dict[str, None] = {}
        self._tools: dict[str, str] = {}

    def on_event(self, seq: int, track: str, kind: str, data: JsonObject) -> SnapshotRequest | None:
        """The snapshot that an event asks for, if any."""
        rule = _RULES.get((track, kind))
        return rule(self, seq, data) if rule else None

    def _call(self, _seq: int, data: JsonObject) -> None:
        if len(self._tools) < _MAX_CALLS:
            self._tools[str(data.get("id"))] = str(data.get("name", ""))

    def _result(self, seq: int, data: JsonObject) -> SnapshotRequest:
        name = self._tools.pop(str(data.get("id")), "") or str(data.get("name") or "a tool")
        return SnapshotRequest(3, "tool", f"after {name}", seq)

    def _command(self, seq: int, data: JsonObject) -> SnapshotRequest:
        return SnapshotRequest(3, "command", f"after {data.get('text') or 'a command'}", seq)

    def _turn(self, seq: int, data: JsonObject) -> SnapshotRequest:
        return SnapshotRequest(1, "turn", f"turn {data.get('n', '')}", seq)

    def _message(self, seq: int, data: JsonObject) -> SnapshotRequest | None:
        if data.get("role") != "user":
            return None
        # It comes late: the agent may have begun, so no label can promise the files from before.
        return SnapshotRequest(2, "turn", f"you: {data.get('text', '')}", seq)

    def _state(self, seq: int, data: JsonObject) -> SnapshotRequest | None:
        label = _TURN_IS_OVER.get(str(data.get("state")))
        return SnapshotRequest(2, "turn", label, seq) if label else None

    def _moment(self, seq: int, data: JsonObject) -> SnapshotRequest | None:
        if data.get("source") == "snapshots" or "at_ns" in data:
            return None
        return SnapshotRequest(4, "moment", str(data.get("label", "")), seq)

    def _file(self, seq: int, _data: JsonObject) -> SnapshotRequest:
        return SnapshotRequest(0, "files", "files changed", seq)

    def _conversation(self, seq: int, data: JsonObject) -> None:
        self.conversation = seq
        sub_agents = data.get("sub_agents")
        files = [data.get("transcript"), *(sub_agents if isinstance(sub_agents, dict) else ())]
        for path in files:
            if isinstance(path, str) and len(self.transcripts) < _MAX_TRANSCRIPTS:
                self.transcripts[path] = None


_RULES = {
    ("tool", "call"): Triggers._call,  # noqa: SLF001
    ("tool", "result"): Triggers._result,  # noqa: SLF001
    ("sys", "command"): Triggers._command,  # noqa: SLF001
    ("sys", "file"): Triggers._file,  # noqa: SLF001
    ("agent", "turn"): Triggers._turn,  # noqa: SLF001
    ("agent", "message"): Triggers._message,  # noqa: SLF001
    ("agent", "lifecycle"): Triggers._state,  # noqa: SLF001
    ("agent", "conversation"): Triggers._conversation,  # noqa: SLF001
    ("mark", "moment"): Triggers._moment,  # noqa: SLF001
}
