"""Where calls go: the server that the agent would have asked, through its own proxy, with its own CA."""

from __future__ import annotations

import asyncio
import base64
import ssl
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_TIMEOUT_SECONDS = 60.0
READ_BUFFER_BYTES = 1 << 18
_PORTS = {"http": 80, "https": 443}
# Variables that name more certificates to trust, for Node, Python, curl and Codex.
_CA_VARIABLES = (
    "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE",
    "CODEX_CA_CERTIFICATE",
)  # fmt: skip


class Address(NamedTuple):
    """A server: scheme, host and port, the ``path`` that every request's path is below, and its name."""

    scheme: str
    host: str
    port: int
    path: str
    netloc: str


class Proxy(NamedTuple):
    """An HTTP proxy; ``authorization`` is the value of its header, or nothing."""

    host: str
    port: int
    authorization: str


def address_of(url: str) -> Address:
    """Read a base URL. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"not an address of a server: {url!r}")
    port = parts.port or _PORTS[parts.scheme]
    netloc = parts.netloc.rpartition("@")[2]
    return Address(parts.scheme, parts.hostname, port, parts.path.rstrip("/"), netloc)


def proxy_for(address: Address, env: Mapping[str, str]) -> Proxy | None:
    """Return the proxy that the environment names for a server, if any."""
    named = (f"{address.scheme}_proxy", "all_proxy")
    urls = [env.get(name) or env.get(name.upper()) for name in named]
    url = next((it for it in urls if it), "")
    if not url or _is_excluded(address.host, env.get("no_proxy") or env.get("NO_PROXY") or ""):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"cannot use this proxy: {parts.scheme}://{parts.hostname}")
    authorization = ""
    if parts.username:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(words.encode()).decode()
    return Proxy(parts.hostname, parts.port or 80, authorization)


def _is_excluded(host: str, no_proxy: str) -> bool:
    if host in ("localhost", "127.0.0.1", "::1"):
        return True
    for word in no_proxy.replace(" ", ",").split(","):
        name = word.strip().lstrip("*").lstrip(".").partition(":")[0]
        if word.strip() == "*" or (name and (host == name or host.endswith("." + name))):
            return True
    return False


def tls_context(env: Mapping[str, str]) -> ssl.SSLContext:
    """Return what is trusted: the system's certificates and those that the environment names."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    for name in _CA_VARIABLES:
        if path := env.get(name):
            try:
                context.load_verify_locations(cafile=path)
            except (OSError, ssl.SSLError):
                continue
    if env.get("NODE_TLS_REJECT_UNAUTHORIZED") == "0":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Upstream:
    """One server, and how to reach it. ``more_headers`` go with each request, for a proxy."""

    def __init__(self, url: str, env: Mapping[str, str]) -> None:
        self.address = address_of(url)
        self._env = env
        self._proxy = proxy_for(self.address, env)
        self._tls: ssl.SSLContext | None = None
        self.more_headers: list[tuple[str, str]] = []
        if self._proxy and self.address.scheme == "http" and self._proxy.authorization:
            self.more_headers = [("Proxy-Authorization", self._proxy.authorization)]

    def path(self, path: str) -> str:
        """Return what the path of a request is on the server."""
        whole = self.address.path + path
        return whole if whole.startswith("/") else f"/{whole}"

    def target(self, path: str) -> str:
        """Return what the request line names for ``path``."""
        whole = self.path(path)
        if self._proxy and self.address.scheme == "http":
            return f"http://{self.address.netloc}{whole}"
        return whole

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection. Raises OSError, which includes TLS and time-outs."""
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
            address, proxy = self.address, self._proxy
            secure = address.scheme == "https"
            if proxy is None:
                return await asyncio.open_connection(
                    address.host,
                    address.port,
                    ssl=self._context() if secure else None,
                    limit=READ_BUFFER_BYTES,
                )
            reader, writer = await asyncio.open_connection(
                proxy.host, proxy.port, limit=READ_BUFFER_BYTES
            )
            if secure:
                await _tunnel(reader, writer, address, proxy)
                await writer.start_tls(self._context(), server_hostname=address.host)
            return reader, writer

    def _context(self) -> ssl.SSLContext:
        self._tls = self._tls or tls_context(self._env)
        return self._tls


async def _tunnel(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: Address, proxy: Proxy
) -> None:
    host = f"[{address.host}]" if ":" in address.host else address.host
    lines = [f"CONNECT {host}:{address.port} HTTP/1.1", f"Host: {host}:{address.port}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    await writer.drain()
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise ConnectionError("the proxy closed the connection") from None
    line = head.split(b"\r", 1)[0].decode("latin-1")
    if line.split(" ")[1:2] != ["200"]:
        writer.close()
        raise ConnectionError(f"the proxy refused: {line}")
