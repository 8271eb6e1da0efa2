"""How much room there is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agentrec.memory_limit import is_short

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")


def in_limit(option: str, kib: int, code: str) -> str:
    line = f'ulimit {option} {kib}; exec "$0" -c "$1"'
    command = ["sh", "-c", line, sys.executable, f"from agentrec.memory_limit import *; {code}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_no_limit() -> None:
    assert not is_short(1 << 50)


@pytest.mark.parametrize("option", ["-v", "-d"])
def test_a_limit(option: str) -> None:
    code = "print(is_short(100 << 20), is_short(900 << 20))"
    assert in_limit(option, 600_000, code) == "False True\n"


def test_threads_share_what_there_is() -> None:
    """With stacks and heaps of their usual size, so many would not start."""
    code = (
        "import threading as t; take_little(); stop = t.Event();"
        "threads = [t.Thread(target=stop.wait) for _ in range(60)];"
        "[thread.start() for thread in threads]; stop.set(); print(len(threads))"
    )
    assert in_limit("-v", 200_000, code) == "60\n"
