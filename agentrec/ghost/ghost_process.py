"""The process that answers a ghost's model calls: ``python -m agentrec.ghost.ghost_process``.

Standard input is the listening socket, standard output takes a line of JSON for each request.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from typing import TYPE_CHECKING

from agentrec.ghost import ghost_http
from agentrec.ghost.ghost_server import VARIABLE, GhostServer, GhostSettings

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject


def _report(line: JsonObject) -> None:
    os.write(1, json.dumps(line, ensure_ascii=False).encode() + b"\n")


async def _serve(server: GhostServer) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    listening = await ghost_http.listen(server, socket.socket(fileno=0), _report)
    # Nothing ever comes this way; what can be read is the end of the recorder.
    loop.add_reader(3, ended.set)
    await ended.wait()
    listening.close()


def main() -> None:
    """Serve until the end."""
    server = GhostServer(GhostSettings(**json.loads(os.environ[VARIABLE])))
    asyncio.run(_serve(server))


if __name__ == "__main__":
    main()
