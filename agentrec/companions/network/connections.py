"""The connections of the recorded command: decisions only."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from agentrec.capture.throttle import TokenBucket

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import NotRequired

    from agentrec.companions.network.socket_table import TcpSocket

# Looks at a socket that no process below the recorded one has, until it counts as somebody else's.
_MAX_TRIES = 4
# Events that are made in the long run, and at once.
EVENTS_PER_SECOND, BURST_EVENTS = 5.0, 200.0


class ConnectionData(TypedDict):
    """The data of a ``sys/connection`` event."""

    pid: int
    address: str
    port: int
    sent: int
    received: int
    duration_ms: float
    open: NotRequired[bool]


class _Connection:
    __slots__ = ("is_held", "looks", "pid", "seen", "socket")

    def __init__(self, socket: TcpSocket, seen: float) -> None:
        self.socket, self.seen = socket, seen
        self.pid = 0
        self.looks = 0
        # A program has it.
        self.is_held = True

    def update(self, now: TcpSocket) -> None:
        """Of one that is being closed the kernel does not tell all any more."""
        before, self.is_held = self.socket, now.inode != 0
        self.socket = now._replace(
            inode=now.inode or before.inode,
            sent=max(now.sent, before.sent),
            received=max(now.received, before.received),
        )


class Connections:
    """Told what sockets there are. ``ended`` are the data of events to add.

    Connections to ``own_port`` are the recorder's own, and left out.
    """

    def __init__(self, own_port: int = 0) -> None:
        self._own_port = own_port
        self._open: dict[bytes, _Connection] = {}
        self._bucket = TokenBucket(EVENTS_PER_SECOND, BURST_EVENTS)
        self.dropped = 0
        self.ended: list[ConnectionData] = []

    def update(self, sockets: Iterable[TcpSocket], now: float) -> list[int]:
        """These are all there are ``now`` (seconds); the inodes of those whose process is wanted."""
        sockets = list(sockets)
        listening = {each.own_port for each in sockets if each.is_listening}
        outgoing = {each.cookie: each for each in sockets if each.own_port not in listening}
        for cookie in self._open.keys() - outgoing.keys():
            self._end(self._open.pop(cookie), now)
        for cookie, each in outgoing.items():
            self._open.setdefault(cookie, _Connection(each, now)).update(each)
        return [it.socket.inode for it in self._open.values() if self._is_wanted(it)]

    def _is_wanted(self, connection: _Connection) -> bool:
        if connection.pid or connection.looks >= _MAX_TRIES or not connection.socket.inode:
            return False
        connection.looks += 1
        return not (self._own_port and connection.socket.port == self._own_port)

    def owned(self, pids: Mapping[int, int]) -> None:
        """The process of each of these inodes."""
        for connection in self._open.values():
            connection.pid = connection.pid or pids.get(connection.socket.inode, 0)

    def finish(self, now: float) -> None:
        """The recording ends: what is still open."""
        for connection in self._open.values():
            self._end(connection, now, is_open=connection.is_held)
        self._open.clear()

    def _end(self, connection: _Connection, now: float, *, is_open: bool = False) -> None:
        if not connection.pid:
            return
        if not self._bucket.take(1, now):
            self.dropped += 1
            return
        last = connection.socket
        data: ConnectionData = {
            "pid": connection.pid,
            "address": last.address,
            "port": last.port,
            "sent": last.sent,
            "received": last.received,
            "duration_ms": round((now - connection.seen) * 1000, 3),
        }
        if is_open:
            data["open"] = True
        self.ended.append(data)
