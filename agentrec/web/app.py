"""The ASGI application: routes from the API document, each with a handler in a thread, and the page."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from agentrec.export.script_tag import tag_script
from agentrec.intake.trace_intake import TraceIntake
from agentrec.web.auth import API, EMBED, SHARED, AccessKeys, Guard
from agentrec.web.compression import accepts_gzip, compressed
from agentrec.web.handlers import HANDLERS
from agentrec.web.handlers.download import recording as download
from agentrec.web.live import ClosingResponse, LiveStreams
from agentrec.web.openapi import TRACES, document
from agentrec.web.openapi.adding_files import ADD_FILE
from agentrec.web.openapi.parts import BYTES, JSON
from agentrec.web.problems import ProblemError, body_of, headers_of, problem_of
from agentrec.web.request import ApiRequest, Deadline, Download, JsonReply, Service
from agentrec.web.static_files import page
from agentrec.web.traces_endpoint import traces_endpoint
from agentrec.web.upload.upload_endpoint import upload_endpoint
from agentrec.web.validation import read_body, read_path, read_query, refuse_unknown
from agentrec.web.workers import Workers, abandoned_with

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp, ExceptionHandler
    from starlette.websockets import WebSocket

    from agentrec.web.handlers import Handler
    from agentrec.web.openapi.parts import Operation, Schema

    Parameters = dict[str, object]

# The operation that has no handler: it is a stream.
LIVE = "live"
# Twice what any operation needs.
MAX_BODY_BYTES = 64 << 10
_MAX_QUERY_BYTES = 16 << 10
_MAX_PATH_BYTES = 4096
MAX_NOTES_CHARS = 2000
# What can be done with recordings in a remote: they are played, and nothing is added to them.
REMOTE_OPERATIONS = frozenset(
    {
        *("service", "openapi", "sessions", "search", "session", "timeline", "activity", "events"),
        *("screen", "film", "output", "seek", "summary", "share"),
        *("replay", "replaySummary"),
    }
)
# What a header can hold as it is.
_PLAIN = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
_REPLAY = re.compile(r"/api/v1(/replay/.*)")


def make_app(
    service: Service,
    keys: AccessKeys,
    hosts: Iterable[str],
    is_stopping: Callable[[], bool],
    embed: Sequence[str] = (),
) -> ASGIApp:
    """The application. Its lifespan ends with closing the recordings of ``service``.

    ``is_stopping`` says whether the server is shutting down.
    """
    workers = Workers()
    streams = LiveStreams(workers, is_stopping)
    intake = TraceIntake(service.env)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        intake.start()
        yield
        intake.close()
        service.recordings.close()
        service.catalog.close()

    handlers: dict[type[Exception] | int, ExceptionHandler] = {
        HTTPException: _http_error,
        Exception: _internal_error,
    }
    routes = _routes(service, workers, streams)
    if not service.is_remote:
        routes.insert(0, Route(TRACES, traces_endpoint(intake, workers), methods=["POST"]))
    if embed:
        routes.insert(0, Route(EMBED + "{id}", _embedded(service, workers, keys), methods=["GET"]))
        routes.insert(0, Route(EMBED + "{id}/tag.js", _tag_script(keys), methods=["GET"]))
    return Guard(
        Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan), keys, hosts, embed
    )


def _routes(
    service: Service, workers: Workers, streams: LiveStreams
) -> list[Route | WebSocketRoute]:
    routes: list[Route | WebSocketRoute] = []
    for path, methods in document()["paths"].items():
        if path == TRACES:  # its bodies are not those of the API
            continue
        for method, operation in methods.items():
            endpoint: Callable[[Request], Awaitable[Response]]
            if service.is_remote and operation["operationId"] not in REMOTE_OPERATIONS:
                endpoint = _not_in_a_remote
            elif operation["operationId"] == ADD_FILE:
                declared = operation["parameters"]
                endpoint = upload_endpoint(service, workers, partial(_params, declared))
            else:
                endpoint = _endpoint(service, workers, streams, operation)
            template = path.replace("{path}", "{path:path}")
            routes.append(Route(template, endpoint, methods=[method.upper()]))
            if replay := _REPLAY.fullmatch(template):
                routes.append(Route("/api" + replay[1], endpoint, methods=[method.upper()]))
    live = document()["paths"]["/api/v1/sessions/{id}/live"]["get"]
    if not service.is_remote:
        socket = _socket(service, streams, live)
        routes.append(WebSocketRoute("/api/v1/sessions/{id}/live/ws", socket))
    routes.append(Route("/{name:path}", _page, methods=["GET"]))
    # Paths without parameters first: in `/replay/search`, `search` is not an id.
    return sorted(routes, key=lambda route: ("{name:path}" in route.path, route.path.count("{")))


def _endpoint(
    service: Service, workers: Workers, streams: LiveStreams, operation: Operation
) -> Callable[[Request], Awaitable[Response]]:
    name = operation["operationId"]
    declared = operation.get("parameters", [])
    for parameter in declared:
        refuse_unknown(parameter["schema"])
    schema = _body_schema(operation)
    handler = None if name == LIVE else HANDLERS[name]

    async def respond(http_request: Request) -> Response:
        try:
            params = _params(declared, http_request)
            body = read_body(schema, await _body(http_request)) if schema else {}
            is_shared = bool(http_request.scope.get(SHARED))
            request = ApiRequest(service, params, body, Deadline(), is_shared)
            if handler is None:
                return await streams.server_sent_events(request, http_request)
            async with abandoned_with(http_request, request.deadline):
                result = await workers.run(_handle, handler, request, accepts_gzip(http_request))
            return _response(result, workers)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            return Response(body_of(problem), problem.status, headers_of(problem))

    return respond


async def _not_in_a_remote(_: Request) -> Response:
    problem = ProblemError(
        404, "this is not possible with recordings in a remote", "pull it first: agentrec pull ID"
    )
    return Response(body_of(problem), problem.status, headers_of(problem))


def _body_schema(operation: Operation) -> Schema | None:
    if "requestBody" not in operation:
        return None
    schema: Schema = operation["requestBody"]["content"][JSON]["schema"]
    for member in schema["properties"].values():
        refuse_unknown(member)
    return schema


def _params(declared: list[Schema], request: Request | WebSocket) -> Parameters:
    """The parameters in query and path. Raises ProblemError."""
    raw = request.scope["query_string"]
    if len(raw) > _MAX_QUERY_BYTES:
        raise ProblemError(400, "the query is too long")
    try:
        given = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise ProblemError(400, "the query is not UTF-8") from None
    params = read_query((known for known in declared if known["in"] == "query"), given)
    for parameter in declared:
        name = parameter["name"]
        if parameter["in"] == "path" and name == "path":
            params[name] = _file_path(request)
        elif parameter["in"] == "path":
            params[name] = read_path(parameter, request.path_params[name])
    return params


def _file_path(request: Request | WebSocket) -> str:
    """The path of a file at the end of the URL; its bytes need not be UTF-8."""
    raw: bytes = request.scope["raw_path"]
    path = unquote_to_bytes(raw.split(b"/files/", 1)[-1])
    if not path or len(path) > _MAX_PATH_BYTES or b"\0" in path:
        raise ProblemError(404, "no such file")
    return path.decode(errors="surrogateescape")


async def _body(request: Request) -> bytes:
    """Read the body. Raises ProblemError if it is too large, or not JSON."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != JSON:
        raise ProblemError(415, "the body must be application/json")
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        raise ProblemError(413, f"the body is larger than {MAX_BODY_BYTES >> 10} KiB")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise ProblemError(413, f"the body is larger than {MAX_BODY_BYTES >> 10} KiB")
    return bytes(body)


