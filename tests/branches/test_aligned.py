"""Which conversation belongs to which files, whatever order things are told in."""

import pytest

from agentrec.branches.conversation_match import at_snapshot, until
from agentrec.recording.events import Event
from agentrec.snapshots.lookup import RecordedSnapshot

MS = 1_000_000


def told(*rows):
    """Events of (seq, told at ms, what, happened at ms or None, span)."""
    names = {
        "call": ("tool", "call"),
        "result": ("tool", "result"),
        "conversation": ("agent", "conversation"),
    }
    found = []
    for seq, t, what, own, *span in rows:
        data = {"name": "Write"} | ({} if own is None else {"at_ns": own * MS})
        found.append(Event(seq, t * MS, *names[what], data, span=span[0] if span else None))
    return found


def kept(t, *, seq, took=5, **data):
    """A snapshot that was told at ``t`` ms."""
    return RecordedSnapshot(f"s{seq}", t * MS, seq, "", {"took_ms": took, **data})


# Two tools that write, as Claude Code's transcript told of them in a recording.
RUN = told(
    (14, 1580, "conversation", 1403),
    (19, 3853, "call", 3616, "a"),
    (21, 3854, "result", 3632, "a"),
    (22, 3854, "conversation", 3632),
    (29, 6627, "call", 6299, "b"),
    (31, 6627, "result", 6305, "b"),
    (32, 6627, "conversation", 6305),
    (39, 7586, "call", 7364, "c"),
    (41, 7586, "result", 7448, "c"),
    (42, 7587, "conversation", 7448),
    (54, 11634, "call", 11416, "d"),
    (56, 11635, "result", 11429, "d"),
    (57, 11635, "conversation", 11429),
)


@pytest.mark.parametrize(
    ("snapshot", "seq"),
    [
        (kept(493, seq=0), None),  # before anything was said
        (kept(3857, seq=23, reason="tool", at_seq=21, conversation=22), 22),
        # Its files were written and seen before the transcript told of the tool.
        (kept(6515, seq=26, reason="files", at_seq=25, conversation=22), 32),
        # It was asked for between two events that were told together.
        (kept(11647, seq=58, reason="tool", at_seq=56, conversation=42), 57),
        # It was told later than the next tool, but begun before that.
        (kept(7600, seq=43, took=500, reason="moment", at_seq=30, conversation=32), 32),
    ],
)
def test_the_conversation_of_a_snapshot(snapshot, seq):
    assert at_snapshot(RUN, snapshot) == (seq, [])


def test_a_tool_that_was_running_is_named():
    assert at_snapshot(RUN, kept(6304, seq=25, took=1)) == (22, ["Write"])
    assert at_snapshot(RUN[:5], kept(6304, seq=25, took=1)) == (22, ["Write"])


def test_agents_that_tell_no_times():
    events = told(
        (10, 1000, "conversation", None),
        (20, 2000, "call", None, "a"),
        (21, 2000, "result", None, "a"),
        (22, 2001, "conversation", None),
        (30, 4000, "call", None, "b"),
        (31, 4000, "result", None, "b"),
        (32, 4001, "conversation", None),
    )
    early = kept(2002, seq=23, took=2, reason="tool", at_seq=21, conversation=10)
    assert at_snapshot(events, early).seq == 22
    # Of tools that ran together it is not the one in which all have returned.
    both = [*events[:3], *told((24, 2003, "call", None, "c")), *events[3:]]
    assert at_snapshot(both[:4] + told((25, 2004, "conversation", None)), early).seq == 10
    assert at_snapshot(events, kept(3000, seq=25, reason="moment", conversation=22)).seq == 22


FILES = kept(3857, seq=23, reason="tool", at_seq=21, conversation=22)
# Nothing is written by tools "b" and "c" here: the next snapshot is that after "d".
NEXT = kept(11647, seq=58, reason="tool", at_seq=56, conversation=42)


@pytest.mark.parametrize(
    ("t", "seq"),
    [
        (4000, 22),
        (6400, 32),
        (7500, 42),
        (11_000, 42),
        (11_640, 42),  # "d" has returned, but its files are those of the next snapshot
    ],
)
def test_the_conversation_goes_on_while_no_file_changes(t, seq):
    assert until(RUN, 22, NEXT, t * MS) == seq


def test_after_the_last_snapshot_all_of_it_counts():
    assert until(RUN, 22, None, 100_000 * MS) == 57
    assert until(RUN, 57, None, 100_000 * MS) == 57
    assert until([], None, None, 0) is None


def test_what_the_next_snapshot_may_show_is_not_said_yet():
    """Right after a tool, before the snapshot of what it wrote."""
    following = kept(6700, seq=35, took=20, reason="tool", at_seq=31, conversation=32)
    assert until(RUN, 22, following, 6650 * MS) == 22
    # Even where another tool was called by then.
    slow = kept(8000, seq=43, took=900, reason="tool", at_seq=31, conversation=32)
    assert until(RUN, 22, slow, 7900 * MS) == 22
