"""What the gateway costs: to an answer's first byte, on a long stream, in memory, and at the start."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from scripts.bench_parts.bench import ROOT, Bench, installed, record
from scripts.bench_parts.figures import Row, Spread, median
from scripts.bench_parts.outer import Outer
from tests.gateway.running import Gateway, read_request

QUESTION_BYTES = 20_000
STREAM_BYTES = 1 << 20
# A model's stream is paced by the model; without pauses it would be a file.
PIECES, PAUSE_SECONDS = 128, 0.002
# An agent works between its calls; what was recorded of the last one is read then.
WORK_SECONDS = 0.01
PATH = "/v1/messages"
MITMPROXY = "mitmproxy"
START_SECONDS = 60.0  # until mitmproxy listens
WARM = 2  # runs that are not counted

Times = dict[str, list[float]]


def run(bench: Bench) -> None:
    rounds, calls = (2, 10) if bench.quick else (10, 40)
    bench.say(f"gateway: {rounds} rounds of {calls} calls")
    command = [sys.executable, "-m", "scripts.bench_parts.gateway"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            url = server.stdout.readline().strip()
            with Gateway(url) as gateway, _mitmproxy(bench, url) as mitmproxy:
                ways = {
                    "direct": (urlsplit(url).port or 0, ""),
                    "gateway": (gateway.base.port or 0, gateway.base.path),
                }
                if mitmproxy:
                    ways[MITMPROXY] = (mitmproxy, "")
                _compare(bench, ways, rounds, calls)
                memory = _peak_mb(gateway.pid)
        finally:
            server.kill()
    bench.add(Row("gateway", "most memory held", memory, "MB", ("<=", 80.0)))
    _start(bench)


def _compare(bench: Bench, ways: dict[str, tuple[int, str]], rounds: int, calls: int) -> None:
    first: Times = {name: [] for name in ways}
    whole: Times = {name: [] for name in ways}
    for number, name in bench.rounds(rounds + 1, list(ways)):
        port, prefix = ways[name]
        to_first = median(_calls(port, prefix + PATH, calls))
        stream = median(_calls(port, prefix + "/stream" + PATH, max(1, calls // 10), to_end=True))
        if number:  # the first round warms up
            first[name].append(to_first)
            whole[name].append(stream)
    bench.samples["gateway ms"] = {"first byte": first, "stream": whole}
    figures = {f"{name} ms": median(times) for name, times in first.items()}
    _tell_added(bench, "first byte of an answer, added", first["gateway"], first, 1.0, figures)
    if MITMPROXY in ways:
        what = "first byte of an answer, added by mitmproxy"
        _tell_added(bench, what, first[MITMPROXY], first, None, figures)
    figures = {f"{name} ms": median(times) for name, times in whole.items()}
    for name, limit in (("gateway", (">=", 0.95)), (MITMPROXY, None)):
        if name in ways:
            ratio = Spread.of(b / a for a, b in zip(whole[name], whole["direct"], strict=True))
            by = "" if name == "gateway" else f" by {name}"
            row = ("gateway", f"speed of a 1 MB stream{by}, to direct", ratio.middle, "x", limit)
            bench.add(Row(*row, ratio.low, ratio.high, figures))


def _tell_added(
    bench: Bench,
    what: str,
    times: list[float],
    all_times: Times,
    limit: float | None,
    figures: dict[str, float],
) -> None:
    added = Spread.of(a - b for a, b in zip(times, all_times["direct"], strict=True))
    target = None if limit is None else ("<=", limit)
    bench.add(Row("gateway", what, added.middle, "ms", target, added.low, added.high, figures))


@contextmanager
def _mitmproxy(bench: Bench, url: str) -> Iterator[int]:
    """The port of a mitmproxy in front of ``url`` that passes bodies as they come; 0 if it is not here."""
    program = installed(bench, "mitmdump", "bench-proxy", install=bench.may_install)
    if program is None:
        yield 0
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["-q", "--set", "stream_large_bodies=1", "--set", f"confdir={bench.folder}"]
    listen = ["--mode", f"reverse:{url}", "--listen-host", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen([program, *options, *listen], stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("mitmproxy does not start")


def _start(bench: Bench) -> None:
    """From start to exit of `record --model-calls -- true`, minus `record -- true`."""
    rounds = 3 if bench.quick else 20
    bench.say(f"gateway: {rounds} starts")
    plain = record(["true"], bench.folder / "start")
    at = plain.index("--")
    argv = {"without": plain, "with": [*plain[:at], "--model-calls", *plain[at:]]}
    times: Times = {name: [] for name in argv}
    for number, name in bench.rounds(rounds + WARM, list(argv)):
        outer = Outer(argv[name], bench.env, bench.folder)
        while outer.read():
            pass
        if outer.wait():
            raise RuntimeError(f"{argv[name]} failed")
        if number >= WARM:
            times[name].append((time.perf_counter() - outer.started) * 1000)
    bench.samples["gateway start ms"] = times
    added = Spread.of(a - b for a, b in zip(times["with"], times["without"], strict=True))
    figures = {f"{name} ms": median(values) for name, values in times.items()}
    row = ("gateway", "start of `true` with model calls, added", added.middle, "ms", ("<=", 60.0))
    bench.add(Row(*row, added.low, added.high, figures))


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
