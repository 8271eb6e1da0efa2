"""The lines on a screen, followed from one reading of it to the next.

A line is the same line while it stays, moves, grows or only counts. It is lost when something else takes its
place; then it is added to ``out``, unless it is a repaint of a line that was there before.
"""

from __future__ import annotations

import re

TimedLine = tuple[int, str]
"""When the line was first seen, in ns since the start, and its text."""

_STEADY_NS = 2_000_000_000  # a line that stood still for so long counts as read
_MAX_REMEMBERED_LINES = 50_000  # to recognize repaints
_NO_LETTERS = re.compile(r"[\W\d_]+")
# Not what a counter or a unit is made of: "12s", "3k". One letter is enough beyond Latin.
_WORDS = re.compile(r"\w*(?:[^\W\d_]{3}|[^\x00-\u02ff\W\d_])\w*")


class ScreenLine:
    """A line on screen.

    ``text``      what it shows
    ``t``         when it appeared, ns
    ``since``     when it last changed
    ``longest``   what it showed before it shrank
    ``read``      what stood still long enough to be read
    ``returned``  whether the caller has it already
    """

    __slots__ = ("longest", "read", "returned", "since", "t", "text")

    def __init__(self, text: str, t: int) -> None:
        self.text = self.longest = text
        self.t = self.since = t
        self.read = ""
        self.returned = False

    def becomes(self, text: str, t: int, out: list[TimedLine]) -> bool:
        """Take over what its row shows now, if that is still the same line."""
        if not self.text or not text:
            return False
        steady = t - self.since >= _STEADY_NS
        if text.startswith(self.text) or self.text.startswith(text):
            if not self.longest.startswith(text):
                if not text.startswith(self.longest):
                    out.append((self.t, self.longest))
                self.longest = text
        elif not steady and _is_edit(self.text, text):
            if self.longest != self.text or _loses_words(self.text, text):
                out.append((self.t, self.longest))
            if self.read and not text.startswith(self.read):
                out.append((self.t, self.read))
                self.read = ""
            self.longest = text
        else:
            return False
        if steady:
            self.read = self.text
        self.text, self.since, self.returned = text, t, False
        return True

    def texts(self) -> list[str]:
        if self.returned:
            return []
        return [self.text] if self.longest == self.text else [self.longest, self.text]


class ScreenLines:
    """The lines of the main or the alternate screen."""

    def __init__(self, *, alternate: bool) -> None:
        self._alternate = alternate
        self._lines: list[ScreenLine] = []
        self._seen: dict[str, int] = {}
        self._seen_before: dict[str, int] = {}

    def update(
        self, t: int, scrolled: list[str], texts: list[str], out: list[TimedLine], *, reprint: bool
    ) -> None:
        """The screen now shows ``texts``, after ``scrolled`` went off its top.

        With ``reprint``, the program prints again what it had printed already.
        """
        lines = self._match(scrolled + texts, t, out)
        for text, line in zip(scrolled, lines, strict=False):
            if reprint and text in self:
                continue
            if line:
                out.extend((line.t, each) for each in line.texts())
            else:
                out.append((t, text))
        self._remember(scrolled, t)
        shown = zip(texts, lines[len(scrolled) :], strict=True)
        self._lines = [line or ScreenLine(text, t) for text, line in shown]

    def shown(self) -> list[TimedLine]:
        """The lines on screen that the caller does not have yet."""
        return [(line.t, line.text) for line in self._lines if line.text and not line.returned]

    def close(self, out: list[TimedLine]) -> None:
        """Add what is still on screen to ``out``."""
        for line in self._lines:
            if self._alternate:
                self._lose(line, line.since, out)
            else:
                out.extend((line.t, text) for text in line.texts())
        self._lines = []

    def leave(self, out: list[TimedLine]) -> None:
        """The other screen takes over: add what is on this one, so that lines stay in order."""
        for line in self._lines:
            out.extend((line.t, text) for text in line.texts())
            line.returned = True

    def _match(self, new: list[str], t: int, out: list[TimedLine]) -> list[ScreenLine | None]:
        """For each new text the line that shows it, where there was one; the other lines are lost."""
        old = self._lines
        both = min(len(old), len(new))
        head = 0
        while head < both and old[head].text == new[head]:
            head += 1
        tail = 0
        while tail < both - head and old[-1 - tail].text == new[-1 - tail]:
            tail += 1
        gone: list[ScreenLine | None] = list(old[head : len(old) - tail])
        fresh = new[head : len(new) - tail]
        matched = _match_moved(gone, fresh)
        _match_changed(gone, fresh, matched, t, out)
        for line in gone:
            if line:
                self._lose(line, t, out)
        return [*old[:head], *matched, *old[len(old) - tail :]]

    def _lose(self, line: ScreenLine, t: int, out: list[TimedLine]) -> None:
        for text in line.texts():
            if text and not self._is_repaint(text, line.t):
                out.append((line.t, text))
                self._remember([text], t)

    def _is_repaint(self, text: str, shown: int) -> bool:
        """Whether this repeats a line that was lost before.

        A full-screen program shows the same line again and again. In a shell the same text is a new
        line, unless it was away only briefly.
        """
        before = self._seen.get(text, self._seen_before.get(text))
        return before is not None and (self._alternate or shown - before < _STEADY_NS)

    def __contains__(self, text: str) -> bool:
        return text in self._seen or text in self._seen_before

    def _remember(self, texts: list[str], t: int) -> None:
        if len(self._seen) >= _MAX_REMEMBERED_LINES:
            self._seen, self._seen_before = {}, self._seen
        self._seen.update(dict.fromkeys(texts, t))


