"""Whether what was shown ends within a control string, in which a BEL would be text or the end."""

from __future__ import annotations

# A string whose end does not come is forgotten after so much.
MAX_STRING_BYTES = 1 << 20

_ESC, _OSC = b"\x1b", b"\x1b]"
_STARTS = (_OSC, b"\x1bP", b"\x1b_", b"\x1b^", b"\x1bX")
_ENDS = (b"\x18", b"\x1a")


class OpenString:
    """Fed with what is shown, cut anywhere. ``is_open``: it ended within a control string."""

    def __init__(self) -> None:
        self._unread = b""  # shown last, with an ESC: it is looked at when somebody wants to know
        self._start = b""  # the last ESC and what follows it, while that may be a string
        self._length = 0

    @property
    def is_open(self) -> bool:
        self._read_rest()
        return len(self._start) == 2

    def feed(self, data: bytes) -> None:
        if _ESC in data:  # whatever was open ends there
            self._unread, self._start = data, b""
            return
        self._read_rest()
        if self._start:
            self._read(data)

    def _read_rest(self) -> None:
        if self._unread:
            data, self._unread, self._length = self._unread, b"", 0
            self._read(data[data.rindex(_ESC) :])

    def _read(self, data: bytes) -> None:
        self._start = (self._start + data)[:2]
        self._length += len(data)
        ended = any(end in data for end in _ENDS) or self._length > MAX_STRING_BYTES
        ended = ended or (self._start == _OSC and b"\x07" in data)
        if ended or (self.is_open and self._start not in _STARTS):
            self._start = b""
