"""Which conversation belongs to which files: the rule, as tables.

A recording tells two stories. The snapshots say what the files were, at once. The transcript says what
was said and done, some seconds late, with the agent's own times. A branch takes the files of a snapshot, and
of the conversation only what fits them.

Each table begins with a story, one event a row: its number (seq), when it was recorded (ms), what it is, when
it happened by the agent's own time (``-`` if it reports none), for tools a letter, and for a conversation
perhaps the role of its last message. Below it stand
snapshots or times, and the conversation (seq) that belongs to them.
"""

import pytest

from agentrec.branches.conversation_match import at_snapshot, until
from agentrec.recording.events import Event
from agentrec.recording.events.fs import FsSnapshot
from agentrec.snapshots.lookup import RecordedSnapshot

MS = 1_000_000
NAMES = {
    "call": ("tool", "call"),
    "result": ("tool", "result"),
    "conversation": ("agent", "conversation"),
}


def story(text):
    """The events of a table."""
    events = []
    for row in filter(str.strip, text.splitlines()):
        seq, recorded, what, happened, *more = row.split()
        data = {"name": "Write"} | ({} if happened == "-" else {"at_ns": int(happened) * MS})
        data |= {"role": more[0]} if more and what == "conversation" else {}
        span = more[0] if more and what != "conversation" else None
        events.append(Event(int(seq), int(recorded) * MS, *NAMES[what], data, span=span))
    return events


def snapshot(recorded, *, took=5, **data):
    """A snapshot whose event was recorded at that time (ms), after ``took`` ms.

    ``reason`` is what led to it and ``at_seq`` that event; ``conversation`` the last one recorded before.
    """
    return RecordedSnapshot("s1", recorded * MS, 0, "", FsSnapshot({"took_ms": took, **data}))


# Claude Code reports times. Its transcript is read 0.2 to 0.3 s late: two tools that write files, then
# another two.
WITH_TIMES = story("""
    14   1580  conversation   1403
    19   3853  call           3616  a
    21   3854  result         3632  a
    22   3854  conversation   3632
    29   6627  call           6299  b
    31   6627  result         6305  b
    32   6627  conversation   6305
    39   7586  call           7364  c
    41   7586  result         7448  c
    42   7587  conversation   7448
    54  11634  call          11416  d
    56  11635  result        11429  d
    57  11635  conversation  11429
""")


@pytest.mark.parametrize(
    ("files", "seq"),
    [
        pytest.param(snapshot(493), None, id="before anything was said"),
        pytest.param(
            snapshot(3857, reason="tool", at_seq=21, conversation=22),
            22,
            id="right after a tool: with its result",
        ),
        pytest.param(
            snapshot(6515, reason="files", at_seq=25, conversation=22),
            32,
            id="a tool's files, seen before the transcript reported the tool",
        ),
        pytest.param(
            snapshot(11647, reason="tool", at_seq=56, conversation=42),
            57,
            id="requested between two events that were recorded together",
        ),
        pytest.param(
            snapshot(7600, took=500, reason="moment", at_seq=30, conversation=32),
            32,
            id="recorded after the next tool, but begun before it: without that tool",
        ),
    ],
)
def test_of_an_agent_that_reports_times(files, seq):
    """The last conversation that had happened when the snapshot began."""
    assert at_snapshot(WITH_TIMES, files) == (seq, [])


@pytest.mark.parametrize(
    ("files", "seq", "running"),
    [
        pytest.param(snapshot(6300, took=1), 22, ["Write"], id="just called: it still runs"),
        pytest.param(snapshot(6304, took=1), 22, ["Write"], id="just before it returned"),
        pytest.param(snapshot(6306, took=1), 32, [], id="returned"),
    ],
)
def test_tools_that_were_running_are_named(files, seq, running):
    assert at_snapshot(WITH_TIMES, files) == (seq, running)
    unreturned = [event for event in WITH_TIMES if event.seq < 31]
    assert at_snapshot(unreturned, files)[1] == (running or ["Write"])


# This agent reports no times: only the order of events is known.
WITHOUT_TIMES = story("""
    10   1000  conversation  -
    20   2000  call          -  a
    21   2000  result        -  a
    22   2001  conversation  -
    30   4000  call          -  b
    31   4000  result        -  b
    32   4001  conversation  -
""")
# Two tools at once: the conversation 25 follows the results of both.
TOGETHER = story("""
    10   1000  conversation  -
    20   2000  call          -  a
    21   2000  result        -  a
    24   2003  call          -  c
    25   2004  conversation  -
""")
AFTER_TOOL = snapshot(2002, took=2, reason="tool", at_seq=21, conversation=10)


