"""The companion that runs the gateway: what it tells of its end."""

import os
import signal

import pytest

from agentrec.gateway.companion import ModelCallsCompanion


@pytest.fixture
def gateway(tmp_path):
    """A companion whose gateway runs, and which has not looked yet; and what it has told."""
    companion, told = ModelCallsCompanion(["true"], mask_secrets=True), []
    companion.prepare(["true"], dict(os.environ), str(tmp_path))
    companion.start(lambda track, kind, data, **_: told.append((f"{track}/{kind}", data)), 0)
    return companion, told


def test_a_gateway_that_was_killed_a_moment_before_the_end_is_told_of(gateway):
    companion, told = gateway
    os.kill(companion._pid, signal.SIGKILL)
    os.waitid(os.P_PID, companion._pid, os.WEXITED | os.WNOWAIT)
    companion.stop()
    text = "the gateway ended by signal 9: model calls after that failed and are not recorded"
    assert told == [("sys/trouble", {"text": text})]


def test_a_gateway_that_ends_when_it_shall_is_not_told_of(gateway):
    companion, told = gateway
    companion.stop()
    assert told == []
