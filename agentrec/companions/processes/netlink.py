"""The kernel's events about every process that forks, runs a program or ends (Linux, netlink connector)."""

from __future__ import annotations

import os
import socket
import struct
from threading import Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

FORK, EXEC, EXIT = 1, 2, 0x80000000

_CONNECTOR = 11  # NETLINK_CONNECTOR
_PROC = 1  # CN_IDX_PROC and CN_VAL_PROC
_LISTEN, _IGNORE = 1, 2
_DONE = 3  # NLMSG_DONE
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_CN = struct.Struct("=IIIIHH")  # idx, val, seq, ack, length, flags
_EVENT = struct.Struct("=II8xIIII")  # what, cpu, (time), and four numbers that depend on what
_EVENT_OFFSET = _HEADER.size + _CN.size
_WHAT = struct.Struct("=I")
_BUFFER_BYTES = 1 << 20  # of events that may wait; the kernel may allow less
_READ_BYTES = 4096
_ACK_TIMEOUT_SECONDS = 0.1
# Since this kernel, only the events that are asked for come.
_FILTERS_SINCE = (6, 6)


class EventsLostError(Exception):
    """Events came faster than they were read; some are lost."""


class ProcEvents:
    """Open where permitted. Raises OSError elsewhere: other namespaces, older kernels, no rights."""

    def __init__(self) -> None:
        if not hasattr(socket, "AF_NETLINK"):
            raise OSError("no netlink on this system")
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _CONNECTOR)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            self._socket.bind((0, _PROC))
            self._send(_LISTEN)
            self._socket.settimeout(_ACK_TIMEOUT_SECONDS)
            # A kernel that only sends what was asked for does not acknowledge. Starting a thread makes
            # an event, which shows as well that the kernel sends them.
            try:
                Thread(target=int, daemon=True).start()
            except RuntimeError:  # the user may have no more threads
                pass
            self._socket.recv(_READ_BYTES)
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self, limit: int) -> Iterator[tuple[int, int, int, int]]:
        """Up to ``limit`` events: what, process, its parent (FORK), its status (EXIT).

        Threads are left out. Raises LostError.
        """
        for _ in range(limit):
            try:
                data = self._socket.recv(_READ_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                raise EventsLostError from error
            if len(data) < _EVENT_OFFSET + _EVENT.size:
                continue
            what, _, first, second, third, fourth = _EVENT.unpack_from(data, _EVENT_OFFSET)
            if what == FORK and third == fourth:
                yield FORK, fourth, second, 0  # the parent's tgid, the child's pid and tgid
            elif what == EXEC:
                yield EXEC, second, 0, 0
            elif what == EXIT and first == second:
                yield EXIT, second, 0, third

    def close(self) -> None:
        try:
            self._send(_IGNORE)
        except OSError:
            pass  # closing is enough
        self._socket.close()

    def _send(self, operation: int) -> None:
        body = _WHAT.pack(operation)
        if _kernel() >= _FILTERS_SINCE:
            body += _WHAT.pack(FORK | EXEC | EXIT)
        message = _CN.pack(_PROC, _PROC, 0, 0, len(body), 0) + body
        self._socket.send(_HEADER.pack(_HEADER.size + len(message), _DONE, 0, 0, 0) + message)


def _kernel() -> tuple[int, int]:
    major, _, rest = os.uname().release.partition(".")
    minor = "".join(char if char.isdigit() else " " for char in rest).split()
    return (int(major), int(minor[0])) if major.isdigit() and minor else (0, 0)
