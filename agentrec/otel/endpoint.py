"""Sends OTLP over HTTP, as the variables of OpenTelemetry say where options do not."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from agentrec import __version__
from agentrec.errors import OutputError, UsageError
from agentrec.json_values import count, table, text
from agentrec.otel.otlp import to_protobuf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentrec.json_values import JsonObject

PROTOBUF, JSON = "http/protobuf", "http/json"
PROTOCOLS = (PROTOBUF, JSON)
TRIES = 4
# Answers after which the protocol allows another try.
_AGAIN = (429, 502, 503, 504)
_MAX_WAIT_SECONDS = 30.0
_MAX_ANSWER_BYTES = 1 << 20
_MAX_WORDS_BYTES = 300  # of what it says about a failure
_MAX_TIMEOUT_DIGITS = 8  # of milliseconds: a day
_NUMBER_DIGITS = 18  # of a 64-bit number
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PATH = "/v1/traces"
_PREFIX = "OTEL_EXPORTER_OTLP_"


class Endpoint(NamedTuple):
    """``url`` takes traces; ``timeout`` in seconds is that of one try."""

    url: str
    headers: dict[str, str]
    protocol: str = PROTOBUF
    timeout: float = 10.0
    gzip: bool = False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would take the headers, and with them a key, to another server, but not the spans."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def endpoint_of(
    env: Mapping[str, str], url: str = "", headers: Sequence[str] = (), protocol: str = ""
) -> Endpoint:
    """What options and variables name. Raises UsageError."""
    where = _with_path(url) if url else _setting_url(env)
    if not where:
        raise UsageError(
            "nowhere to send to", "use --endpoint URL, or set OTEL_EXPORTER_OTLP_ENDPOINT"
        )
    _check_url(where)
    given = _headers(_setting(env, "HEADERS").split(","), decode=True) | _headers(headers)
    protocol = protocol or _setting(env, "PROTOCOL") or PROTOBUF
    if protocol not in PROTOCOLS:
        raise UsageError(f"unknown protocol {protocol}", f"use {' or '.join(PROTOCOLS)}")
    compressed = _setting(env, "COMPRESSION") == "gzip"
    return Endpoint(where, given, protocol, _timeout(env), compressed)


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # half of an IPv6 address, a port that is not a number
        is_valid = False
    if not is_valid or not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError(f"invalid endpoint {url!r}", "use http://HOST:PORT or https://HOST")
    if "@" in parts.netloc:
        raise UsageError(
            "invalid endpoint: the URL has a user name",
            "use --header 'Authorization=Basic BASE64'",
        )


def send(endpoint: Endpoint, request: JsonObject) -> int:
    """Send one request; returns how many of its spans were refused. Raises OutputError."""
    is_json = endpoint.protocol == JSON
    body = json.dumps(request).encode() if is_json else to_protobuf(request)
    headers = {
        "Content-Type": "application/json" if is_json else "application/x-protobuf",
        "User-Agent": f"agentrec/{__version__}",
        **endpoint.headers,
    }
    if endpoint.gzip:
        body = gzip.compress(body)
        headers["Content-Encoding"] = "gzip"
    prepared = urllib.request.Request(endpoint.url, body, headers)  # noqa: S310 - its scheme was checked
    answer = _answer(endpoint, prepared)
    return _refused(answer, is_json=is_json)


def _answer(endpoint: Endpoint, request: urllib.request.Request) -> bytes:
    for attempt in range(1, TRIES + 1):
        try:
            with _OPENER.open(request, timeout=endpoint.timeout) as reply:
                return _read(reply, endpoint)
        except urllib.error.HTTPError as error:
            with error:
                if error.code not in _AGAIN or attempt == TRIES:
                    raise OutputError(_words(endpoint, error)) from None
                wait = _wait(error.headers.get("Retry-After"), attempt)
        except (OSError, http.client.HTTPException) as error:
            if attempt == TRIES:
                reason = getattr(error, "reason", error)
                raise OutputError(f"cannot reach {endpoint.url}: {reason}") from None
            wait = _wait(None, attempt)
        time.sleep(wait)
    raise AssertionError("the last try returns or raises")


def _read(reply: http.client.HTTPResponse, endpoint: Endpoint) -> bytes:
    """The answer. One that comes byte by byte takes no longer than any other."""
    if reply.headers.get_content_type() == "text/html":
        raise OutputError(f"{endpoint.url} answered with a web page: it takes no traces")
    deadline = time.monotonic() + endpoint.timeout
    answer = b""
    while len(answer) < _MAX_ANSWER_BYTES and (piece := reply.read1(_MAX_ANSWER_BYTES)):
        answer += piece
        if time.monotonic() > deadline:
            raise TimeoutError("timed out")
    return answer


def _words(endpoint: Endpoint, error: urllib.error.HTTPError) -> str:
    line = f"{endpoint.url} refused it: {error.code} {error.reason}"
    if target := error.headers.get("Location"):
        return f"{line}: it names {target}"
    try:
        said = error.read(_MAX_WORDS_BYTES).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException):
        said = ""
    return f"{line}: {said.splitlines()[0]}" if said.isprintable() and said else line


def _wait(header: str | None, attempt: int) -> float:
    """Seconds until the next try: what the server asks for, else twice as long each time."""
    if header and header.isascii() and header.isdigit():
        return min(float(header), _MAX_WAIT_SECONDS)
    return float(2**attempt) / 4


def _refused(answer: bytes, *, is_json: bool) -> int:
    """Of a partial success."""
    if is_json:
        try:
            partial = table(table(json.loads(answer or b"{}")).get("partialSuccess"))
        except (ValueError, RecursionError):
            return 0
        rejected = partial.get("rejectedSpans")
        return _number(rejected, _NUMBER_DIGITS) if isinstance(rejected, str) else count(rejected)
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    response = ExportTraceServiceResponse()
    try:
        response.ParseFromString(answer)
    except Exception:  # noqa: BLE001 - an answer of another kind says nothing of refused spans
        return 0
    return int(response.partial_success.rejected_spans)


def _with_path(url: str) -> str:
    return url if url.rstrip("/").endswith(_PATH) else url.rstrip("/") + _PATH


def _setting_url(env: Mapping[str, str]) -> str:
    """The variable for traces is used as it is; to the one for all signals the path is added."""
    if own := env.get(f"{_PREFIX}TRACES_ENDPOINT", ""):
        return own
    base = env.get(f"{_PREFIX}ENDPOINT", "")
    return _with_path(base) if base else ""


def _setting(env: Mapping[str, str], name: str) -> str:
    return text(env.get(f"{_PREFIX}TRACES_{name}") or env.get(f"{_PREFIX}{name}"))


def _timeout(env: Mapping[str, str]) -> float:
    """In seconds, of a variable in milliseconds."""
    return _number(_setting(env, "TIMEOUT"), _MAX_TIMEOUT_DIGITS) / 1000 or 10.0


def _number(digits: str, limit: int) -> int:
    """What up to ``limit`` digits mean; 0 for anything else."""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= limit else 0


def _headers(pairs: Sequence[str], *, decode: bool = False) -> dict[str, str]:
    found = {}
    for pair in filter(None, map(str.strip, pairs)):
        name, sign, value = pair.partition("=")
        if not sign or not _HEADER_NAME.fullmatch(name.strip()):
            raise UsageError(f"invalid header {name!r}: use NAME=VALUE")
        value = unquote(value) if decode else value
        if not value.isascii() or not value.isprintable():
            raise UsageError(
                f"invalid header {name!r}", "its value may only have printable ASCII characters"
            )
        found[name.strip()] = value.strip()
    return found
