"""Connections of real programs, as the kernel reports them."""

import json
import os
import socket
import subprocess
import sys
import threading

import pytest

from agentrec.companions.network.socket_owners import owners
from agentrec.companions.network.socket_table import SocketTable
from agentrec.recording.reader import Recording
from agentrec.report.summary import summarize
from tests.capture.terminal import RECORD, environment, events, of_kind
from tests.companions.processes.helpers import LINUX

CLIENT = """
import socket, sys, time
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
connection.sendall(b"x" * 1000)
got = b""
while len(got) < 5000 and (piece := connection.recv(5000)):
    got += piece
time.sleep(float(sys.argv[3]))
"""


class Server:
    """Answers 1,000 bytes with 5,000, on the loopback address of a family."""

    def __init__(self, family):
        address = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self.socket = socket.create_server((address, 0), family=family)
        self.address, self.port = self.socket.getsockname()[:2]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection):
        with connection:
            got = b""
            while len(got) < 1000:
                piece = connection.recv(1000)
                if not piece:
                    return  # or it would spin for as long as the tests run
                got += piece
            connection.sendall(b"y" * 5000)
            connection.recv(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


@pytest.fixture
def server(request):
    family = getattr(request, "param", socket.AF_INET)
    try:
        made = Server(family)
    except OSError:
        pytest.skip(f"no {family.name} here")
    with made:
        yield made


BOTH = pytest.mark.parametrize(
    "server", [socket.AF_INET, socket.AF_INET6], indirect=True, ids=["IPv4", "IPv6"]
)


def client(server, seconds):
    return [sys.executable, "-c", CLIENT, server.address, str(server.port), str(seconds)]


def record(tmp_path, command, *options):
    path = tmp_path / "a.ahr"
    done = subprocess.run(
        [*RECORD, "-q", "--headless", *options, "-o", str(path), "--", *command],
        env=environment(tmp_path),
        timeout=120,
    )
    assert done.returncode == 0
    return path


@LINUX
@BOTH
def test_a_program_below_the_command(server, tmp_path):
    script = 'true; "$@"; sleep 1'
    path = record(tmp_path, ["sh", "-c", script, "sh", *client(server, 1.5)])
    (seen,) = of_kind(path, "sys", "connection")
    assert (seen["address"], seen["port"]) == (server.address, server.port)
    assert (seen["sent"], seen["received"]) == (1000, 5000)
    assert 1000 < seen["duration_ms"] < 60_000
    assert "open" not in seen
    programs = {data["pid"]: data["argv"] for data in of_kind(path, "sys", "process")}
    assert programs[seen["pid"]][0] == sys.executable
    with Recording.open(str(path)) as recording:
        (where,) = summarize(recording)["connections"].items()
    host = f"[{server.address}]" if ":" in server.address else server.address
    assert where == (
        f"{host}:{server.port}",
        {"connections": 1, "sent": 1000, "received": 5000},
    )


@LINUX
def test_the_command_itself_and_what_outlives_it(server, tmp_path):
    script = f'{json.dumps(sys.executable)} -c "$0" "$1" "$2" 30 & sleep 2'
    command = ["sh", "-c", script, CLIENT, server.address, str(server.port)]
    path = record(tmp_path, command)
    (seen,) = of_kind(path, "sys", "connection")
    assert seen["open"] is True


@LINUX
def test_not_when_it_is_not_wished(server, tmp_path):
    path = record(tmp_path, client(server, 0.7), "--no-network")
    assert of_kind(path, "sys", "connection") == []
    config = tmp_path / ".config/agentrec/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[record]\nnetwork = false\n")
    path = record(tmp_path, client(server, 0.7), "--overwrite")
    assert of_kind(path, "sys", "connection") == []
    assert events(path)


@LINUX
@BOTH
def test_the_kernels_table(server):
    table = SocketTable()
    with socket.create_connection((server.address, server.port)) as connection:
        inode = os.fstat(connection.fileno()).st_ino
        (seen,) = [each for each in table.read() if each.inode == inode]
        assert (seen.address, seen.port) == (server.address, server.port)
        assert seen.own_port == connection.getsockname()[1]
        assert owners([inode, 1], [1, os.getpid()]) == {inode: os.getpid()}
        (listening,) = [
            each for each in table.read() if each.is_listening and each.own_port == server.port
        ]
        assert listening.inode == os.fstat(server.socket.fileno()).st_ino
    table.close()
