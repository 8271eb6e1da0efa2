"""Where a resumed run starts, and what its recording says about that."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from agentrec.branches.branch_plan import RELATION
from agentrec.errors import InputError
from agentrec.sdk.overrides import check_complete, overridden, overrides_json
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject
    from agentrec.recording.reader import Recording
    from agentrec.sdk.read.run_frames import RunFrame


class Mode(Enum):
    """What runs when a run is resumed."""

    FORK = "fork"
    REPLAY = "replay"
    MOCK = "mock"


FORK, REPLAY, MOCK = Mode.FORK, Mode.REPLAY, Mode.MOCK
_FIDELITY = {
    FORK: "everything from the step on has run again, from the recorded state",
    REPLAY: "steps before were served from the recording and verified; the rest has run again",
    MOCK: "model and tool calls that match were served from the recording; the rest has run again",
}


def state_with(state: object, overrides: Mapping[str, object]) -> object:
    """A recorded state with overrides, ready to go on from. Raises ResumeError."""
    changed = overridden(state, overrides)
    check_complete(changed)
    return changed


def parent_header(recording: Recording, frame: RunFrame, mode: Mode) -> JsonObject:
    """``parent`` in the header of a run that goes on from before ``frame``."""
    return {
        "id": str(recording.header.get("id", "")),
        "relation": RELATION,
        "file": recording.path,
        "at_ns": round(frame.t * NS_PER_SECOND),
        "at_seq": frame.seq,
        "at_step": frame.index,
        "method": mode.value,
        "fidelity": _FIDELITY[mode],
    }


def run_details(n: int, overrides: Mapping[str, object], mode: Mode) -> JsonObject:
    """What the first event of a resumed run says."""
    return {"mode": mode.value, "from_step": n, "overrides": overrides_json(overrides)}


def fork_point(
    path: str, run: str, n: int, overrides: Mapping[str, object]
) -> tuple[object, JsonObject, JsonObject]:
    """The state before a step, the header's parent, and details. Raises InputError, ResumeError."""
    from agentrec.recording.reader import Recording
    from agentrec.sdk.read.run_frames import FrameIndex

    with Recording.open(path) as recording:
        index = FrameIndex(recording)
        frame = next((one for one in index.frames if (one.run, one.n) == (run, n)), None)
        if frame is None or frame.input_at is None:
            raise InputError(
                f"step {n} has no recorded state", "pass the state to r.step(name, state)"
            )
        state = state_with(index.state(frame, "input"), overrides)
        parent = parent_header(recording, frame, FORK)
    return state, parent, run_details(frame.index, overrides, FORK)
