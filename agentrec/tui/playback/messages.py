"""What the player's threads report: one message class for each fact, posted to the player."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message

if TYPE_CHECKING:
    import re

    from agentrec.recording.markers import Marker
    from agentrec.report.spans import TraceSpan
    from agentrec.terminal.engine.screen import Cursor
    from agentrec.terminal.engine.styles import Run
    from agentrec.tui.draw.event_items import Item


class Picture(NamedTuple):
    """The recorded screen at ``t`` (ns).

    ``lines``   rows of styled runs; a row that did not change is the same list as in the picture before
    ``wraps``   for each row, whether its line goes on in the next
    ``above``   lines that have scrolled off
    ``serial``  the request it answers
    ``moved``   the worker chose the time: a frame step, or the place of a search hit
    ``edge``    there was no further frame to step to
    """

    t: int
    cols: int
    lines: list[list[Run]]
    wraps: list[bool]
    cursor: Cursor
    title: str
    alt_screen: bool
    above: int
    serial: int
    moved: bool
    edge: bool


class Anchor(NamedTuple):
    """Where the cursor was when a marker was set: the line counted from the top of the scrollback, and
    its text up to the cursor."""

    marker: str
    alt_screen: bool
    line: int
    text: str


class PictureReady(Message, bubble=False):
    """The picture that was requested."""

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.picture = picture


class AnchorFound(Message, bubble=False):
    """Where on the screen a marker belongs."""

    def __init__(self, anchor: Anchor) -> None:
        super().__init__()
        self.anchor = anchor


class ActivityScanned(Message, bubble=False):
    """Activity known so far: bytes of output in equal parts of the duration, idle spans (ns), and the
    number of events."""

    def __init__(self, output: list[int], idle: list[tuple[int, int]], events: int) -> None:
        super().__init__()
        self.output, self.idle, self.events = output, idle, events


class RecordingGrown(Message, bubble=False):
    """The recording has become longer or, if not ``growing``, has ended."""

    def __init__(self, duration: int, *, growing: bool) -> None:
        super().__init__()
        self.duration, self.growing = duration, growing


class EventsLoaded(Message, bubble=False):
    """Everything known so far beside the screen, in order of time.

    ``errors``   times in ns
    ``damage``   unreadable bytes
    ``torn``     the file has no proper end
    ``done``     everything was read
    """

    def __init__(
        self,
        markers: list[Marker],
        items: list[Item],
        errors: list[int],
        spans: list[TraceSpan],
        *,
        damage: int,
        torn: bool,
        done: bool,
    ) -> None:
        super().__init__()
        self.markers, self.items, self.errors, self.spans = markers, items, errors, spans
        self.damage, self.torn, self.done = damage, torn, done


class HitsFound(Message, bubble=False):
    """Times (ns) at which matching lines were first seen, in order.

    ``done``: there are no more; until then, ``until`` is how far the recording was read.
    """

    def __init__(
        self, pattern: re.Pattern[str], times: list[int], *, done: bool, until: int = 0
    ) -> None:
        super().__init__()
        self.pattern, self.times, self.done, self.until = pattern, times, done, until


class BranchesFound(Message, bubble=False):
    """The branches of this recording, as markers at the times they start from."""

    def __init__(self, branches: list[Marker]) -> None:
        super().__init__()
        self.branches = branches


class MarkAdded(Message, bubble=False):
    """A mark was added at ``t`` (ns); ``wanted`` is the time it was meant for."""

    def __init__(self, label: str, t: int, wanted: int) -> None:
        super().__init__()
        self.label, self.t, self.wanted = label, t, wanted


class NoteAdded(Message, bubble=False):
    """A note was added."""


class FileWritten(Message, bubble=False):
    """A file was written at ``path``: a stretch that was cut out, a picture, an export."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


class SnapshotTaken(Message, bubble=False):
    """The recorder took a snapshot; unless ``new``, nothing had changed since the one with this id."""

    def __init__(self, snapshot: str, *, new: bool) -> None:
        super().__init__()
        self.snapshot, self.new = snapshot, new


class BranchEnded(Message, bubble=False):
    """A branch that ran in the background has ended; ``file`` is its recording, if there is one."""

    def __init__(self, branch: str, file: str, code: int) -> None:
        super().__init__()
        self.branch, self.file, self.code = branch, file, code


class TaskFailed(Message, bubble=False):
    """Something could not be done; the player goes on."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason
