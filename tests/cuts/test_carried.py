"""What a stretch has of what was before it."""

import os

from agentrec.cuts.cut_file import cut
from tests.cuts.recordings import S, read, shown, write

SESSION = (
    1,
    "agent",
    "session",
    {"agent": "codex", "session_id": "c1", "argv": ["codex"]},
    {"actor": "codex"},
)
TALK = {"session_id": "c1", "transcript": "/t", "role": "user"}


def test_the_session_the_conversation_and_the_files_before_it(tmp_path):
    source = write(
        tmp_path / "a.ahr",
        shown(0, "x"),
        SESSION,
        (2, "agent", "conversation", {**TALK, "offset": 10}, {"actor": "codex"}),
        (3, "agent", "conversation", {**TALK, "offset": 20}, {"actor": "codex"}),
        (4, "fs", "snapshot", {"id": "s1", "conversation": 2, "at_seq": 2}),
        (5, "fs", "snapshot", {"id": "s2", "conversation": 3, "at_seq": 0, "at_ns": 5 * S}),
        shown(20, "y"),
        (21, "fs", "snapshot", {"id": "s3", "conversation": 3, "at_seq": 6}),
    )
    cut(source, str(tmp_path / "new.ahr"), os.environ, 10 * S)
    _, events = read(tmp_path / "new.ahr", "agent/session", "agent/conversation", "fs/snapshot")
    session, talk, before, after = events
    assert session.data["argv"] == ["codex"]
    assert talk.data["offset"] == 20
    assert (before.data["id"], before.t, before.data["at_ns"]) == ("s2", 0, 0)
    assert (after.data["id"], after.t) == ("s3", 11 * S)
    assert before.data["conversation"] == after.data["conversation"] == talk.seq
    assert "at_seq" not in before.data


def test_what_began_in_a_gap_is_carried_over_it(tmp_path):
    source = write(tmp_path / "a.ahr", shown(0, "x"), (5, *SESSION[1:]), shown(9, "y"))
    cut(source, str(tmp_path / "new.ahr"), os.environ, 0, None, [(4 * S, 8 * S)])
    assert [event.t for event in read(tmp_path / "new.ahr", "agent/session")[1]] == [4 * S]


def test_a_conversation_that_is_told_late_is_carried_too(tmp_path):
    told = (12, "agent", "conversation", {**TALK, "offset": 30, "at_ns": 9 * S})
    source = write(tmp_path / "a.ahr", shown(0, "x"), shown(11, "y"), told, shown(13, "z"))
    cut(source, str(tmp_path / "new.ahr"), os.environ, 10 * S)
    (event,) = read(tmp_path / "new.ahr", "agent/conversation")[1]
    assert (event.t, event.data["at_ns"], event.data["offset"]) == (2 * S, 0, 30)


def test_what_is_told_after_the_stretch_is_not_carried(tmp_path):
    source = write(
        tmp_path / "a.ahr", shown(0, "x"), shown(11, "y"), (15, *SESSION[1:]), shown(16, "z")
    )
    cut(source, str(tmp_path / "new.ahr"), os.environ, 10 * S, 12 * S)
    assert read(tmp_path / "new.ahr", "agent/session")[1] == []
