"""Takes events without waiting and hands them on from a thread: a step costs little."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Protocol

from agentrec.errors import AgentrecError
from agentrec.recording.format.batch import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    # Time in ns since the recording's start, the record's payload, and ``track/kind``.
    Encoded = tuple[int, bytes, str]

# With the 150 ms after which the writer writes, that is within the promised 250.
SEND_SECONDS = 0.05
# So much does not wait for the next turn.
_BURST_BYTES = 512 << 10
# With so much on its way, the program waits: memory stays bounded.
MAX_PENDING_BYTES = 16 << 20
_OVERHEAD_BYTES = 200
_WAIT_SECONDS = 0.002


class Carrier(Protocol):
    """Where the events go."""

    @property
    def failure(self) -> Exception | None:
        """Why nothing more gets there, if so."""
        ...

    def send(self, records: Sequence[Encoded]) -> None:
        """Hand on; may wait. Called from the outbox's thread only."""
        ...

    def flush(self) -> None:
        """Return when what was sent is in the file."""
        ...

    def close(self) -> None:
        """All has been sent."""
        ...


class Outbox:
    """Events on their way to ``carrier``. Every method may be called from any thread."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._lock = threading.Lock()
        self._items: list[tuple[int, str, str]] = []
        self._last_t = 0
        self._waiting_bytes = 0
        self._sending_bytes = 0
        self._work_waits = threading.Event()
        self._at_once = threading.Event()
        self._closing = False
        self._failure: Exception | None = None
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="agentrec-sdk", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> Exception | None:
        """Why nothing more is recorded, if so."""
        return self._failure or self._carrier.failure

    def put(self, t: int, payload: str, name: str) -> None:
        """An event: its time, its record as JSON text, and ``track/kind``."""
        with self._lock:
            self._last_t = t = max(t, self._last_t)  # from several threads
            self._items.append((t, payload, name))
            self._waiting_bytes += len(payload) + _OVERHEAD_BYTES
            waiting = self._waiting_bytes
        if not self._work_waits.is_set():
            self._work_waits.set()
        if waiting > _BURST_BYTES:
            self._at_once.set()
            if waiting + self._sending_bytes > MAX_PENDING_BYTES:
                self._wait_for_room()

    def flush(self) -> None:
        """Return when everything so far was handed on, or that has failed."""
        while (self._waiting_bytes or self._sending_bytes) and self._thread.is_alive():
            self._at_once.set()
            time.sleep(_WAIT_SECONDS)

    def close(self) -> None:
        """Hand on the rest and end."""
        self._closing = True
        self._at_once.set()
        self._work_waits.set()
        if self._thread.is_alive():
            self._thread.join()
        self._carrier.close()

    def _wait_for_room(self) -> None:
        while self._waiting_bytes + self._sending_bytes > MAX_PENDING_BYTES:
            if self.failure or not self._thread.is_alive():
                return
            time.sleep(_WAIT_SECONDS)

    def _run(self) -> None:
        while not (self._closing and not self._items):
            self._work_waits.wait()
            if not self._closing:
                self._at_once.wait(SEND_SECONDS)
            self._send(self._take())

    def _take(self) -> list[tuple[int, str, str]]:
        with self._lock:
            items, self._items = self._items, []
            self._sending_bytes, self._waiting_bytes = self._waiting_bytes, 0
            self._at_once.clear()
            if not self._closing:
                self._work_waits.clear()
        return items

    def _send(self, items: list[tuple[int, str, str]]) -> None:
        try:
            records = [(t, _encoded(payload), name) for t, payload, name in items]
            fitting = [record for record in records if len(record[1]) <= MAX_RECORD_BYTES]
            self.dropped += len(records) - len(fitting)
            if fitting and not self.failure:
                self._carrier.send(fitting)
        except (AgentrecError, OSError, ValueError) as error:
            self._failure = error
        finally:
            self._sending_bytes = 0


def _encoded(payload: str) -> bytes:
    try:
        return payload.encode()
    except UnicodeEncodeError:  # lone surrogates, as in file names that are not UTF-8
        return json.dumps(json.loads(payload), separators=(",", ":")).encode()
