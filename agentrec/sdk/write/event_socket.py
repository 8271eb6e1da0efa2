"""Events on a socket, many at once, to whoever writes them."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

from agentrec.errors import OutputError
from agentrec.recording.format import batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.sdk.write.outbox import Encoded

_SEND_TIMEOUT_SECONDS = 60.0
_END_TIMEOUT_SECONDS = 60.0
_MAX_BATCH_BYTES = 4 << 20
_REPLY_LIMIT_BYTES = 4096


class EventSocket:
    """Sends batches as in :mod:`agentrec.capture.control.event_stream`.

    ``start_ns`` is the recording's start on the monotonic clock, ``session`` its id.
    """

    def __init__(self, connection: socket.socket, start_ns: int, session: str, path: str) -> None:
        connection.settimeout(_SEND_TIMEOUT_SECONDS)
        self._connection = connection
        self.start_ns, self.session, self.path = start_ns, session, path
        self.failure: Exception | None = None

    def send(self, records: Sequence[Encoded]) -> None:
        """Hand on; waits while the other side has enough to do."""
        for some in _portions(records):
            body = batch.encode([(t, batch.JSON, payload) for t, payload, _ in some], 0, some[0][0])
            try:
                self._connection.sendall(len(body).to_bytes(4, "little") + body)
            except OSError as error:
                self.failure = self._reason() or error
                return

    def flush(self) -> None:
        """Return when everything that was sent is in the file."""
        try:
            self._connection.sendall(bytes(4))
            self._wait_for(b".")
        except OSError as error:
            self.failure = self.failure or self._reason() or error

    def close(self) -> None:
        """Say that all has been sent, and wait until it has been taken."""
        try:
            self._connection.settimeout(_END_TIMEOUT_SECONDS)
            self._connection.shutdown(socket.SHUT_WR)
            self.failure = self.failure or self._reason()
        except OSError:
            pass  # the other side has ended; what it has taken is safe
        finally:
            self._connection.close()

    def _wait_for(self, sign: bytes) -> None:
        while received := self._connection.recv(_REPLY_LIMIT_BYTES):
            if received.endswith(sign):
                return
            self.failure = self.failure or _refusal(received)
        raise OSError("the recorder has ended")

    def _reason(self) -> Exception | None:
        """Read to the end: what the other side had to say, if it could not write."""
        found: Exception | None = None
        try:
            while received := self._connection.recv(_REPLY_LIMIT_BYTES):
                found = found or _refusal(received)
        except OSError:
            pass
        return found


def _refusal(received: bytes) -> Exception | None:
    for line in received.splitlines():
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(reply, dict) and reply.get("ok") is False:
            return OutputError(str(reply.get("error")))
    return None


def _portions(records: Sequence[Encoded]) -> list[list[Encoded]]:
    """``records`` in parts that a batch can hold."""
    portions: list[list[Encoded]] = [[]]
    size = 0
    for record in records:
        if len(portions[-1]) >= batch.MAX_RECORDS or size > _MAX_BATCH_BYTES:
            portions.append([])
            size = 0
        portions[-1].append(record)
        size += len(record[1])
    return [portion for portion in portions if portion]
