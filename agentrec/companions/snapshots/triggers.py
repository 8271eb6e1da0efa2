"""When a snapshot is due, told by the events of a recording. On the start path of `record`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LABEL_LIMIT = 120  # characters
_CALLS = 500  # tool calls that are waited for
# States of an agent in which its turn is over.
_RESTING = {
    "waiting_user": "waits for an answer",
    "waiting_permission": "waits for permission",
    "idle": "turn is done",
    "finished": "agent has ended",
    "interrupted": "interrupted",
}


class Want:
    """A snapshot that is due: its label, its reason, and the event that made it so (``seq``).

    Of several that come together the one of the highest ``rank`` names the snapshot.
    """

    __slots__ = ("label", "rank", "reason", "seq")

    def __init__(self, rank: int, reason: str, label: str, seq: int) -> None:
        self.rank, self.reason, self.seq = rank, reason, seq
        self.label = " ".join(label.split())[:LABEL_LIMIT]


class Triggers:
    """Sans-IO: events in, wants out. ``conversation`` is the seq of the last agent/conversation."""

    def __init__(self) -> None:
        self.conversation: int | None = None
        self._tools: dict[str, str] = {}

    def heard(self, seq: int, track: str, kind: str, data: dict[str, Any]) -> Want | None:
        """What follows of an event."""
        rule = _RULES.get((track, kind))
        return rule(self, seq, data) if rule else None

    def _call(self, _seq: int, data: dict[str, Any]) -> None:
        if len(self._tools) < _CALLS:
            self._tools[str(data.get("id"))] = str(data.get("name", ""))

    def _result(self, seq: int, data: dict[str, Any]) -> Want:
        name = self._tools.pop(str(data.get("id")), "") or str(data.get("name") or "a tool")
        return Want(3, "tool", f"after {name}", seq)

    def _command(self, seq: int, data: dict[str, Any]) -> Want:
        return Want(3, "command", f"after {data.get('text') or 'a command'}", seq)

    def _turn(self, seq: int, data: dict[str, Any]) -> Want:
        return Want(1, "turn", f"turn {data.get('n', '')}", seq)

    def _message(self, seq: int, data: dict[str, Any]) -> Want | None:
        if data.get("role") != "user":
            return None
        # Told late: the agent may have begun, so no label can promise the files from before.
        return Want(2, "turn", f"you: {data.get('text', '')}", seq)

    def _state(self, seq: int, data: dict[str, Any]) -> Want | None:
        said = _RESTING.get(str(data.get("state")))
        return Want(2, "turn", said, seq) if said else None

    def _moment(self, seq: int, data: dict[str, Any]) -> Want | None:
        if data.get("source") == "snapshots" or "at_ns" in data:
            return None
        return Want(4, "moment", str(data.get("label", "")), seq)

    def _file(self, seq: int, _data: dict[str, Any]) -> Want:
        return Want(0, "files", "files changed", seq)

    def _conversation(self, seq: int, _data: dict[str, Any]) -> None:
        self.conversation = seq


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
