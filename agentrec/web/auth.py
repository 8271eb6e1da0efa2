"""Who may ask, and what goes with every answer: host, origin, token, security headers.

The server is for this machine's user. Pages of other sites run in the same browser: they are kept out by
the token (a cookie that is not sent along from other sites), by the check of Origin and Sec-Fetch-Site, and,
where a name of theirs is made to point here (DNS rebinding), by the check of Host.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from agentrec.web.openapi import COOKIE
from agentrec.web.problems import ProblemError, body_of, headers_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/api/"
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
# The page's own script and style, its requests, and an empty icon; nothing else.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
DATA_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"


class Keys:
    """What opens the door: the token, and codes that do so once, for an address that others may see."""

    def __init__(self, token: str) -> None:
        if not token:
            raise ValueError("a door without a key")
        self.token = token
        self._once: set[str] = set()

    def once(self, code: str) -> None:
        """Let ``code`` in one time."""
        self._once.add(code)

    def fits(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(errors="replace"), self.token.encode())

    def fits_once(self, given: str) -> bool:
        """Whether ``given`` is such a code; from now on it is none."""
        if given not in self._once:
            return False
        self._once.discard(given)
        return True


class Guard:
    """ASGI middleware around everything. ``hosts``: names, besides this machine's, it may be called by."""

    def __init__(self, app: ASGIApp, keys: Keys, hosts: Iterable[str] = ()) -> None:
        self._app, self._keys = app, keys
        self._hosts = _LOCAL | {host.lower() for host in hosts}

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
        is_data = scope["path"].startswith(API)
        await self._app(scope, receive, _with_headers(send, is_data=is_data, cookie=cookie))

    def _check(self, scope: Scope, headers: _Headers) -> None:
        """Raises ProblemError for a request that must not be answered."""
        host = headers.one("host")
        found = _HOST.fullmatch(host)
        if not found or not self._is_ours(found[1].lower()):
            raise ProblemError(
                403, "this server is not called so", "`agentrec serve --host` names it"
            )
        origin = headers.one("origin")
        if origin and origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower()):
            raise ProblemError(403, "requests of other sites are not answered")
        if not scope["path"].startswith(API):
            return
        if headers.one("sec-fetch-site") in ("cross-site", "same-site"):
            raise ProblemError(403, "requests of other sites are not answered")
        if not self._has_token(headers, _cookie_name(host)):
            raise ProblemError(
                401, "the token is missing or wrong", "open the address that was printed"
            )

    def _is_ours(self, name: str) -> bool:
        """Whether the server may be called so. Addresses are no names that somebody could redirect."""
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
            return scheme.lower() == "bearer" and self._keys.fits(given.strip())
        return self._keys.fits(headers.cookie(cookie))

    def _cookie(self, scope: Scope, headers: _Headers) -> str:
        """The cookie to set, for a page that was asked for with the token."""
        query = scope.get("query_string", b"")
        if scope["path"].startswith(API) or (b"token=" not in query and b"once=" not in query):
            return ""
        given = dict(parse_qsl(query.decode("latin-1")))
        if not (
            self._keys.fits(given.get("token", "")) or self._keys.fits_once(given.get("once", ""))
        ):
            raise ProblemError(
                401, "the token is wrong, or was used up", "open the address that was printed"
            )
        name = _cookie_name(headers.one("host"))
        return f"{name}={self._keys.token}; HttpOnly; SameSite=Strict; Path=/"


class _Headers:
    """A request's headers. One that is given twice counts as none at all: nobody should guess which."""

    def __init__(self, scope: Scope) -> None:
        self._all: list[tuple[bytes, bytes]] = scope["headers"]

    def one(self, name: str) -> str:
        found = [value for key, value in self._all if key == name.encode()]
        return found[0].decode("latin-1") if len(found) == 1 else ""

    def cookie(self, name: str) -> str:
        """A cookie's value. Others on this machine may have set odd ones, which must not hide ours."""
        for pair in self.one("cookie").split(";"):
            given, _, value = pair.partition("=")
            if given.strip() == name:
                return value.strip()
        return ""


def _cookie_name(host: str) -> str:
    """Cookies know no ports: the name tells two servers on one machine apart."""
    found = _HOST.fullmatch(host)
    return f"{COOKIE}-{found[2] or 80}" if found else COOKIE


def _with_headers(send: Send, *, is_data: bool, cookie: str) -> Send:
    more = {**_COMMON, "Content-Security-Policy": DATA_POLICY if is_data else PAGE_POLICY}
    if is_data:
        more["Cache-Control"] = "no-store"
    if cookie:
        more["Set-Cookie"] = cookie
        more["Cache-Control"] = "no-store"

    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [it for it in message["headers"] if it[0] not in _names(more)]
            message["headers"] = [*kept, *_encoded(more)]
        await send(message)

    return send_more


def _names(headers: dict[str, str]) -> set[bytes]:
    return {name.lower().encode() for name in headers}


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


async def _refuse(scope: Scope, send: Send, problem: ProblemError) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": problem.detail})
        return
    headers: Any = _encoded(
        {**_COMMON, "Content-Security-Policy": DATA_POLICY, **headers_of(problem)}
    )
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body_of(problem)})
