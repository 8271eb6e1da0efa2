"""The server: one process, one event loop, on a socket that is open before anybody is told of it."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, NamedTuple

import uvicorn

from agentrec.errors import AgentrecError, ExitCode
from agentrec.web.app import make_app
from agentrec.web.auth import Keys
from agentrec.web.catalog import Catalog
from agentrec.web.protocol import BoundedProtocol, BoundedSocket
from agentrec.web.recording_pool import Shelf
from agentrec.web.request import Service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEADERS = 32 << 10  # bytes of a request's head
_LEAVE = 3  # seconds that running answers have when the server is stopped
_WS_MESSAGE = 4096  # bytes; nobody has anything to say there


class ServeError(AgentrecError):
    """The server cannot listen."""

    code = ExitCode.OUTPUT


class Settings(NamedTuple):
    """Where to listen and what opens the door. ``hosts``: more names that the server may be called by."""

    token: str
    host: str = "127.0.0.1"
    port: int = 0
    hosts: tuple[str, ...] = ()


class Server(NamedTuple):
    """A server that listens and does not answer yet."""

    socket: socket.socket
    keys: Keys
    uvicorn: uvicorn.Server

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def run(self) -> None:
        """Answer until a signal comes, or :meth:`stop`."""
        self.uvicorn.run(sockets=[self.socket])

    def stop(self) -> None:
        """Stop soon; from any thread."""
        self.uvicorn.should_exit = True


def listen(named: Sequence[str], settings: Settings, env: Mapping[str, str]) -> Server:
    """A server for the recordings that are ``named``, see :class:`Catalog`. Raises ServeError, InputError."""
    service = Service(Catalog(named, env), Shelf(), env)
    keys = Keys(settings.token)
    listener = _bound(settings.host, settings.port)
    hosts = (*settings.hosts, settings.host)
    # Errors go to standard error; that somebody sends nonsense is not worth a line.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)

    def stopping() -> bool:
        return server.should_exit

    config = uvicorn.Config(
        make_app(service, keys, hosts, stopping),
        http=BoundedProtocol,
        ws=BoundedSocket,
        ws_max_size=_WS_MESSAGE,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=HEADERS,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=_LEAVE,
    )
    server = uvicorn.Server(config)
    return Server(listener, keys, server)


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServeError(f"cannot listen on {host}: {error.strerror or error}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ServeError(
            f"cannot listen on {host}:{port}: {error.strerror}", "choose another with --port"
        ) from None
    return listener
