"""The kernel's events about processes, of a real child."""

import os
import subprocess
import time

from agentrec.companions.processes.netlink import EXEC, EXIT, FORK, ProcEvents
from tests.companions.processes.helpers import LINUX, NETLINK


@LINUX
@NETLINK
def test_events_have_the_right_numbers():
    source = ProcEvents()
    child = subprocess.Popen(["sh", "-c", "exit 5"])
    child.wait()
    seen = []
    deadline = time.monotonic() + 10
    while not any(pid == child.pid and what == EXIT for what, pid, _, _ in seen):
        seen += source.read(1000)
        assert time.monotonic() < deadline
    source.close()
    ours = [(what, parent, status) for what, pid, parent, status in seen if pid == child.pid]
    assert (EXIT, 0, 5 << 8) in ours
    assert any(what == EXEC for what, _, _ in ours)
    assert any(what == FORK and parent == os.getpid() for what, parent, _ in ours)
