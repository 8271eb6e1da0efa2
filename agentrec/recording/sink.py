"""What takes the events of a recording: the writer, and whatever stands before it.

Import this for types only. At run time it costs `record` a module and `typing`; see how
:class:`agentrec.recording.writer.Writer` declares it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.json_values import JsonObject
    from agentrec.recording.format.batch import Record


class EventSink(Protocol):
    """Takes events in order of time (``t`` in ns), never blocks, and never raises for a failed write.

    Only :meth:`flush` and :meth:`close` wait.
    """

    @property
    def pending(self) -> int:
        """Bytes taken and not yet written."""
        ...

    @property
    def room(self) -> int:
        """Bytes it can take now and keep its promise to have them written soon; 0 or less: wait."""
        ...

    @property
    def written(self) -> int:
        """Payload bytes written so far."""
        ...

    @property
    def failure(self) -> Exception | None:
        """Why nothing more is written, if so."""
        ...

    def output(self, t: int, data: bytes) -> None:
        """The child wrote ``data``."""
        ...

    def input(self, t: int, data: bytes) -> None:
        """The user typed ``data``."""
        ...

    def pipe(self, t: int, stream: str, data: bytes, *, shown: bool) -> None:
        """``data`` passed through ``stream`` (stdin, stdout, stderr), which is not a terminal.

        ``shown``: the screen shows it, too, as it would without the pipe.
        """
        ...

    def resize(self, t: int, cols: int, rows: int) -> None:
        """The terminal has this size now."""
        ...

    def event(
        self,
        t: int,
        track: str,
        kind: str,
        data: JsonObject,
        *,
        span: str | None = None,
        parent: str | None = None,
        actor: str | None = None,
    ) -> int:
        """Any other event. Returns its seq; raises FormatError when ``data`` is not JSON."""
        ...

    def encoded_events(self, records: Sequence[tuple[int, bytes, str]]) -> None:
        """Many other events at once: time, the record's payload, and ``track/kind`` of each.

        Raises FormatError when one is not JSON.
        """
        ...

    def flush(self) -> None:
        """Return when everything taken so far is written, or writing has failed."""
        ...

    def close(self, *, compact: bool = True) -> None:
        """Write the rest and end; ``compact``: then make it smaller where that is worth the time."""
        ...


class RecordingSink(EventSink, Protocol):
    """A sink that writes the file at :attr:`path`, from :meth:`start` on."""

    @property
    def path(self) -> str:
        """The recording's file."""
        ...

    @property
    def packable(self) -> int:
        """Once closed: bytes of payload that would be smaller if they were compressed as a whole."""
        ...

    @property
    def compacting(self) -> bool:
        """Whether :meth:`close` is making the file smaller: it may be interrupted then."""
        ...

    def start(self) -> None:
        """Start writing. What was taken before is written, too."""
        ...


class Signer(Protocol):
    """Signs what a writer writes, in its thread; see :mod:`agentrec.signatures.signer`."""

    @property
    def session(self) -> JsonObject:
        """The data of the first event."""
        ...

    def add(self, records: Sequence[Record]) -> None:
        """These records were written."""
        ...

    def seconds_left(self) -> float | None:
        """Until something has to be signed; None: all is."""
        ...

    def due(self) -> JsonObject | None:
        """The data of a signature, if it is time for one."""
        ...

    def end(self) -> JsonObject:
        """The data of the last one: of all that was written."""
        ...
