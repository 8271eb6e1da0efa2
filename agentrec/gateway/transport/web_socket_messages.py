"""Messages of a WebSocket, read from the bytes that pass in one direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from websockets.exceptions import WebSocketException
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

MAX_MESSAGE_BYTES = 32 << 20


class MessageReader:
    """Reads messages of one direction; nothing more after something that is not a frame.

    ``extensions`` is the value of the answer's Sec-WebSocket-Extensions header.
    """

    def __init__(self, extensions: str, *, from_client: bool) -> None:
        self._masked = from_client
        self._extensions = _extensions(extensions, from_client=from_client)
        self._stream = StreamReader()
        self._parts: list[bytes] = []
        self._frames = self._parse()
        self._found: list[bytes] = []
        self.failed = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the messages that these bytes complete."""
        if self.failed:
            return
        self._stream.feed_data(data)
        try:
            next(self._frames, None)
        except (WebSocketException, EOFError, ValueError):
            self.failed = True
        found, self._found = self._found, []
        yield from found

    def _parse(self) -> Generator[None, None, None]:
        while True:
            frame = yield from Frame.parse(
                self._stream.read_exact,
                mask=self._masked,
                max_size=MAX_MESSAGE_BYTES,
                extensions=self._extensions,
            )
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self._parts.append(bytes(frame.data))
                if frame.fin:
                    self._found.append(b"".join(self._parts))
                    self._parts = []


def _extensions(value: str, *, from_client: bool) -> Sequence[PerMessageDeflate] | None:
    words = [word.strip().lower() for word in value.split(";")]
    if words[0] != "permessage-deflate":
        return None
    side, bits = ("client", 15) if from_client else ("server", 15)
    for word in words[1:]:
        name, _, number = word.partition("=")
        if name == f"{side}_max_window_bits" and number.strip('"').isdecimal():
            bits = int(number.strip('"'))
    forgets = f"{side}_no_context_takeover" in words
    return [
        PerMessageDeflate(
            remote_no_context_takeover=forgets,
            local_no_context_takeover=False,
            remote_max_window_bits=bits,
            local_max_window_bits=15,
        )
    ]
