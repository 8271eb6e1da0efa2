"""The gateway's process: ``python -m agentrec.gateway.process``, started by ``gateway.companion``.

Standard input is the listening socket, standard output takes lines for the recorder. SIGTERM ends it, and so
does the end of the recorder.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys

from agentrec.gateway import settings
from agentrec.gateway.call_log import CallLog
from agentrec.gateway.call_mask import CallMask
from agentrec.gateway.private_copies import PrivateCopies
from agentrec.gateway.transport.relay import Relay
from agentrec.gateway.transport.tap import Tap
from agentrec.gateway.transport.upstream import Upstream

LAST_CALLS_TIMEOUT_SECONDS = 4.0
# The thread that reads calls may keep the relay waiting for at most this long.
SWITCH_INTERVAL_SECONDS = 0.00005


def main() -> None:
    """Relay calls until the end."""
    told = settings.decode(os.environ[settings.VARIABLE])
    upstreams = {prefix: Upstream(url, os.environ) for prefix, url in told.routes.items()}
    for prefix, origin in told.origins.items():
        upstreams[prefix].more_headers.append((settings.ORIGIN_HEADER, origin))
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    log = CallLog(1, told.agent, CallMask(secrets=told.mask_secrets))
    tap = Tap(log.on_request, log.on_response, log.trouble)
    try:
        asyncio.run(_serve(Relay(upstreams, tap)))
    finally:
        if told.copies:
            PrivateCopies(**told.copies).put_back()
    tap.close(LAST_CALLS_TIMEOUT_SECONDS)
    log.dropped(tap.dropped)


async def _serve(relay: Relay) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    server = await relay.listen(socket.socket(fileno=0))
    # Nothing ever comes this way; what can be read is the end of the recorder.
    loop.add_reader(3, ended.set)
    await ended.wait()
    loop.remove_reader(3)
    server.close()
    await relay.close()


if __name__ == "__main__":
    main()
