"""Whether the kernel reports processes to us here."""

import os

import pytest

from agentrec.companions.processes.netlink import ProcEvents


def _is_permitted():
    try:
        ProcEvents().close()
    except OSError:
        return False
    return True


LINUX = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="no /proc here")
NETLINK = pytest.mark.skipif(
    not _is_permitted(), reason="the kernel reports no processes to us here"
)
