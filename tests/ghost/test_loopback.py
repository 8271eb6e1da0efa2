"""A network with loopback only, for a process of its own."""

import subprocess
import sys
import textwrap

from tests.agents_env.need import missing

SCRIPT = """
import socket, sys
from agentrec.ghost import loopback
try:
    loopback.enter()
except OSError as error:
    sys.exit(f"refused: {error}")
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
try:
    socket.create_connection(("192.0.2.1", 80), timeout=5)
except OSError as error:
    print(error.strerror)
"""


def test_loopback_works_and_nothing_else():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCRIPT)], capture_output=True, text=True, timeout=60
    )
    if "refused" in done.stderr:
        missing(done.stderr.strip())
    assert done.stdout.strip() == "Network is unreachable"
