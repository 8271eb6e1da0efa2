"""What /proc says about a real child."""

import os
import subprocess
import time

from agentrec.companions.processes import procfs
from tests.companions.processes.helpers import LINUX


@LINUX
def test_what_proc_says():
    with subprocess.Popen(["sleep", "30"], cwd="/") as child:
        assert child.pid in procfs.children(os.getpid())
        deadline = time.monotonic() + 10
        while procfs.command_line(child.pid) != ["sleep", "30"]:
            assert time.monotonic() < deadline
        assert procfs.directory(child.pid) == "/"
        assert procfs.state(child.pid) == (True, None)
        child.kill()
        while procfs.state(child.pid)[0]:
            assert time.monotonic() < deadline
        assert procfs.state(child.pid) == (False, 9)
    assert procfs.state(child.pid) == (False, None)
    assert procfs.command_line(child.pid) == []
    assert procfs.children(child.pid) == []
    assert procfs.directory(child.pid) == ""
