"""Recordings whose index is asked: one within another, a cut, and an agent that works."""

import os

from agentrec.cuts.cut_file import cut
from tests.library.helpers import call, ended, make, shown

FOLDER = ".local/share/agentrec/recordings/2026/01"
OUTER, INNER, OTHER = (f"20260131-143{n}00-sh-000{n}" for n in range(3))
PART = "a cut of the first"


def work(at, span, failed):
    """A turn with a tool call, as the agent itself times it."""
    time = f"2026-01-31T14:30:{at:02}Z"
    given = {"name": "Bash", "input": {"command": f"pytest {span}"}, "at": time}
    result = {"is_error": failed, "duration_ms": 500, "output": f"{span} déjà vu"}
    return [
        (at, "agent", "turn", {"n": 1, "at": time}, {"parent": f"m{at}"}),
        (at, "tool", "call", given, {"span": span}),
        (at + 1, "tool", "result", result, {"span": span}),
    ]


def made(machine):
    """The paths of four recordings of this machine, by id, which the cut gets when it is made."""
    folder = machine.home / FOLDER

    def path(name):
        return str(folder / f"{name}.ahr")

    session = (0, "agent", "session", {"agent": "claude-code"})
    shared = [
        session,
        (1, "agent", "message", {"role": "user", "text": "Why is the connection refused?"}),
        *work(2, "a", failed=True),
        call(5, "big", 0.5, id="m1"),
        call(6, "new", None, id="m2"),
    ]
    shop = {"cwd": "/home/user/shop", "title": "it's a \\ shop", "tags": ["ci", "a'b"]}
    make(
        path(OUTER),
        *shared,
        *work(8, "b", failed=False),
        call(12, "big", 0.25),
        shown(13, "Größe: 測試 12\r\n\x1b[1mconnection refused\x1b[0m by peer\r\n"),
        ended(20, 1),
        created="2026-01-31T14:30:00Z",
        **shop,
    )
    make(path(INNER), *shared, ended(7), created="2026-01-31T14:31:00Z", cwd="/home/user/site")
    make(
        path(OTHER), session, call(1, "big", 1.0, id="m3"), ended(2), created="2026-01-31T14:32:00Z"
    )
    cut(path(OUTER), path(PART), os.environ, 1)
    return {name: path(name) for name in (OUTER, INNER, OTHER, PART)}


def as_local(rows):
    """Hits or recordings without what depends on the machine; the cut began when its original did."""
    placed = ("file", "open", "packing", "size", "damage")
    plain = [{key: value for key, value in row.items() if key not in placed} for row in rows]
    return sorted(plain, key=lambda row: row["id"])
