"""Locks between processes."""

import os
import subprocess
import sys

from agentrec.locks import FileLock, is_locked, try_lock

HOLD = """
import os, sys
from agentrec.locks import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_lock_is_seen_by_others_and_ends_with_its_holder(tmp_path):
    path = str(tmp_path / "lock")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    fd = os.open(path, os.O_RDWR)
    try:
        assert is_locked(fd)
        assert not try_lock(fd, tries=2)
        holder.kill()
        holder.wait()
        assert not is_locked(fd)
        assert try_lock(fd)
    finally:
        os.close(fd)
        holder.stdout.close()
        holder.stdin.close()


def test_one_after_the_other(tmp_path):
    path = str(tmp_path / "lock")
    with FileLock(path):
        pass
    with FileLock(path):
        assert os.path.exists(path)