def _match_moved(gone: list[ScreenLine | None], fresh: list[str]) -> list[ScreenLine | None]:
    """For each new text the old line with exactly that text, which is then no longer in ``gone``."""
    indexes: dict[str, list[int]] = {}
    for index, line in enumerate(gone):
        if line and line.text:
            indexes.setdefault(line.text, []).append(index)
    matched: list[ScreenLine | None] = [None] * len(fresh)
    if indexes:
        for index, text in enumerate(fresh):
            if indexes.get(text):
                was = indexes[text].pop(0)
                matched[index], gone[was] = gone[was], None
    return matched


def _match_changed(
    gone: list[ScreenLine | None],
    fresh: list[str],
    matched: list[ScreenLine | None],
    t: int,
    out: list[TimedLine],
) -> None:
    """Of the rest, match lines that changed in their place, then those that also moved."""
    for index in range(min(len(gone), len(fresh))):
        line = gone[index]
        if line and not matched[index] and line.becomes(fresh[index], t, out):
            matched[index], gone[index] = line, None
    if not any(gone):
        return
    by_letters = {_letters(text): n for n, text in enumerate(fresh) if not matched[n]}
    for was, line in enumerate(gone):
        index = by_letters.get(_letters(line.text), -1) if line else -1
        if line and index >= 0 and _letters(line.text) and line.becomes(fresh[index], t, out):
            matched[index], gone[was] = line, None
            del by_letters[_letters(fresh[index])]


def _letters(text: str) -> str:
    """What stays the same in a line that counts, spins or draws a bar."""
    return _NO_LETTERS.sub("", text)


def _loses_words(old: str, new: str) -> bool:
    """Whether a word of ``old`` is not in ``new``, not even as the beginning of one that is being typed."""
    words = _WORDS.findall(new)
    return any(
        not any(now.startswith(was) or was.startswith(now) for now in words)
        for was in _WORDS.findall(old)
        if was not in new
    )


def _is_edit(old: str, new: str) -> bool:
    """Whether a line was edited rather than replaced.

    Then only numbers and signs differ, or most of it is still there at both ends.
    """
    if _letters(old) == _letters(new) != "":
        return True
    short = min(len(old), len(new))
    start = next((i for i in range(short) if old[i] != new[i]), short)
    rest = range(1, short - start + 1)
    end = next((i - 1 for i in rest if old[-i] != new[-i]), short - start)
    same = len("".join((old[:start] + old[len(old) - end :]).split()))
    return same * 10 >= 6 * len("".join(old.split()))
