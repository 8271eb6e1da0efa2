"""The ASGI application: routes from the document, each a handler in a thread, and the page."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote_to_bytes

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from agentrec.web.auth import API, Guard, Keys
from agentrec.web.handlers import HANDLERS
from agentrec.web.live import Streams
from agentrec.web.openapi import document
from agentrec.web.openapi.parts import BYTES, JSON
from agentrec.web.problems import ProblemError, body_of, headers_of, problem_of
from agentrec.web.request import Answer, Asked, Deadline, Download, Service
from agentrec.web.static_files import page
from agentrec.web.streaming import Streamed
from agentrec.web.validation import read_body, read_path, read_query, refuse_unknown
from agentrec.web.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.requests import Request
    from starlette.types import ASGIApp
    from starlette.websockets import WebSocket

LIVE = "live"  # the operation that is no handler's
BODY = 64 << 10  # bytes; the longest that any operation needs, twice over
_QUERY = 16 << 10
_REPLAY = re.compile(r"/api/v1(/replay/.*)")


def make_app(
    service: Service, keys: Keys, hosts: Iterable[str], stopping: Callable[[], bool]
) -> ASGIApp:
    """The application; it closes what ``service`` holds when it is shut down by its server's lifespan.

    ``stopping`` says whether the server is to end.
    """
    workers = Workers()
    streams = Streams(workers, stopping)
    routes: list[Route | WebSocketRoute] = []
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            endpoint = _endpoint(service, workers, streams, operation)
            template = path.replace("{path}", "{path:path}")
            routes.append(Route(template, endpoint, methods=[method.upper()]))
            if also := _REPLAY.fullmatch(template):
                routes.append(Route("/api" + also[1], endpoint, methods=[method.upper()]))
    live = document()["paths"]["/api/v1/sessions/{id}/live"]["get"]
    routes.append(WebSocketRoute("/api/v1/sessions/{id}/live/ws", _socket(service, streams, live)))
    routes.append(Route("/{name:path}", _page, methods=["GET"]))

    async def close() -> None:
        workers.close()
        service.shelf.close()

    handlers: Any = {HTTPException: _not_found, Exception: _defect}
    app = Starlette(routes=_in_order(routes), exception_handlers=handlers, lifespan=_until(close))
    return Guard(app, keys, hosts)


def _until(close: Callable[[], Any]) -> Any:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def lifespan(_: Any) -> Any:
        yield
        await close()

    return lifespan


def _in_order(routes: list[Route | WebSocketRoute]) -> list[Route | WebSocketRoute]:
    """Those without parameters first: `/replay/search` is no recording's id."""
    return sorted(routes, key=lambda route: ("{name:path}" in route.path, route.path.count("{")))


def _endpoint(
    service: Service, workers: Workers, streams: Streams, operation: dict[str, Any]
) -> Callable[[Request], Any]:
    name = operation["operationId"]
    declared = operation.get("parameters", [])
    for parameter in declared:
        refuse_unknown(parameter["schema"])
    body = _body_schema(operation)
    handler = None if name == LIVE else HANDLERS[name]

    async def answer(request: Request) -> Response:
        try:
            params = _params(declared, request)
            given = read_body(body, await _body(request)) if body else {}
            asked = Asked(service, params, given, Deadline())
            if handler is None:
                return await streams.server_sent(asked, request)
            return _response(await workers.run(_worked, handler, asked), workers)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            return Response(body_of(problem), problem.status, headers_of(problem))

    return answer


def _body_schema(operation: dict[str, Any]) -> dict[str, Any] | None:
    if "requestBody" not in operation:
        return None
    schema: dict[str, Any] = operation["requestBody"]["content"][JSON]["schema"]
    for member in schema["properties"].values():
        refuse_unknown(member)
    return schema


def _params(declared: list[dict[str, Any]], request: Request | WebSocket) -> dict[str, Any]:
    """Raises ProblemError."""
    raw = request.scope["query_string"]
    if len(raw) > _QUERY:
        raise ProblemError(400, "the query is too long")
    try:
        given = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise ProblemError(400, "the query is no UTF-8") from None
    found = read_query((it for it in declared if it["in"] == "query"), given)
    for parameter in declared:
        name = parameter["name"]
        if parameter["in"] == "path" and name == "path":
            found[name] = _file_path(request)
        elif parameter["in"] == "path":
            found[name] = read_path(parameter, request.path_params[name])
    return found


def _file_path(request: Request | WebSocket) -> str:
    """The path of a file at the end of the address; its bytes need not be UTF-8."""
    raw: bytes = request.scope["raw_path"]
    path = unquote_to_bytes(raw.split(b"/files/", 1)[-1])
    if not path or len(path) > 4096 or b"\0" in path:
        raise ProblemError(404, "there is no such file")
    return path.decode(errors="surrogateescape")


async def _body(request: Request) -> bytes:
    """Raises ProblemError for one that is too large, or not JSON."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != JSON:
        raise ProblemError(415, "the body has to be application/json")
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > BODY:
        raise ProblemError(413, f"a body has at most {BODY >> 10} KiB")
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > BODY:
            raise ProblemError(413, f"a body has at most {BODY >> 10} KiB")
        pieces.append(piece)
    return b"".join(pieces)


def _worked(handler: Callable[[Asked], Any], asked: Asked) -> Download | tuple[bytes, int]:
    found = handler(asked)
    if isinstance(found, Download):
        return found
    value, status = found if isinstance(found, Answer) else (found, 200)
    return json.dumps(value, separators=(",", ":")).encode(), status


def _response(found: Download | tuple[bytes, int], workers: Workers) -> Response:
    if not isinstance(found, Download):
        return Response(found[0], found[1], media_type=JSON)
    headers = {"Content-Disposition": f'attachment; filename="{_plain(found.name)}"'}
    if found.length is not None:
        headers["Content-Length"] = str(found.length)
    return Streamed(workers.each(found.pieces), headers=headers, media_type=BYTES)


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:200] or "file"


def _socket(
    service: Service, streams: Streams, operation: dict[str, Any]
) -> Callable[[WebSocket], Any]:
    async def serve(socket: WebSocket) -> None:
        try:
            params = _params(operation["parameters"], socket)
            await streams.over(socket, Asked(service, params, {}, Deadline()))
        except WebSocketDisconnect:
            return
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            await socket.close(1008, problem.detail[:100])

    return serve


async def _page(request: Request) -> Response:
    path = request.scope["path"]
    if path.startswith(API) or path == API.rstrip("/"):
        raise HTTPException(404)
    return page(path)


async def _not_found(_: Request, error: HTTPException) -> Response:
    said = {404: "there is nothing here", 405: "not with this method"}
    problem = ProblemError(error.status_code, said.get(error.status_code, error.detail))
    headers = {**headers_of(problem), **(error.headers or {})}
    return Response(body_of(problem), problem.status, headers)


async def _defect(_: Request, __: Exception) -> Response:
    """What must not happen; uvicorn logs it where the server runs, and nobody else is told."""
    problem = ProblemError(500, "a defect in agentrec; its server's standard error says more")
    return Response(body_of(problem), 500, headers_of(problem))
