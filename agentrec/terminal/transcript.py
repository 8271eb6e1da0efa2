"""Everything a terminal ever showed, as linear text with times.

A screen forgets: ``clear`` wipes it, full-screen programs paint over it, and what they painted is
not in any scrollback. :class:`Transcript` follows the screen and gives out each line once it is
lost: scrolled off the top, erased, or painted over. What is still on screen comes at the end.

It looks at the screen where something may have been read or may be about to be lost: when output
pauses, at the end of a synchronized frame, and right before what erases the screen. In between,
where nobody could have read anything, it does not look: that is what makes it fast.

The same line painted again is one line. A line that grows while it is typed or streamed is one
line, and so is one that only counts or spins, unless it stood still for long enough to be read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.terminal.engine.screen import MAX_SCROLLBACK, Screen
from agentrec.terminal.seek.play import resize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.recording.events import Event

Line = tuple[int, str]
"""When the line was first seen, in ns since the start, and its text."""

_PAUSE = 15_000_000  # ns without output after which the screen counts as shown
_LOOK_EVERY = 100_000_000  # ns after which it is looked at even when output never pauses
_STEADY = 2_000_000_000  # ns after which a line counts as read
_CHUNK = 1 << 15  # bytes between looks at bulk output
_MAX_LINE = 1 << 16  # characters; a longer line comes in pieces
_SEEN = 50_000  # lines remembered in order to know a repaint

# What may wipe the screen (looked at before), and the end of a frame (looked at after).
_WIPES = re.compile(
    rb"\x1b(?:c|\[[0-3]?J|\[\?[0-9;]*(?:47|1047|1049)[0-9;]*[hl]|(?P<frame>\[\?2026l))"
)
# Ink's way to draw more than fits: wipe everything, print the whole conversation again.
_PRINT_AGAIN = b"\x1b[2J\x1b[3J\x1b[H"
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]{0,32})?\Z")
_SEQUENCES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_NO_LETTERS = re.compile(r"[\W\d_]+")


def transcript(events: Iterable[Event], cols: int, rows: int, *, early: int = 0) -> Iterator[Line]:
    """The lines of a recording, given its events and its first size.

    A line comes once it is lost, which may be late. With ``early``, what is on screen comes after every so
    many bytes of output, and again, with the same time, when it is lost.
    """
    found = Transcript(cols, rows)
    t = fed = 0
    for event in events:
        t = event.t
        if event.name == ("term", "output") and isinstance(event.data, bytes):
            yield from found.feed(t, event.data)
            fed += len(event.data)
            if early and fed >= early:
                fed = 0
                yield from found.shown(t)
        elif event.name == ("term", "resize") and isinstance(event.data, dict):
            yield from found.resize(t, event.data["cols"], event.data["rows"])
    yield from found.finish(t)


class Transcript:
    """Feed output with its times (ns, never decreasing), get the lines that are lost by then."""

    def __init__(self, cols: int, rows: int) -> None:
        self._screen = Screen(cols, rows, MAX_SCROLLBACK)
        self._main = _Rows(alternate=False)
        self._alternate: _Rows | None = None
        self._head = ""  # what has scrolled off of the line that the first row goes on with
        self._carry = b""
        self._out: list[Line] = []
        self._t = self._looked = 0
        self._fed = 0  # bytes since the last look
        self._printing_again = False
        self._credit = 1000  # looks caused by output alone; see _worth_a_look

    def feed(self, t: int, data: bytes) -> list[Line]:
        """Take output written at ``t``."""
        if self._fed and (t - self._t >= _PAUSE or t - self._looked >= _LOOK_EVERY):
            self._look()
            self._printing_again = False
        self._t = t
        data = self._carry + data
        unfinished = _UNFINISHED.search(data, max(0, len(data) - 40))
        self._carry = data[unfinished.start() :] if unfinished else b""
        self._play(data[: len(data) - len(self._carry)])
        return self._take()

    def shown(self, t: int, *, complete: bool = False) -> list[Line]:
        """The lines on screen at ``t``, if nothing was written until then, that were not given out.

        They come again from the other methods once they are lost, with the same times. With
        ``complete``, what was written is whole, however short the pause.
        """
        if complete or t - self._t >= _PAUSE:
            self._look()
        return (self._alternate or self._main).shown()

    def resize(self, t: int, cols: int, rows: int) -> list[Line]:
        """The terminal has a new size from ``t`` on."""
        self._look()
        self._t = t
        resize(self._screen, cols, rows)
        self._fed += 1
        self._look()
        return self._take()

    def finish(self, t: int) -> list[Line]:
        """The recording ends: what is still on screen."""
        self._t = max(t, self._t)
        self._play(self._carry)
        self._look(last=True)
        if self._alternate:
            self._alternate.close(self._out)
        self._main.close(self._out)
        return self._take()

    def _take(self) -> list[Line]:
        taken, self._out = self._out, []
        return taken

    def _play(self, data: bytes) -> None:
        at = 0
        for match in _WIPES.finditer(data):
            stop = match.end() if match["frame"] else match.start()
            self._show(data, at, stop)
            if self._worth_a_look(data[at:stop]):
                self._look()
            at = stop
            if data.startswith(_PRINT_AGAIN, at):
                self._printing_again = True
        self._show(data, at, len(data))

    def _show(self, data: bytes, start: int, stop: int) -> None:
        for at in range(start, stop, _CHUNK):
            part = data[at : min(at + _CHUNK, stop)]
            self._screen.feed(part)
            self._fed += len(part)
            self._credit = min(1000, self._credit + len(part) // 400)
            if self._fed >= _CHUNK:
                self._look()

    def _worth_a_look(self, last: bytes) -> bool:
        """Not before each of many wipes of nothing, nor for output that does nothing but wipe."""
        if not self._fed or self._credit <= 0:
            return False
        if self._fed == len(last) < 256 and not _SEQUENCES.sub(b"", last).strip(b"\r\n\b\0 "):
            return False
        self._credit -= 1
        return True

    def _look(self, *, last: bool = False) -> None:
        """Compare the screen with the last look."""
        if not self._fed:
            return
        scrolled = self._screen.scrolled_lines()
        if scrolled and not self._screen.forget_scrollback() and not last:
            return  # in the middle of a sequence; there will be another chance
        self._fed, self._looked = 0, self._t
        rows = self._rows_in_use()
        lines = self._screen.lines()
        if rows is self._main:
            scrolled, lines = self._whole(scrolled, lines)
        rows.update(self._t, scrolled, lines, self._out, again=self._printing_again)

    def _rows_in_use(self) -> _Rows:
        alternate = self._screen.modes.alt_screen
        if alternate and not self._alternate:
            self._main.leave(self._out)
            self._alternate = _Rows(alternate=True)
        elif not alternate and self._alternate:
            self._alternate.close(self._out)
            self._alternate = None
        return self._alternate or self._main

    def _whole(self, scrolled: list[str], lines: list[str]) -> tuple[list[str], list[str]]:
        """Put the line together that the top of the screen cuts."""
        goes_on = bool(lines) and self._screen.top_continues
        if scrolled:
            scrolled[0] = self._head + scrolled[0]
            self._head = scrolled.pop() if goes_on else ""
        if self._head and (not goes_on or len(self._head) > _MAX_LINE):
            scrolled.append(self._head)
            self._head = ""
        if self._head:
            lines[0] = self._head + lines[0]
        return scrolled, lines


class _Entry:
    """A line on screen: when it came and when it last changed, what it was before it shrank, what
    of it stood long enough to be read, and whether it was given out.
    """

    __slots__ = ("given", "longest", "read", "since", "t", "text")

    def __init__(self, text: str, t: int) -> None:
        self.text = self.longest = text
        self.t = self.since = t
        self.read = ""
        self.given = False

    def becomes(self, text: str, t: int, out: list[Line]) -> bool:
        """Take over what the same row shows now, if it is still the same line."""
        if not self.text or not text:
            return False
        steady = t - self.since >= _STEADY
        if text.startswith(self.text) or self.text.startswith(text):
            if not self.longest.startswith(text):
                if not text.startswith(self.longest):
                    out.append((self.t, self.longest))
                self.longest = text
        elif not steady and _alike(self.text, text):
            if self.longest != self.text:
                out.append((self.t, self.longest))
            if self.read and not text.startswith(self.read):
                out.append((self.t, self.read))
                self.read = ""
            self.longest = text
        else:
            return False
        if steady:
            self.read = self.text
        self.text, self.since, self.given = text, t, False
        return True

    def texts(self) -> list[str]:
        if self.given:
            return []
        return [self.text] if self.longest == self.text else [self.longest, self.text]


class _Rows:
    """The lines of one of the two screens, and which of them have been given out."""

    def __init__(self, *, alternate: bool) -> None:
        self._alternate = alternate
        self._entries: list[_Entry] = []
        self._seen: dict[str, int] = {}
        self._seen_before: dict[str, int] = {}

    def update(
        self, t: int, scrolled: list[str], lines: list[str], out: list[Line], *, again: bool
    ) -> None:
        """The screen shows ``lines`` now, after ``scrolled`` went off its top.

        With ``again``, the program prints anew what it had printed already.
        """
        entries = self._match(scrolled + lines, t, out)
        for text, entry in zip(scrolled, entries, strict=False):
            if again and text in self:
                continue
            if entry:
                out.extend((entry.t, each) for each in entry.texts())
            else:
                out.append((t, text))
        self._remember(scrolled, t)
        shown = zip(lines, entries[len(scrolled) :], strict=True)
        self._entries = [entry or _Entry(text, t) for text, entry in shown]

    def shown(self) -> list[Line]:
        """What is shown and was not given out."""
        return [(entry.t, entry.text) for entry in self._entries if entry.text and not entry.given]

    def close(self, out: list[Line]) -> None:
        """Give out what is still shown."""
        for entry in self._entries:
            if self._alternate:
                self._lose(entry, entry.since, out)
            else:
                out.extend((entry.t, text) for text in entry.texts())
        self._entries = []

    def leave(self, out: list[Line]) -> None:
        """The other screen takes over: give out what is shown, so that lines stay in order."""
        for entry in self._entries:
            out.extend((entry.t, text) for text in entry.texts())
            entry.given = True

    def _match(self, new: list[str], t: int, out: list[Line]) -> list[_Entry | None]:
        """The old entries of the new lines, where they have one; those they do not have are lost."""
        old = self._entries
        both = min(len(old), len(new))
        head = 0
        while head < both and old[head].text == new[head]:
            head += 1
        tail = 0
        while tail < both - head and old[-1 - tail].text == new[-1 - tail]:
            tail += 1
        gone: list[_Entry | None] = list(old[head : len(old) - tail])
        fresh = new[head : len(new) - tail]
        found = _moved(gone, fresh)
        _changed(gone, fresh, found, t, out)
        for entry in gone:
            if entry:
                self._lose(entry, t, out)
        return [*old[:head], *found, *old[len(old) - tail :]]

    def _lose(self, entry: _Entry, t: int, out: list[Line]) -> None:
        for text in entry.texts():
            if text and not self._repeats(text, entry.t):
                out.append((entry.t, text))
                self._remember([text], t)

    def _repeats(self, text: str, shown: int) -> bool:
        """Whether this is a repaint of a line given out before.

        A full-screen program shows the same line again and again. In a shell the same line is a new
        line, unless it was only away for a moment.
        """
        before = self._seen.get(text, self._seen_before.get(text))
        return before is not None and (self._alternate or shown - before < _STEADY)

    def __contains__(self, text: str) -> bool:
        return text in self._seen or text in self._seen_before

    def _remember(self, texts: list[str], t: int) -> None:
        if len(self._seen) >= _SEEN:
            self._seen, self._seen_before = {}, self._seen
        self._seen.update(dict.fromkeys(texts, t))


def _moved(gone: list[_Entry | None], fresh: list[str]) -> list[_Entry | None]:
    """For each new line the old entry with just its text, which is then not gone."""
    places: dict[str, list[int]] = {}
    for at, entry in enumerate(gone):
        if entry and entry.text:
            places.setdefault(entry.text, []).append(at)
    found: list[_Entry | None] = [None] * len(fresh)
    if places:
        for at, text in enumerate(fresh):
            if places.get(text):
                was = places[text].pop(0)
                found[at], gone[was] = gone[was], None
    return found


def _changed(
    gone: list[_Entry | None],
    fresh: list[str],
    found: list[_Entry | None],
    t: int,
    out: list[Line],
) -> None:
    """Of what is left, pair lines that changed in their place, then those that also moved."""
    for at in range(min(len(gone), len(fresh))):
        entry = gone[at]
        if entry and not found[at] and entry.becomes(fresh[at], t, out):
            found[at], gone[at] = entry, None
    left = {_key(text): at for at, text in enumerate(fresh) if not found[at]} if any(gone) else {}
    for was, entry in enumerate(gone):
        at = left.get(_key(entry.text), -1) if entry else -1
        if entry and at >= 0 and _key(entry.text) and entry.becomes(fresh[at], t, out):
            found[at], gone[was] = entry, None
            del left[_key(fresh[at])]


def _key(text: str) -> str:
    """What stays of a line that counts, spins or draws a bar."""
    return _NO_LETTERS.sub("", text)


def _alike(old: str, new: str) -> bool:
    """Whether a line was edited rather than replaced: only numbers and signs differ, or most of it
    is still there at both ends.
    """
    if _key(old) == _key(new) != "":
        return True
    short = min(len(old), len(new))
    start = next((i for i in range(short) if old[i] != new[i]), short)
    rest = range(1, short - start + 1)
    end = next((i - 1 for i in rest if old[-i] != new[-i]), short - start)
    kept = len("".join((old[:start] + old[len(old) - end :]).split()))
    return kept * 10 >= 6 * len("".join(old.split()))