def _handle(handler: Handler, request: ApiRequest, packs: bool) -> Download | Response:
    """Run a handler and encode what it returns: that may take a while as well."""
    request.deadline.check()  # it may have waited for a thread
    result = handler(request)
    if isinstance(result, Download):
        return result
    value, status = result if isinstance(result, JsonReply) else (result, 200)
    body = json.dumps(value, separators=(",", ":")).encode()
    return compressed(Response(body, status, media_type=JSON), packs)


def _response(result: Download | Response, workers: Workers) -> Response:
    if isinstance(result, Response):
        return result
    headers = {"Content-Disposition": f'attachment; filename="{_safe_name(result.name)}"'}
    if result.length is not None:
        headers["Content-Length"] = str(result.length)
    if result.notes:
        headers["Agentrec-Notes"] = quote("; ".join(result.notes)[:MAX_NOTES_CHARS], safe=_PLAIN)
    return ClosingResponse(workers.each(result.pieces), headers=headers, media_type=BYTES)


def _safe_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:200] or "file"


def _socket(
    service: Service, streams: LiveStreams, operation: Operation
) -> Callable[[WebSocket], Awaitable[None]]:
    async def serve(socket: WebSocket) -> None:
        try:
            params = _params(operation["parameters"], socket)
            await streams.websocket(socket, ApiRequest(service, params, {}, Deadline()))
        except WebSocketDisconnect:
            return
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            await socket.close(1008, problem.detail[:100])

    return serve


def _embedded(
    service: Service, workers: Workers, keys: AccessKeys
) -> Callable[[Request], Awaitable[Response]]:
    """A recording for the pages of other sites, with secrets masked: as a file that needs nothing else."""

    async def respond(http_request: Request) -> Response:
        name = http_request.path_params["id"]
        if not keys.accepts_embed(name, http_request.query_params.get("key", "")):
            raise HTTPException(404)
        params = {"id": name, "format": "html", "redact": True}
        request = ApiRequest(service, params, {}, Deadline())
        try:
            file = await workers.run(download, request)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            raise HTTPException(problem.status) from None
        return ClosingResponse(workers.each(file.pieces), media_type="text/html")

    return respond


def _tag_script(keys: AccessKeys) -> Callable[[Request], Awaitable[Response]]:
    """A script that puts the embedded recording where its tag is."""

    async def respond(http_request: Request) -> Response:
        name = http_request.path_params["id"]
        if not keys.accepts_embed(name, http_request.query_params.get("key", "")):
            raise HTTPException(404)
        script = tag_script(keys.embed_address(name))
        return Response(script, media_type="text/javascript")

    return respond


async def _page(request: Request) -> Response:
    path = request.scope["path"]
    if path.startswith(API) or path == API.rstrip("/"):
        raise HTTPException(404)
    return page(path, accepts_gzip(request))


async def _http_error(_: Request, error: Exception) -> Response:
    """Errors of the router: no such path, or another method."""
    if not isinstance(error, HTTPException):  # it is registered for these alone
        raise error
    details = {404: "not found", 405: "method not allowed"}
    problem = ProblemError(error.status_code, details.get(error.status_code, error.detail))
    headers = {**headers_of(problem), **(error.headers or {})}
    return Response(body_of(problem), problem.status, headers)


async def _internal_error(_: Request, __: Exception) -> Response:
    """Answer after a bug. uvicorn logs the error to stderr; the client does not get to see it."""
    problem = ProblemError(500, "internal error; see the server's stderr")
    return Response(body_of(problem), 500, headers_of(problem))
