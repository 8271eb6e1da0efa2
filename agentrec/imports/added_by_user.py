"""What was added to an imported recording: title, tags, marks, notes. They are kept when it is renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.json_values import table
from agentrec.recording.format.codec import to_record
from agentrec.recording.reader import Recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.json_values import JsonObject
    from agentrec.recording.format.batch import Record


def added_by_user(path: str, records: Sequence[Record]) -> list[Record]:
    """The marks of the recording at ``path``, to follow ``records``; the agent's file has none.

    They keep the times that they are about. Raises AgentrecError.
    """
    last = records[-1][1] if records else 0
    numbers: dict[str, str] = {}  # of notes, as before and now
    found: list[Record] = []
    with Recording.open(path) as recording:
        for event in recording.events(tracks=("mark",)):
            seq = len(records) + len(found)
            numbers[f"n{event.seq}"] = f"n{seq}"
            data: JsonObject = {"at_ns": event.t, **table(event.data)}
            if "answers" in data:
                data["answers"] = numbers.get(str(data["answers"]), data["answers"])
            moved = event._replace(seq=seq, t=max(last, event.t), data=data)
            last = moved.t
            found.append(to_record(moved))
    return found
