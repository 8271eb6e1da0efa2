"""Signals as bytes on a pipe."""

import signal
import threading

import pytest

from agentrec.capture.io.signal_pipe import SignalPipe, hold_signals, release_signals


@pytest.fixture
def held():
    hold_signals()
    yield
    release_signals()


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP])
def test_a_signal_that_comes_before_it_is_there_waits_for_it(number):
    signal.pthread_kill(threading.get_ident(), number)  # others of the test runner would take it
    signals = SignalPipe()
    try:
        assert number in signals.read()
    finally:
        signals.close()
