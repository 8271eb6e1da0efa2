"""Read recordings for the index by several processes, as many as there are cores.

The module is a program, too: it reads the files that it is told on standard input.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, cast

from agentrec.library.index.reading import Reading, read_recording

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from agentrec.library.discovery import Stamp

    Results = queue.Queue[tuple[str, Reading]]

# It takes 0.2 s until the processes have begun.
_MIN_FILES, _MIN_BYTES = 100, 64 << 20
_MAX_PROCESSES = 8
_RESULTS_AHEAD = 32
_STOP_CHECK_SECONDS = 0.1


def are_worth_processes(stamps: Mapping[str, Stamp]) -> bool:
    """Whether so many files are read sooner by several processes."""
    if len(stamps) < 2 or _process_count() < 2:
        return False
    return len(stamps) >= _MIN_FILES or sum(it.size for it in stamps.values()) >= _MIN_BYTES


def _process_count() -> int:
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(cores, _MAX_PROCESSES)


def read_by_processes(stamps: Mapping[str, Stamp]) -> Generator[tuple[str, Reading]]:
    """Read files, in any order. A file that ends the process which reads it has that as its fault."""
    jobs: queue.SimpleQueue[tuple[str, Stamp]] = queue.SimpleQueue()
    for job in stamps.items():
        jobs.put(job)
    results: Results = queue.Queue(_RESULTS_AHEAD)
    with ExitStack() as running:
        for _ in range(min(_process_count(), len(stamps))):
            running.callback(_Reader(jobs, results).stop)
        for _ in range(len(stamps)):
            yield results.get()


class _Reader:
    """A thread, and the process that reads for it."""

    def __init__(self, jobs: queue.SimpleQueue[tuple[str, Stamp]], results: Results) -> None:
        self._jobs, self._results = jobs, results
        self._lock = threading.Lock()
        self._stopped = False
        self._process: subprocess.Popen[bytes] | None = None
        threading.Thread(target=self._run, name="agentrec-reading", daemon=True).start()

    def _run(self) -> None:
        while not self._stopped:
            try:
                path, stamp = self._jobs.get_nowait()
            except queue.Empty:
                break
            self._put(path, self._read(path, stamp.modified))
        self.stop()

    def _put(self, path: str, reading: Reading) -> None:
        while not self._stopped:
            with suppress(queue.Full):
                self._results.put((path, reading), timeout=_STOP_CHECK_SECONDS)
                break

    def _read(self, path: str, modified: int) -> Reading:
        looked = time.time()
        try:
            process = self._started()
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps([path, modified]).encode() + b"\n")
            process.stdin.flush()
            return cast("Reading", pickle.load(process.stdout))  # noqa: S301 - our own process
        except Exception:  # noqa: BLE001 - every file has a result, or its user would wait for ever
            self._end()
            fault = f"cannot list {path}: reading it ended the process"
            return Reading(None, looked, time.time() - looked, fault)

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise OSError("stopped")
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", __name__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    process_group=0,  # Ctrl-C is for us
                )
            return self._process

    def stop(self) -> None:
        """End the process, also while it reads."""
        self._stopped = True
        self._end()

    def _end(self) -> None:
        with self._lock:
            process, self._process = self._process, None
            if process:
                process.kill()
                with suppress(OSError), process:  # closes its pipes
                    process.wait()


def main() -> None:
    """Read the files named on standard input, until it ends or nobody takes the results."""
    output = sys.stdout.buffer
    sys.stdout = sys.stderr
    try:
        for line in sys.stdin.buffer:
            path, modified = json.loads(line)
            pickle.dump(read_recording(path, modified), output)
            output.flush()
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
