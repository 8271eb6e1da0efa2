"""Operations that read files of snapshots."""

from __future__ import annotations

from agentrec.web.openapi.parts import BYTES, Operations, in_path, operation, query, ref, whole
from agentrec.web.openapi.recording import SESSION

_SNAPSHOT = in_path("sid", "a snapshot: s3, first, last, a mark (m12), a time (1:30) or a commit")
_PATH = {"type": "string", "minLength": 1, "maxLength": 4096}
_GONE = ("410", "422")

SNAPSHOTS: Operations = {
    ("get", "/sessions/{id}/snapshots"): operation(
        "snapshots",
        "The snapshots of a recording",
        ref("SnapshotList"),
        parameters=(SESSION,),
        problems=("422",),
    ),
    ("get", "/sessions/{id}/snapshots/{sid}/files"): operation(
        "files",
        "The files of a snapshot",
        ref("SnapshotFiles"),
        parameters=(
            SESSION,
            _SNAPSHOT,
            query("folder", {**_PATH, "minLength": 0}, "only below this folder"),
            query("limit", whole(1, 100_000, 20_000), "maximum number"),
        ),
        problems=_GONE,
    ),
    ("get", "/sessions/{id}/snapshots/{sid}/files/{path}"): operation(
        "file",
        "A file of a snapshot; the target of a symbolic link",
        None,
        parameters=(
            SESSION,
            _SNAPSHOT,
            in_path("path", "the file's path in the snapshot; slashes need not be escaped", _PATH),
        ),
        media=(BYTES,),
        problems=_GONE,
    ),
    ("get", "/sessions/{id}/snapshots/{sid}/diff"): operation(
        "diff",
        "Differences between two snapshots; without `to`, what this one changed",
        ref("Diff"),
        parameters=(
            SESSION,
            _SNAPSHOT,
            query("to", {"type": "string", "minLength": 1, "maxLength": 200}, "the later snapshot"),
            query("path", _PATH, "only this file or folder"),
        ),
        problems=_GONE,
    ),
}
