"""What the gateway costs a model call: to the first byte, on a long stream, and in memory."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from scripts.bench_parts.bench import ROOT, Bench
from scripts.bench_parts.figures import Row, Spread, median
from tests.gateway.running import Gateway, read_request

QUESTION_BYTES = 20_000
STREAM_BYTES = 1 << 20
# A model's stream is paced by the model; without pauses it would be a file.
PIECES, PAUSE_SECONDS = 128, 0.002
# An agent works between its calls; what was recorded of the last one is read then.
WORK_SECONDS = 0.01
PATH = "/v1/messages"


def run(bench: Bench) -> None:
    rounds, calls = (2, 10) if bench.quick else (10, 40)
    bench.say(f"gateway: {rounds} rounds of {calls} calls")
    command = [sys.executable, "-m", "scripts.bench_parts.gateway"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            url = server.stdout.readline().strip()
            with Gateway(url) as gateway:
                _compare(bench, url, gateway, rounds, calls)
        finally:
            server.kill()


def _compare(bench: Bench, url: str, gateway: Gateway, rounds: int, calls: int) -> None:
    ways = {
        "direct": (urlsplit(url).port or 0, ""),
        "gateway": (gateway.base.port or 0, gateway.base.path),
    }
    first: dict[str, list[float]] = {name: [] for name in ways}
    whole: dict[str, list[float]] = {name: [] for name in ways}
    for number, name in bench.rounds(rounds + 1, list(ways)):
        port, prefix = ways[name]
        to_first = median(_calls(port, prefix + PATH, calls))
        stream = median(_calls(port, prefix + "/stream" + PATH, max(1, calls // 10), to_end=True))
        if number:  # the first round warms up
            first[name].append(to_first)
            whole[name].append(stream)
    added = Spread.of(a - b for a, b in zip(first["gateway"], first["direct"], strict=True))
    figures = {f"{name} ms": median(times) for name, times in first.items()}
    limit = ("<=", 1.0)
    what = "first byte of an answer, added"
    bench.add(Row("gateway", what, added.middle, "ms", limit, added.low, added.high, figures))
    ratio = Spread.of(b / a for a, b in zip(whole["gateway"], whole["direct"], strict=True))
    figures = {f"{name} ms": median(times) for name, times in whole.items()}
    what = "speed of a 1 MB stream, to direct"
    bench.add(Row("gateway", what, ratio.middle, "x", (">=", 0.95), ratio.low, ratio.high, figures))
    bench.add(Row("gateway", "most memory held", _peak_mb(gateway.pid), "MB", ("<=", 80.0)))
    bench.samples["gateway ms"] = {"first byte": first, "stream": whole}


def _calls(port: int, path: str, count: int, *, to_end: bool = False) -> list[float]:
    """Milliseconds of each call on one connection, to the answer's first byte or to its end."""
    message = {"role": "user", "content": "x" * QUESTION_BYTES}
    body = json.dumps({"model": "m", "messages": [message]}).encode()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times = []
    for _ in range(count):
        time.sleep(WORK_SECONDS)
        began = time.perf_counter()
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        if not to_end:
            times.append((time.perf_counter() - began) * 1000)
        answer.read()
        if to_end:
            times.append((time.perf_counter() - began) * 1000)
    connection.close()
    return times


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(it.split()[1]) for it in status.splitlines() if it.startswith("VmHWM")) / 1024


# --- the server, a process of its own -----------------------------------------------------------


def _serve() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        while request := read_request(connection):
            if b"/stream" not in request.split(b"\r\n", 1)[0]:
                connection.sendall(_head(2, "application/json") + b"{}")
                continue
            connection.sendall(_head(STREAM_BYTES, "text/event-stream"))
            piece = (b"data: {}\n\n" * 1000)[: STREAM_BYTES // PIECES]
            for _ in range(PIECES):
                connection.sendall(piece)
                time.sleep(PAUSE_SECONDS)


def _head(length: int, kind: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n".encode()


if __name__ == "__main__":
    _serve()
