"""Operations that add something. None of them changes what was recorded."""

from __future__ import annotations

from agentrec.agents import AGENTS
from agentrec.web.openapi.parts import (
    FLAG,
    NAME,
    SECONDS,
    TEXT,
    Operations,
    one_of,
    operation,
    ref,
    request,
)
from agentrec.web.openapi.recording import SESSION

_LABEL = {**TEXT, "maxLength": 1000}

CHANGING: Operations = {
    ("post", "/sessions/{id}/moments"): operation(
        "addMoment",
        "Add a moment: to a running recording now, to a finished one at `ts`",
        ref("Moment"),
        parameters=(SESSION,),
        body=request({"label": _LABEL, "ts": SECONDS}, ("label",)),
        status="201",
        problems=("409", "422"),
    ),
    ("post", "/sessions/{id}/fs-snapshots"): operation(
        "addSnapshot",
        "Keep the files of a running recording's directory as they are now",
        ref("FsSnapshot"),
        parameters=(SESSION,),
        body=request({"label": _LABEL}),
        status="201",
        problems=("409", "422"),
    ),
    ("post", "/sessions/{id}/session-branch"): operation(
        "branch",
        "Branch from a point; says what it would do unless `confirm` is true",
        ref("BranchPlan"),
        parameters=(SESSION,),
        body=request(
            {
                "fromTs": SECONDS,
                "fsSnapshotId": NAME,
                "momentId": NAME,
                "injectedMessage": {**TEXT, "maxLength": 20_000, "pattern": "^[^\\u0000]*$"},
                "agent": one_of(*sorted(AGENTS)),  # by name: no other program is run
                "confirm": {**FLAG, "default": False},
            }
        ),
        problems=("409", "422", "501"),
    ),
}
# Agent Harbor answers 201 for a branch that was made; the plan alone is a 200.
_MADE = CHANGING["post", "/sessions/{id}/session-branch"]["responses"]
_MADE["201"] = {
    "description": "The branch was made, and its recording started",
    "content": {"application/json": {"schema": ref("Branch")}},
}
