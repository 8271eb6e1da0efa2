"""`POST /v1/traces`: spans as OTLP, in protobuf or JSON, also compressed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from starlette.responses import Response

from agentrec.errors import FormatError
from agentrec.intake.span_store import StoreError
from agentrec.otel.otlp_protobuf import NoProtobufError, TooManyError
from agentrec.otel.otlp_reading import answer
from agentrec.web.openapi.parts import JSON
from agentrec.web.openapi.traces import PROTOBUF
from agentrec.web.problems import ProblemError, body_of, headers_of, problem_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from agentrec.intake.trace_intake import TraceIntake
    from agentrec.web.workers import Workers

# Of a body, as it comes and decompressed.
MAX_TRACES_BYTES = 16 << 20
_TOO_LARGE = f"the body is larger than {MAX_TRACES_BYTES >> 20} MiB"
_SMALLER = "send fewer spans at once: OTEL_BSP_MAX_EXPORT_BATCH_SIZE=64"

_STATUS = {FormatError: 400, TooManyError: 413, NoProtobufError: 501, StoreError: 503}


def traces_endpoint(
    intake: TraceIntake, workers: Workers
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint, for a route."""

    async def respond(request: Request) -> Response:
        try:
            kind, is_packed = _kind(request), _is_packed(request)
            body = await _body(request)
            content = await workers.run(_take, intake, body, kind == JSON, is_packed)
            return Response(content, media_type=kind)
        except Exception as error:
            problem = _problem(error)
            if problem is None:
                raise
            return Response(body_of(problem), problem.status, headers_of(problem))

    return respond


def _take(intake: TraceIntake, body: bytes, is_json: bool, is_packed: bool) -> bytes:
    accepted = intake.accept(_unpacked(body) if is_packed else body, is_json=is_json)
    return answer(accepted.refused, accepted.why, is_json=is_json)


def _kind(request: Request) -> str:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in (JSON, PROTOBUF):
        raise ProblemError(415, f"the body must be {PROTOBUF} or {JSON}")
    return kind


def _is_packed(request: Request) -> bool:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("gzip", "identity"):
        raise ProblemError(415, "unknown encoding of the body", "use gzip, or none")
    return encoding == "gzip"


async def _body(request: Request) -> bytes:
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_TRACES_BYTES:
        raise ProblemError(413, _TOO_LARGE, _SMALLER)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_TRACES_BYTES:
            raise ProblemError(413, _TOO_LARGE, _SMALLER)
    return bytes(body)


def _unpacked(body: bytes) -> bytes:
    """The body as it was before gzip, of one or several members."""
    found = bytearray()
    while body:
        unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        try:
            found += unpacking.decompress(body, MAX_TRACES_BYTES + 1 - len(found))
        except zlib.error:
            raise ProblemError(400, "the body is not gzip") from None
        if len(found) > MAX_TRACES_BYTES:
            raise ProblemError(413, f"{_TOO_LARGE} when decompressed", _SMALLER)
        if not unpacking.eof:
            raise ProblemError(400, "the gzip of the body is cut short")
        body = unpacking.unused_data
    return bytes(found)


def _problem(error: Exception) -> ProblemError | None:
    for kind, status in _STATUS.items():
        if isinstance(error, kind):
            return ProblemError(status, str(error), getattr(error, "hint", ""))
    return problem_of(error)
