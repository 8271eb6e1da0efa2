"""Redaction of a finished recording: its events are read twice, so that nothing has to be guessed.

The first pass finds out which bytes draw secrets, however slowly they did; the second masks them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

from agentrec.recording.events import (
    INPUT,
    OUTPUT,
    RESIZE,
    STDERR,
    STDIN,
    STDOUT,
    UNKNOWN,
    Event,
)
from agentrec.recording.events.term import TermResize
from agentrec.recording.format.batch import piped, shown
from agentrec.redact.command_line import mask_command, mask_text, mask_value
from agentrec.redact.event_mask import redacted_event
from agentrec.redact.json_redaction import redact_event, redact_object
from agentrec.redact.masked_stream import BACKSPACE, INPUT_SIZE
from agentrec.redact.screen.known_secrets import KnownSecrets
from agentrec.redact.screen.mask import Spans
from agentrec.redact.screen.masker import Masker
from agentrec.redact.screen.scrolled_fields import ScrolledFields
from agentrec.redact.secret_rules import find_secrets
from agentrec.text import format_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from agentrec.json_values import JsonObject

_LINKS = ("span", "parent", "actor")
_PIPES = (STDIN, STDOUT, STDERR)
# What events about masks call each stream.
_STREAMS = {OUTPUT: "terminal", INPUT: "input", **{name: name[1] for name in _PIPES}}


def _drawn(
    events: Iterable[Event], size: tuple[int, int], known: KnownSecrets | None
) -> dict[tuple[str, str], Masker]:
    """What finds the secrets in each stream of bytes, after all of it."""
    maskers = {name: Masker(*INPUT_SIZE, known) for name in _STREAMS}
    maskers[OUTPUT] = Masker(*size, known, None if known else ScrolledFields())
    for event in events:
        data = event.data
        if event.name in maskers and isinstance(data, bytes):
            maskers[event.name].feed(_as_drawn(event.name, data))
        elif event.name == RESIZE and isinstance(data, dict):
            maskers[OUTPUT].resize(*(TermResize(data).size or size))
    for masker in maskers.values():
        masker.scan()
    return maskers


def _as_drawn(name: tuple[str, str], data: bytes) -> bytes:
    """A stream's bytes as a terminal would get them."""
    if name == INPUT:
        return data.translate(BACKSPACE)
    return shown(data) if name in _PIPES else data


class _StreamMarks:
    """What to mask in one stream of bytes, piece by piece."""

    def __init__(self, where: str, masker: Masker) -> None:
        self.where = where
        self._spans = Spans(masker.spans)
        self._sightings = sorted((sighting.offset, sighting.rule) for sighting in masker.sightings)
        self._offset, self._until = 0, masker.offset

    @property
    def left_out(self) -> int:
        """Bytes so far that were not searched."""
        return max(0, self._offset - self._until)

    def rewind(self) -> None:
        """The stream is read from its start again."""
        self._offset = 0

    def mask_next(self, data: bytes) -> tuple[bytes, list[str]]:
        """The next piece of the stream, masked, and the rules of the secrets that begin in it."""
        start, stop = self._offset, self._offset + len(data)
        self._offset = stop
        data = data[: max(0, self._until - start)]  # what was not searched is left out
        low, high = (bisect_left(self._sightings, (offset, "")) for offset in (start, stop))
        return self._spans.mask(data, start), [rule for _, rule in self._sightings[low:high]]


class TwoPassRedaction:
    """Made by a first pass over the events that ``read()`` gives, and the terminal's first ``size``
    (cols, rows).

    If there are secrets in them, another pass finds what was shown of each before it was complete.
    """

    def __init__(self, read: Callable[[], Iterable[Event]], size: tuple[int, int]) -> None:
        self.counts: Counter[str] = Counter()
        maskers = _drawn(read(), size, None)
        values = {key: value for it in maskers.values() for key, value in it.values.items()}
        if known := KnownSecrets(values):
            first, maskers = maskers, _drawn(read(), size, known)
            for name, masker in maskers.items():
                masker.sightings = first[name].sightings
        self._streams = {
            name: _StreamMarks(where, maskers[name]) for name, where in _STREAMS.items()
        }

    @property
    def left_out(self) -> int:
        """Bytes of output and input that were left out: finding out what to mask ended before them."""
        return sum(stream.left_out for stream in self._streams.values())

    def notes(self) -> list[str]:
        """What to tell of an export besides what was masked."""
        if not self.left_out:
            return []
        size = format_size(self.left_out)
        return [f"left out the last {size}: searching them for secrets takes too long"]

    def events(self, events: Iterable[Event], *, report: bool = True) -> Iterator[Event]:
        """The same events again, masked. With ``report``, events that say what was masked come last.

        This can be done several times.
        """
        self.counts.clear()
        for stream in self._streams.values():
            stream.rewind()
        totals: Counter[tuple[str, str, int]] = Counter()
        seq, t = -1, 0
        for event in events:
            seq, t = event.seq, event.t
            masked, where, counts = self._mask(event)
            for rule, count in counts.items():
                totals[rule, where, seq] += count
                self.counts[rule] += count
            yield masked
        reports = totals.items() if report else ()
        for number, ((rule, where, at), count) in enumerate(reports, seq + 1):
            yield Event(number, t, *redacted_event(rule, where, at, count))

    def _mask(self, event: Event) -> tuple[Event, str, dict[str, int]]:
        """An event without secrets, where they stood, and how many were masked by each rule."""
        stream, data = self._streams.get(event.name), event.data
        if stream and isinstance(data, bytes):
            is_pipe = event.name in _PIPES
            masked, rules = stream.mask_next(shown(data) if is_pipe else data)
            masked = piped(masked) if is_pipe else masked
            return event._replace(data=masked), stream.where, Counter(rules)
        if isinstance(data, bytes):  # a kind of a later version
            hits = find_secrets(data.decode("latin-1")) if event.track == UNKNOWN else []
            masked = Spans((hit.start, hit.stop) for hit in hits).mask(data, 0)
            return event._replace(data=masked), "event", Counter(hit.rule for hit in hits)
        if event.name == ("guard", "redacted"):
            return event, "event", {}
        return _mask_json(event, data)


def _mask_json(event: Event, data: JsonObject) -> tuple[Event, str, dict[str, int]]:
    links = {"track": event.track, "kind": event.kind}
    links |= {name: link for name in _LINKS if (link := getattr(event, name)) is not None}
    data, links, counts = redact_event(data, links)
    span, parent, actor = map(links.get, _LINKS)
    track, kind = links["track"], links["kind"]
    return Event(event.seq, event.t, track, kind, data, span, parent, actor), "event", counts


def redact_header(header: JsonObject) -> JsonObject:
    """A recording's header without secrets in its command line, title, directory, environment."""
    masked, _ = redact_object(header)
    command, env = header.get("command"), header.get("env")
    if isinstance(command, list):
        masked["command"] = mask_command([str(word) for word in command])
    if isinstance(env, dict):
        masked["env"] = {str(k): mask_value(str(k), str(v)) for k, v in env.items()}
    for name in ("title", "cwd"):
        if isinstance(text := header.get(name), str):
            masked[name] = mask_text(text)
    return masked
