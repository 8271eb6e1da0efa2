"""One request and its answer, as they pass through: bytes, times, and how it ended."""

from __future__ import annotations

import itertools
import time

# What is kept of one body. All of it passes through. Requests may hold pictures.
MAX_REQUEST_BYTES = 32 << 20
MAX_ANSWER_BYTES = 8 << 20
# Times of chunks that are kept; later chunks count for the last.
MAX_CHUNKS = 2000

_numbers = itertools.count(1)


class Capture:
    """The beginning of a body. ``size`` is all of it."""

    __slots__ = ("data", "limit", "size")

    def __init__(self, limit: int, data: bytes = b"") -> None:
        self.data, self.limit = bytearray(), limit
        self.size = 0
        self.add(data)

    def add(self, data: bytes) -> None:
        self.size += len(data)
        if room := self.limit - len(self.data):
            self.data += data[:room]

    @property
    def is_whole(self) -> bool:
        return self.size == len(self.data)


class Exchange:
    """What was sent to ``host`` and what came back. Header names are in lower case.

    ``ended``: `complete`, `cut` (the server stopped), `canceled` (the agent did) or `failed` (no
    connection); ``reason`` says more. ``started_at`` is in seconds since the epoch, other times are in ms
    since then.
    """

    def __init__(
        self, host: str, method: str, target: str, headers: list[tuple[str, str]], body: bytes = b""
    ) -> None:
        self.span = f"call-{next(_numbers)}"
        self.host, self.method, self.target = host, method, target
        self.headers = headers
        self.started_at, self._began = time.time(), time.monotonic()
        self.request = Capture(MAX_REQUEST_BYTES, body)
        self.status = 0
        self.response_headers: list[tuple[str, str]] = []
        self.response = Capture(MAX_ANSWER_BYTES)
        self.chunks: list[list[float]] = []
        self.first_byte_ms: float | None = None
        self.duration_ms = 0.0
        self.ended = self.reason = ""
        # The messages of a WebSocket are JSON texts, one a line.
        self.is_web_socket = False
        # It opened a WebSocket, and calls went through that.
        self.carried_calls = False

    def elapsed_ms(self) -> float:
        return round((time.monotonic() - self._began) * 1000, 2)

    def answered(self, status: int, headers: list[tuple[str, str]]) -> None:
        """The answer's head came."""
        self.status, self.response_headers = status, headers
        self.saw_byte()

    def saw_byte(self) -> None:
        if self.first_byte_ms is None:
            self.first_byte_ms = self.elapsed_ms()

    def received(self, data: bytes) -> None:
        """A piece of the answer's body came."""
        self.saw_byte()
        self.response.add(data)
        if len(self.chunks) < MAX_CHUNKS:
            self.chunks.append([self.elapsed_ms(), len(data)])
        else:
            self.chunks[-1][1] += len(data)

    def end(self, how: str, reason: str = "") -> bool:
        """It is over. Returns False if it was before."""
        if self.ended:
            return False
        self.ended, self.reason = how, reason
        self.duration_ms = self.elapsed_ms()
        return True


def header(headers: list[tuple[str, str]], name: str) -> str:
    """The value of a header, or nothing."""
    return next((value for key, value in headers if key == name), "")
