"""Redaction of a recording that exists: read twice, so that nothing has to be guessed.

The first reading finds out which bytes draw secrets, however slowly they did; the second masks them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Any

from agentrec.recording.events import INPUT, OUTPUT, RESIZE, UNKNOWN, Event
from agentrec.redact.command_line import mask_command, mask_text, mask_value
from agentrec.redact.event_mask import redacted
from agentrec.redact.json_redaction import redact_event, redact_json
from agentrec.redact.rules import find
from agentrec.redact.screen.mask import Spans
from agentrec.redact.screen.masker import Masker
from agentrec.redact.stream import BACKSPACE, INPUT_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class _Marks:
    """What to mask in one stream of bytes, piece by piece."""

    def __init__(self, where: str, masker: Masker) -> None:
        self.where = where
        masker.scan()
        self._spans = Spans(masker.spans)
        self._sights = sorted((sight.offset, sight.rule) for sight in masker.sights)
        self._offset = 0

    def next(self, data: bytes) -> tuple[bytes, list[str]]:
        """The next piece of the stream, masked, and the rules of the secrets that begin in it."""
        start, stop = self._offset, self._offset + len(data)
        self._offset = stop
        low, high = (bisect_left(self._sights, (at, "")) for at in (start, stop))
        return self._spans.paint(data, start), [rule for _, rule in self._sights[low:high]]


class Redaction:
    """Made from a first reading of ``events`` and the terminal's first ``size`` (cols, rows)."""

    def __init__(self, events: Iterable[Event], size: tuple[int, int]) -> None:
        self.counts: Counter[str] = Counter()
        terminal, typing = Masker(*size), Masker(*INPUT_SIZE)
        for event in events:
            data = event.data
            if event.name == OUTPUT and isinstance(data, bytes):
                terminal.feed(data)
            elif event.name == INPUT and isinstance(data, bytes):
                typing.feed(data.translate(BACKSPACE))
            elif event.name == RESIZE and isinstance(data, dict):
                terminal.resize(*_size(data, size))
        self._streams = {OUTPUT: _Marks("terminal", terminal), INPUT: _Marks("input", typing)}

    def events(self, events: Iterable[Event], *, tell: bool = True) -> Iterator[Event]:
        """The same events again, masked. With ``tell``, events that say what was masked come last."""
        notes: Counter[tuple[str, str, int]] = Counter()
        seq, t = -1, 0
        for event in events:
            seq, t = event.seq, event.t
            masked, where, found = self._mask(event)
            for rule, count in found.items():
                notes[rule, where, seq] += count
                self.counts[rule] += count
            yield masked
        for number, ((rule, where, at), count) in enumerate(notes.items() if tell else (), seq + 1):
            yield Event(number, t, *redacted(rule, where, at, count))

    def _mask(self, event: Event) -> tuple[Event, str, dict[str, int]]:
        data: Any = event.data
        stream = self._streams.get(event.name)
        if stream and isinstance(data, bytes):
            data, rules = stream.next(data)
            return event._replace(data=data), stream.where, Counter(rules)
        if isinstance(data, bytes):  # a kind of a later version
            hits = find(data.decode("latin-1")) if event.track == UNKNOWN else []
            data = Spans((hit.start, hit.stop) for hit in hits).paint(data, 0)
            return event._replace(data=data), "event", Counter(hit.rule for hit in hits)
        if event.name == ("guard", "redacted"):
            return event, "event", {}
        names = ("track", "kind", "span", "parent", "actor")
        data, links, found = redact_event(data, {name: getattr(event, name) for name in names})
        return event._replace(data=data, **links), "event", found


def redact_header(header: dict[str, Any]) -> dict[str, Any]:
    """A recording's header without secrets in its command line, title, directory, environment."""
    masked: dict[str, Any] = redact_json(header)[0]
    command, env = header.get("command"), header.get("env")
    if isinstance(command, list):
        masked["command"] = mask_command([str(word) for word in command])
    if isinstance(env, dict):
        masked["env"] = {str(k): mask_value(str(k), str(v)) for k, v in env.items()}
    for name in ("title", "cwd"):
        if isinstance(header.get(name), str):
            masked[name] = mask_text(header[name])
    return masked


def _size(data: dict[str, Any], default: tuple[int, int]) -> tuple[int, int]:
    cols, rows = data.get("cols"), data.get("rows")
    if isinstance(cols, int) and isinstance(rows, int) and 0 < cols < 65536 and 0 < rows < 65536:
        return cols, rows
    return default
