"""The TCP sockets of this network namespace, as the kernel reports them (Linux, sock_diag(7))."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_SOCK_DIAG = 4  # NETLINK_SOCK_DIAG
# TCPDIAG_GETSOCK, the older request: for every family at once. The kernel looks through the whole table of
# sockets, in use or not, for each request.
_OF_ALL_FAMILIES = 18
_REQUEST_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_ERROR, _DONE = 2, 3  # NLMSG_*
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_INFO = 2  # INET_DIAG_INFO
# inet_diag_req: (family, lengths,) extensions, (inet_diag_sockid,) states, (dbs)
_QUERY = struct.Struct("=xxxB48xI4x")
# family, state, timer, retransmissions; ports; addresses; interface, cookie; expires, queues, user, inode
_SOCKET = struct.Struct("=BBxx2s2s16s16s4x8s12xII")
_ATTRIBUTE = struct.Struct("=HH")
# In struct tcp_info.
_BYTES_AT = 120
_BYTES = struct.Struct("=QQ")  # acknowledged by the other side, received from it
_FIN_WAIT2, _LISTENING = 5, 10
# Established or about to be, closing, listening. Not TIME_WAIT: nobody has those any more.
_STATES = sum(1 << state for state in (1, 2, 4, 5, 8, 9, _LISTENING, 11))
_READ_BYTES = 1 << 16
# The system's: one of Python's costs a poll() each time.
_TIMEOUT = struct.pack("@ll", 1, 0)  # struct timeval


class TcpSocket(NamedTuple):
    """``cookie`` is its name as long as it lives; ``inode`` that of its file, 0 once it has none.

    ``sent`` and ``received`` are bytes; ``port`` and ``address`` are of the other side.
    """

    cookie: bytes
    inode: int
    own_port: int
    address: str
    port: int
    is_listening: bool
    sent: int
    received: int


class SocketTable:
    """Raises OSError where the kernel does not tell."""

    def __init__(self) -> None:
        if not hasattr(socket, "AF_NETLINK"):
            raise OSError("no netlink on this system")
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _SOCK_DIAG)
        for which in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self._socket.setsockopt(socket.SOL_SOCKET, which, _TIMEOUT)
        self._sequence = 0

    def read(self) -> list[TcpSocket]:
        """All TCP sockets. Raises OSError."""
        return list(self._dump())

    def close(self) -> None:
        self._socket.close()

    def _dump(self) -> Iterator[TcpSocket]:
        self._sequence += 1
        query = _QUERY.pack(1 << (_INFO - 1), _STATES)
        length = _HEADER.size + len(query)
        header = _HEADER.pack(length, _OF_ALL_FAMILIES, _REQUEST_DUMP, self._sequence, 0)
        self._socket.send(header + query)
        while True:
            data = self._socket.recv(_READ_BYTES)
            at = 0
            while at + _HEADER.size <= len(data):
                length, kind, _, sequence, _ = _HEADER.unpack_from(data, at)
                if sequence == self._sequence:
                    if kind == _DONE:
                        return
                    if kind == _ERROR:
                        raise OSError("the kernel does not report sockets")
                    yield _parsed(data[at + _HEADER.size : at + length])
                at += max(_HEADER.size, length + 3 & ~3)


def _parsed(data: bytes) -> TcpSocket:
    family, state, own_port, port, _, address, cookie, _, inode = _SOCKET.unpack_from(data)
    sent = received = 0
    at = _SOCKET.size
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if kind == _INFO and length >= _ATTRIBUTE.size + _BYTES_AT + _BYTES.size:
            sent, received = _BYTES.unpack_from(data, at + _ATTRIBUTE.size + _BYTES_AT)
        at += max(_ATTRIBUTE.size, length + 3 & ~3)
    # The kernel counts what opened the connection, and what closed it, as a byte each.
    sent = max(0, sent - (2 if state == _FIN_WAIT2 else 1))
    return TcpSocket(
        cookie,
        inode,
        int.from_bytes(own_port, "big"),
        _address(family, address),
        int.from_bytes(port, "big"),
        state == _LISTENING,
        sent,
        received,
    )


def _address(family: int, address: bytes) -> str:
    if family == socket.AF_INET:
        return socket.inet_ntop(family, address[:4])
    text = socket.inet_ntop(socket.AF_INET6, address)
    return text.removeprefix("::ffff:") if "." in text else text  # IPv4 in an IPv6 socket