@pytest.mark.parametrize(
    ("events", "files", "seq"),
    [
        pytest.param(
            WITHOUT_TIMES,
            AFTER_TOOL,
            22,
            id="begun just before: the one after the result that led to it",
        ),
        pytest.param(
            WITHOUT_TIMES,
            snapshot(2002, took=2, reason="moment", at_seq=21, conversation=10),
            10,
            id="no tool led to it: only what was recorded before it began",
        ),
        pytest.param(
            WITHOUT_TIMES,
            snapshot(2002, took=2, reason="tool", conversation=10),
            10,
            id="what led to it is not known: only what was recorded before it began",
        ),
        pytest.param(
            TOGETHER, AFTER_TOOL, 10, id="another tool was called in between: not the one after"
        ),
        pytest.param(
            WITHOUT_TIMES,
            snapshot(3000, reason="moment", conversation=22),
            22,
            id="between two tools",
        ),
        pytest.param(
            WITHOUT_TIMES,
            snapshot(5000, reason="tool", at_seq=21, conversation=10),
            32,
            id="everything was recorded before it began",
        ),
    ],
)
def test_of_an_agent_that_reports_no_times(events, files, seq):
    """The last one recorded before the snapshot began, and the answer to the tool that led to it."""
    assert at_snapshot(events, files).seq == seq


# Between two snapshots no file changed. "b" and "c" write nothing: the next snapshot is the one after "d".
NEXT = snapshot(11647, reason="tool", at_seq=56, conversation=42)


@pytest.mark.parametrize(
    ("t", "seq"),
    [
        pytest.param(4000, 22, id="nothing more had happened"),
        pytest.param(6400, 32, id="b has returned"),
        pytest.param(7500, 42, id="c has returned"),
        pytest.param(11_000, 42, id="nothing more had happened since c"),
        pytest.param(11_640, 42, id="d has returned, but its files are those of the next snapshot"),
    ],
)
def test_the_conversation_continues_while_no_file_changes(t, seq):
    assert until(WITH_TIMES, 22, NEXT, t * MS) == seq


@pytest.mark.parametrize(
    ("following", "t"),
    [
        pytest.param(
            snapshot(6700, took=20, reason="tool", at_seq=31, conversation=32),
            6650,
            id="right after b, before the snapshot of what it wrote",
        ),
        pytest.param(
            snapshot(8000, took=900, reason="tool", at_seq=31, conversation=32),
            7900,
            id="that snapshot is slow: c was called meanwhile",
        ),
    ],
)
def test_what_the_next_snapshot_may_show_is_left_out(following, t):
    assert until(WITH_TIMES, 22, following, t * MS) == 22


# An agent answers a question, then writes at once: there was no time for an attempt at a snapshot.
AT_ONCE = story("""
    10   1300  conversation   1000  user
    12   2300  conversation   2100  assistant
    14   2900  conversation   2600  user
    16   3000  call           2800  a
    18   3100  result         2900  a
    19   3101  conversation   2900  tool
""")
WRITTEN = snapshot(3150, reason="tool", at_seq=18, conversation=19)


@pytest.mark.parametrize(
    ("t", "idle_at", "seq"),
    [
        pytest.param(1500, 500, 10, id="the question"),
        pytest.param(2500, 500, 12, id="the answer: nothing was changed for it"),
        pytest.param(2700, 500, 14, id="the next request"),
        pytest.param(3140, 500, 14, id="not what the tool returned"),
        pytest.param(2700, None, 10, id="a tool ran: its files may be those of the next snapshot"),
    ],
)
def test_what_is_said_before_the_first_change_counts(t, idle_at, seq):
    idle_ns = None if idle_at is None else idle_at * MS
    assert until(AT_ONCE, None, WRITTEN, t * MS, idle_at=idle_ns) == seq


@pytest.mark.parametrize(
    ("events", "known", "seq"),
    [
        pytest.param(WITH_TIMES, 22, 57, id="all of it"),
        pytest.param(WITH_TIMES, 57, 57, id="nothing more"),
        pytest.param([], None, None, id="nothing was said"),
    ],
)
def test_after_the_last_snapshot_everything_counts(events, known, seq):
    assert until(events, known, None, 100_000 * MS) == seq
