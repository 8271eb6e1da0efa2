"""Access control: host, origin and token checks (CSRF, DNS rebinding), and security headers.

The server is for the user of this machine, but pages of other sites run in the same browser. They are kept
out by the token, in a cookie that is not sent with requests from other sites, by the check of Origin and
Sec-Fetch-Site, and, if their host name resolves to this machine (DNS rebinding), by the check of Host.
"""

from __future__ import annotations

import hmac
import html
import ipaddress
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from agentrec.web.openapi import COOKIE, PREFIX, TRACES
from agentrec.web.problems import ProblemError, body_of, headers_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/api/"
EMBED = "/embed/"
# In the scope of a request that comes by a link to one recording.
SHARED = "agentrec.shared"
# What such a link allows, below the path of its recording.
_SHARED_PARTS = frozenset(
    {"timeline", "activity", "events", "screen", "film", "output", "summary", "live"}
)
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_SHARE = "share"
_COOKIE_RULES = "HttpOnly; SameSite=Strict; Path=/"
_COMMON_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
# The page's own script and style, its requests to the API, and an empty icon; nothing else.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_REFUSAL = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>agentrec</title>
</head>
<body>
<main>
<h1>agentrec</h1>
<p>{detail}.</p>
<p>{hint}</p>
</main>
</body>
</html>
"""
DATA_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"


class AccessKeys:
    """What grants access: the token, and one-time codes for URLs that other users may see."""

    def __init__(self, token: str) -> None:
        if not token:
            raise ValueError("missing token")
        self.token = token
        self._codes: set[str] = set()

    def add_code(self, code: str) -> None:
        """Accept ``code`` one time."""
        self._codes.add(code)

    def embed_address(self, name: str) -> str:
        """Where others may see the recording with this id, and nothing else."""
        return f"{EMBED}{quote(name)}?key={self._embed_key(name)}"

    def accepts_embed(self, name: str, given: str) -> bool:
        return hmac.compare_digest(given.encode(errors="replace"), self._embed_key(name).encode())

    def _embed_key(self, name: str) -> str:
        return hmac.new(self.token.encode(), f"embed {name}".encode(), "sha256").hexdigest()[:32]

    def share(self, name: str, expires: int) -> str:
        """A token for the recording with this id alone, until a time (Unix)."""
        claim = f"{urlsafe_b64encode(name.encode()).decode().rstrip('=')}.{expires}"
        return f"{claim}.{self._share_key(claim)}"

    def shared(self, given: str) -> str:
        """The id of the recording that a token is for; empty if it is none of ours, or has expired."""
        claim, _, key = given.rpartition(".")
        name, _, expires = claim.partition(".")
        if not hmac.compare_digest(key.encode(errors="replace"), self._share_key(claim).encode()):
            return ""
        # Only what we have written gets here.
        is_over = int(expires) <= time.time()
        return "" if is_over else urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()

    def _share_key(self, claim: str) -> str:
        words = f"share {claim}".encode(errors="replace")
        return hmac.new(self.token.encode(), words, "sha256").hexdigest()[:32]

    def accepts(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(errors="replace"), self.token.encode())

    def accepts_code(self, given: str) -> bool:
        """Whether ``given`` is a one-time code, which this uses up."""
        if given not in self._codes:
            return False
        self._codes.discard(given)
        return True


class Guard:
    """ASGI middleware around everything. ``hosts`` are host names to accept besides the local ones."""

    def __init__(
        self, app: ASGIApp, keys: AccessKeys, hosts: Iterable[str] = (), embed: Iterable[str] = ()
    ) -> None:
        self._app, self._keys = app, keys
        self._embed = " ".join(embed)
        self._hosts = _LOCAL_HOSTS | {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = _Headers(scope)
        try:
            self._check(scope, headers)
            cookie = self._cookie(scope, headers)
        except ProblemError as problem:
            await _refuse(scope, send, problem)
            return
        if scope["path"].startswith(EMBED) and self._embed:
            await self._app(scope, receive, _with(send, _embed_headers(self._embed)))
            return
        is_data = _is_data(scope)
        if is_data and not self._has_token(headers, _cookie_name(headers.one("host"))):
            scope[SHARED] = True
        await self._app(scope, receive, _with_headers(send, is_data=is_data, cookie=cookie))

    def _check(self, scope: Scope, headers: _Headers) -> None:
        """Raise ProblemError for a request that must not be answered."""
        host = headers.one("host")
        match = _HOST.fullmatch(host)
        if not match or not self._is_own_name(match[1].lower()):
            raise ProblemError(
                403, "unknown host name", "allow it with `agentrec serve --allow-host NAME`"
            )
        origin = headers.one("origin")
        if origin and origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower()):
            raise ProblemError(403, "requests from other sites are not allowed")
        if not _is_data(scope):
            return
        if headers.one("sec-fetch-site") in ("cross-site", "same-site"):
            raise ProblemError(403, "requests from other sites are not allowed")
        is_allowed = self._has_token(headers, _cookie_name(host)) or _is_part_of(
            scope, self._shared_name(headers, host)
        )
        if not is_allowed:
            raise ProblemError(
                401, "the token is missing or wrong", "open the URL that `agentrec serve` printed"
            )

    def _is_own_name(self, name: str) -> bool:
        """Whether ``name`` may be used for this server. DNS rebinding needs a name, so addresses are safe."""
        if name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True

    def _has_token(self, headers: _Headers, cookie: str) -> bool:
        scheme, _, given = headers.one("authorization").partition(" ")
        if scheme:
            return scheme.lower() == "bearer" and self._keys.accepts(given.strip())
        return self._keys.accepts(headers.cookie(cookie))

    def _shared_name(self, headers: _Headers, host: str) -> str:
        """The id of the recording that a request may see by a link to it alone, or empty."""
        return self._keys.shared(headers.cookie(f"{_cookie_name(host)}-{_SHARE}"))

    def _cookie(self, scope: Scope, headers: _Headers) -> str:
        """The cookie to set if a page was requested with the token, else empty."""
        query = scope.get("query_string", b"")
        if _is_data(scope) or not any(name in query for name in (b"token=", b"once=", b"share=")):
            return ""
        given = dict(parse_qsl(query.decode("latin-1")))
        name = _cookie_name(headers.one("host"))
        if share := given.get(_SHARE):
            if not self._keys.shared(share):
                raise ProblemError(
                    401, "this link has expired, or is not whole", "ask for a new one"
                )
            return f"{name}-{_SHARE}={share}; {_COOKIE_RULES}"
        if not (
            self._keys.accepts(given.get("token", ""))
            or self._keys.accepts_code(given.get("once", ""))
        ):
            raise ProblemError(
                401,
                "the token is wrong, or the one-time code was already used",
                "open the URL that `agentrec serve` printed",
            )
        return f"{name}={self._keys.token}; {_COOKIE_RULES}"


def _is_part_of(scope: Scope, name: str) -> bool:
    """Whether a request only reads the recording with this id."""
    if not name or scope["type"] != "http" or scope["method"] != "GET":
        return False
    path: str = scope["path"]
    if path == f"{PREFIX}/search":
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return [value for key, value in asked if key == "session"] == [name]
    own = f"{PREFIX}/sessions/{name}"
    return path == own or (path.startswith(f"{own}/") and path[len(own) + 1 :] in _SHARED_PARTS)


def _is_data(scope: Scope) -> bool:
    """Whether a request needs the token: those for the page and its assets do not."""
    path: str = scope["path"]
    return path.startswith(API) or path.rstrip("/") == TRACES


class _Headers:
    """A request's headers. One that occurs twice counts as missing, because it is ambiguous."""

    def __init__(self, scope: Scope) -> None:
        self._all: list[tuple[bytes, bytes]] = scope["headers"]

    def one(self, name: str) -> str:
        values = [value for key, value in self._all if key == name.encode()]
        return values[0].decode("latin-1") if len(values) == 1 else ""

    def cookie(self, name: str) -> str:
        """A cookie's value, also next to malformed cookies that other servers on this host have set."""
        for pair in self.one("cookie").split(";"):
            given, _, value = pair.partition("=")
            if given.strip() == name:
                return value.strip()
        return ""


