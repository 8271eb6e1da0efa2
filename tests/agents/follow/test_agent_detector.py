"""Agents below another program: how often they are looked for."""

import subprocess
import time

import pytest

from agentrec.agents.follow.agent_detector import FIRST_SEARCH_DELAY_SECONDS, AgentDetector


class Slow:
    """Takes long to begin, as one whose code has to be loaded."""

    def attach(self, *_):
        pass

    def start(self, emit, pid):
        began = time.thread_time()
        while time.thread_time() - began < 0.1:
            pass

    def tick(self):
        return 60.0

    def stop(self):
        pass


@pytest.fixture
def shell():
    with subprocess.Popen(["sh", "-c", "sleep 60; true"]) as process:
        yield process
        subprocess.run(["pkill", "-P", str(process.pid)], check=True)


def test_what_one_takes_to_begin_does_not_let_the_next_one_pass(shell):
    found = []
    detector = AgentDetector(lambda argv: found.append(Slow()) or Slow() if "60" in argv else None)
    detector.start(lambda *_: 0, shell.pid)
    assert detector.tick() == FIRST_SEARCH_DELAY_SECONDS
    delay = FIRST_SEARCH_DELAY_SECONDS
    while not found:
        time.sleep(delay)
        delay = detector.tick()
    assert delay < 0.4  # half a second before
    detector.stop()


def test_without_news_of_processes_it_seldom_searches(shell):
    changes, searches = 5, []
    detector = AgentDetector(searches.append, lambda: changes)
    detector.start(lambda *_: 0, shell.pid)
    detector.tick()

    def looked_at(seconds):
        before, end = len(searches), time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(detector.tick())
        return len(searches) - before

    assert looked_at(1.0) in (1, 2)  # the processes below, once
    changes += 1
    assert looked_at(0.5) in (1, 2)
    changes = None  # nobody knows
    assert looked_at(1.0) > 4
