"""Marks: labeled points in time, and notes."""

from __future__ import annotations

from agentrec.recording.events.fields import TABLE, TEXT, TEXTS, TIME_NS, Field
from agentrec.recording.events.record import EventRecord


class MarkMoment(
    EventRecord,
    kind="mark/moment",
    source="the user; the recorder, see [moments.md](moments.md)",
    links="span: the command or tool call that an automatic mark is about",
):
    """A labeled point in time."""

    label = Field(TEXT, "shown in lists")
    source = Field(TEXT, "who set it: `cli`, `key`, `player`, `auto`, `snapshots`, `import`")
    at_ns = Field(TIME_NS, "the time it marks, if the event was added later")
    rule = Field(TEXT, "automatic: the rule that found it")
    kind = Field(TEXT, "automatic: what it is about, such as `tests`, `commit`, `permission`")
    status = Field(TEXT, "how it ended, such as `passed`, `failed`, `waiting`")
    counts = Field(TABLE, "automatic: numbers by name, such as tests `passed`")
    producer = Field(TEXT, "automatic: the version of the rules")
    transaction = Field(
        TABLE,
        "what was done in a transaction: its `id` and `name`, `base` (the branch), `action` (`begun`, "
        "`savepoint`, `rolled back`, `committed`, `conflict`, `aborted`), `savepoint` (number and name)",
    )
    snapshot = Field(TEXT, "the id of the snapshot it names, when no file had changed")
    origin = Field(TABLE, "imported: what the other format had")


class MarkNote(EventRecord, kind="mark/note", source="`agentrec note`; the player, the page"):
    """A note."""

    text = Field(TEXT, "the note")
    source = Field(TEXT, "who wrote it: `cli`, `page`, `player`")
    at_ns = Field(TIME_NS, "the time it is about, if the event was added later")
    answers = Field(TEXT, "the note that it answers: `n` and the number of its event")


class MarkAbout(EventRecord, kind="mark/about", source="`agentrec title` and `agentrec tag`"):
    """What the recording is called since it has ended; the last one counts."""

    title = Field(TEXT, "its title, instead of the header's")
    tags = Field(TEXTS, "words to find it by")
    at_ns = Field(TIME_NS, "the recording's end")
