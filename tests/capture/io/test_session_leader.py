"""How a command ended, told by the leader of its session."""

import os
import signal
import time

import pytest

from agentrec.capture.io import session_leader
from agentrec.capture.io.session_leader import RECORD_BYTES, lead


@pytest.mark.parametrize("before", [signal.SIG_IGN, signal.SIG_DFL])
def test_a_command_that_ends_before_the_leader_has_begun(before, monkeypatch):
    """Also where the parent of us all ignores SIGCHLD, as a daemon may; the command does as well then."""
    begin = session_leader._lead
    monkeypatch.setattr(session_leader, "_lead", lambda *args: (time.sleep(0.3), begin(*args)))
    reports, report_fd = os.pipe()
    leader = os.fork()
    if not leader:
        os.close(reports)
        signal.signal(signal.SIGCHLD, before)
        lead(report_fd, has_terminal=False)
        os._exit(3 if signal.getsignal(signal.SIGCHLD) == before else 4)
    os.close(report_fd)
    with open(reports, "rb") as said:
        pid, status = (int.from_bytes(said.read(RECORD_BYTES), "little") for _ in range(2))
    os.waitpid(leader, 0)
    assert pid
    assert os.waitstatus_to_exitcode(status) == 3