def _cookie_name(host: str) -> str:
    """Cookies are shared between ports, so the name contains the port."""
    match = _HOST.fullmatch(host)
    return f"{COOKIE}-{match[2] or 80}" if match else COOKIE


def _with_headers(send: Send, *, is_data: bool, cookie: str) -> Send:
    more = {**_COMMON_HEADERS, "Content-Security-Policy": DATA_POLICY if is_data else PAGE_POLICY}
    if is_data:
        more["Cache-Control"] = "no-store"
    if cookie:
        more["Set-Cookie"] = cookie
        more["Cache-Control"] = "no-store"
    return _with(send, more)


def _embed_headers(sites: str) -> dict[str, str]:
    """Of a recording in a page of these sites: it runs its own script, as a site of its own."""
    policy = f"sandbox allow-scripts allow-popups; frame-ancestors {sites}"
    own = {name: value for name, value in _COMMON_HEADERS.items() if name != "X-Frame-Options"}
    own["Cross-Origin-Resource-Policy"] = "cross-origin"
    return {**own, "Content-Security-Policy": policy, "Cache-Control": "no-store"}


def _with(send: Send, more: dict[str, str]) -> Send:
    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = {name.lower().encode() for name in more}
            others = [header for header in message["headers"] if header[0] not in names]
            message["headers"] = [*others, *_encoded(more)]
        await send(message)

    return send_more


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


async def _refuse(scope: Scope, send: Send, problem: ProblemError) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": problem.detail})
        return
    is_data = _is_data(scope)
    more = {} if is_data else {"Content-Type": "text/html; charset=utf-8"}
    policy = {"Content-Security-Policy": DATA_POLICY}
    headers = _encoded({**_COMMON_HEADERS, **policy, **headers_of(problem), **more})
    body = body_of(problem) if is_data else _page_of(problem)
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _page_of(problem: ProblemError) -> bytes:
    """A page for people: an old bookmark leads here."""
    detail, hint = (
        html.escape(text[:1].upper() + text[1:]) for text in (problem.detail, problem.hint)
    )
    return _REFUSAL.format(detail=detail, hint=hint).encode()
