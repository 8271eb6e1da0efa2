"""Operations that add something. None of them changes what is recorded already."""

from __future__ import annotations

from agentrec.agents import AGENTS
from agentrec.web.openapi.parts import (
    FLAG,
    NAME,
    SECONDS,
    TEXT,
    Operations,
    body_object,
    one_of,
    operation,
    ref,
)
from agentrec.web.openapi.recording import SESSION

_LABEL = {**TEXT, "maxLength": 1000}
_STRETCH = r"[0-9]{1,9}(\.[0-9]{1,9})?\.\.[0-9]{1,9}(\.[0-9]{1,9})?"
_STRETCHES = f"^({_STRETCH}(,{_STRETCH})*)?$"

CHANGING: Operations = {
    ("post", "/sessions/{id}/moments"): operation(
        "addMoment",
        "Add a mark: to a recording in progress now, to a finished one at `ts`",
        ref("Moment"),
        parameters=(SESSION,),
        body=body_object({"label": _LABEL, "ts": SECONDS}, ("label",)),
        status="201",
        problems=("409", "422"),
    ),
    ("post", "/sessions/{id}/notes"): operation(
        "addNote",
        "Add a note about `ts`, or an answer to another one",
        ref("Note"),
        parameters=(SESSION,),
        body=body_object(
            {
                "text": {**TEXT, "minLength": 1, "maxLength": 8000},
                "ts": SECONDS,
                "answers": {**TEXT, "pattern": "^n[0-9]{1,16}$", "maxLength": 17},
            },
            ("text",),
        ),
        status="201",
        problems=("409", "422"),
    ),
    ("post", "/sessions/{id}/fs-snapshots"): operation(
        "addSnapshot",
        "Take a snapshot of the workspace of a recording in progress",
        ref("FsSnapshot"),
        parameters=(SESSION,),
        body=body_object({"label": _LABEL}),
        status="201",
        problems=("409", "422"),
    ),
    ("post", "/sessions/{id}/cuts"): operation(
        "addCut",
        "Make a new recording of a stretch, without the stretches in `drop`, beside this one",
        ref("Cut"),
        parameters=(SESSION,),
        body=body_object(
            {
                "since": {**SECONDS, "default": 0},
                "until": SECONDS,
                # Stretches to leave out, as text because bodies are flat: 10..20,31.5..40
                "drop": {**TEXT, "maxLength": 2000, "pattern": _STRETCHES, "default": ""},
            }
        ),
        status="201",
        problems=("409", "422", "501"),
    ),
    ("post", "/sessions/{id}/session-branch"): operation(
        "branch",
        "Branch from a point; returns only the plan unless `confirm` is true",
        ref("BranchPlan"),
        parameters=(SESSION,),
        body=body_object(
            {
                "fromTs": SECONDS,
                "fsSnapshotId": NAME,
                "momentId": NAME,
                "injectedMessage": {**TEXT, "maxLength": 20_000, "pattern": "^[^\\u0000]*$"},
                "agent": one_of(*sorted(AGENTS)),  # no other program can be run
                "again": {**FLAG, "default": False},
                "confirm": {**FLAG, "default": False},
            }
        ),
        problems=("409", "422", "501"),
    ),
}
# As in Agent Harbor: 201 for a branch that was created, 200 for a plan.
_BRANCH_RESPONSES = CHANGING["post", "/sessions/{id}/session-branch"]["responses"]
_BRANCH_RESPONSES["201"] = {
    "description": "The branch was created and its recording started",
    "content": {"application/json": {"schema": ref("Branch")}},
}
