"""`POST /api/v1/sessions`: a file, which becomes a recording of the library."""

from __future__ import annotations

import asyncio
import os
import tempfile
from typing import TYPE_CHECKING, BinaryIO

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from agentrec.config import make_folders
from agentrec.errors import OutputError
from agentrec.library.locations import recordings_folder
from agentrec.web.openapi.parts import BYTES
from agentrec.web.problems import ProblemError, body_of, headers_of, problem_of
from agentrec.web.request import Deadline
from agentrec.web.upload.added_file import add_file
from agentrec.web.workers import abandoned_with

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from agentrec.web.request import Service
    from agentrec.web.workers import Workers

MAX_FILE_BYTES = 256 << 20
# For a file to arrive, and to be converted.
ARRIVAL_TIMEOUT_SECONDS = 600.0
_WORK_TIMEOUT_SECONDS = 300.0
_WRITE_BYTES = 1 << 20
_TOO_LARGE = f"the file is larger than {MAX_FILE_BYTES >> 20} MiB"
_WITHOUT_SERVER = "`agentrec replay FILE` opens a file of any size"


def upload_endpoint(
    service: Service, workers: Workers, params_of: Callable[[Request], Mapping[str, object]]
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint, for a route. ``params_of`` reads the parameters of a request, and raises ProblemError."""
    busy = asyncio.Lock()

    async def respond(request: Request) -> Response:
        try:
            params = params_of(request)
            _check(request)
            if busy.locked():
                await _leave(request)
                raise ProblemError(503, "another file is being added", "try again in a moment")
            async with busy:
                added = await _take(service, workers, request, str(params["name"]))
            return JSONResponse(added, 201)
        except ClientDisconnect:
            return Response(status_code=400)  # for nobody
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            return Response(body_of(problem), problem.status, headers_of(problem))

    return respond


def _check(request: Request) -> None:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != BYTES:
        raise ProblemError(415, f"the body must be {BYTES}")
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_FILE_BYTES:
        raise ProblemError(413, _TOO_LARGE, _WITHOUT_SERVER)


async def _take(service: Service, workers: Workers, request: Request, name: str) -> object:
    # It has no name, so that nothing of it stays, however the server ends.
    with await workers.run(_nameless, service.env) as file:
        try:
            async with asyncio.timeout(ARRIVAL_TIMEOUT_SECONDS):
                await _receive(request, workers, file)
        except TimeoutError:
            raise ProblemError(408, "the file took too long to arrive", _WITHOUT_SERVER) from None
        deadline = Deadline(_WORK_TIMEOUT_SECONDS)
        async with abandoned_with(request, deadline):
            return await workers.run(add_file, service, file, name, deadline)


def _nameless(env: Mapping[str, str]) -> BinaryIO:
    """A file on the disk of the library. Raises OutputError, NoHomeError."""
    folder = recordings_folder(env)
    try:
        make_folders(folder)
        return tempfile.TemporaryFile(dir=folder)
    except OSError as error:
        raise OutputError(f"cannot write to {folder}: {error.strerror}") from None


async def _receive(request: Request, workers: Workers, file: BinaryIO) -> None:
    pieces = bytearray()
    size = 0
    async for piece in request.stream():
        pieces += piece
        size += len(piece)
        if size > MAX_FILE_BYTES:
            raise ProblemError(413, _TOO_LARGE, _WITHOUT_SERVER)
        if len(pieces) >= _WRITE_BYTES:
            await workers.run(_write, file, bytes(pieces))
            pieces.clear()
    await workers.run(_write, file, bytes(pieces))


def _write(file: BinaryIO, data: bytes) -> None:
    try:
        file.write(data)
        file.flush()
    except OSError as error:
        raise OutputError(f"cannot keep the file: {os.strerror(error.errno or 0)}") from None


async def _leave(request: Request) -> None:
    """Read the body, and forget it: a browser reads no answer before it has sent everything."""
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > MAX_FILE_BYTES:
            raise ProblemError(413, _TOO_LARGE, _WITHOUT_SERVER)
