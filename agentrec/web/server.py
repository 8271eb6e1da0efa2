"""The server: one process with one event loop, on a socket that is open before its URL is printed."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, NamedTuple

import uvicorn

from agentrec.errors import AgentrecError, ExitCode
from agentrec.web.app import make_app
from agentrec.web.auth import AccessKeys
from agentrec.web.catalogs.catalog import Catalog
from agentrec.web.protocol import BoundedHttp, BoundedWebSocket
from agentrec.web.recording_pool import RecordingPool
from agentrec.web.request import Service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentrec.fleet.bucket.remote import Remote

MAX_HEADER_BYTES = 32 << 10
# How long open responses may take when the server is stopped.
_SHUTDOWN_TIMEOUT_SECONDS = 3
# Clients have nothing to send over a WebSocket.
_MAX_MESSAGE_BYTES = 4096


class ServeError(AgentrecError):
    """The server cannot listen."""

    code = ExitCode.OUTPUT


class Settings(NamedTuple):
    """Where to listen, and the token. ``hosts`` are further names that the server may be addressed by,
    ``embed`` the sites that may show recordings in their pages.
    """

    token: str
    host: str = "127.0.0.1"
    port: int = 0
    hosts: tuple[str, ...] = ()
    embed: tuple[str, ...] = ()


class Server(NamedTuple):
    """A server that accepts connections, but does not answer yet."""

    socket: socket.socket
    keys: AccessKeys
    uvicorn: uvicorn.Server

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def run(self) -> None:
        """Serve until a signal comes, or :meth:`stop`."""
        self.uvicorn.run(sockets=[self.socket])

    def stop(self) -> None:
        """Make :meth:`run` return soon; from any thread."""
        self.uvicorn.should_exit = True


def listen(
    named: Sequence[str],
    settings: Settings,
    env: Mapping[str, str],
    remote: Remote | None = None,
) -> Server:
    """Open a server for the ``named`` recordings, see :class:`Catalog`, or for those in ``remote``.

    Raises ServeError, InputError, RemoteError.
    """
    keys = AccessKeys(settings.token)
    embed_address = keys.embed_address if settings.embed else None
    catalog, pool = _recordings(named, env, remote)
    service = Service(catalog, pool, env, embed_address, keys.share, is_remote=remote is not None)
    listener = _bind(settings.host, settings.port)
    hosts = (*settings.hosts, settings.host)
    # Errors go to stderr; a malformed request is not worth a line.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)

    def is_stopping() -> bool:
        return server.should_exit

    config = uvicorn.Config(
        make_app(service, keys, hosts, is_stopping, settings.embed),
        http=BoundedHttp,
        ws=BoundedWebSocket,
        ws_max_size=_MAX_MESSAGE_BYTES,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT_SECONDS,
    )
    server = uvicorn.Server(config)
    return Server(listener, keys, server)


def _recordings(
    named: Sequence[str], env: Mapping[str, str], remote: Remote | None
) -> tuple[Catalog, RecordingPool]:
    if remote is None:
        return Catalog(named, env), RecordingPool()
    from agentrec.web.catalogs.remote_catalog import RemoteCatalog

    catalog = RemoteCatalog(remote, env)
    try:
        with catalog.fresh():
            pass  # what cannot be listed is said now
    except BaseException:
        catalog.close()
        raise
    return catalog, RecordingPool(catalog.open)


def _bind(host: str, port: int) -> socket.socket:
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
            f"cannot listen on {host}:{port}: {error.strerror}", "choose another port with --port"
        ) from None
    return listener
