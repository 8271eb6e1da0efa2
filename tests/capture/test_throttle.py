"""Limits: of a core for background work, and of events a second."""

import time

from agentrec.capture.throttle import CpuThrottle, LookPace, TokenBucket


def test_a_burst_then_the_rate():
    bucket = TokenBucket(rate=10, burst=3)
    assert [bucket.take(1, 0.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.take(1, 0.1)
    assert not bucket.take(1, 0.1)
    assert bucket.take_up_to(50, 100.0) == 3
    assert bucket.take_up_to(50, 100.0) == 0


def test_rest_is_in_proportion_to_use():
    throttle = CpuThrottle(0.01, 0.02)
    assert throttle.rest_seconds() == 0
    before = time.thread_time()
    while time.thread_time() - before < 0.12:
        pass
    assert throttle.rest_seconds() > 2  # 0.1 s over what may be used at once, at a hundredth


def test_looks_that_find_nothing_are_followed_by_longer_waits():
    pace = LookPace(0.5)
    assert {pace.after_look(news=False) for _ in range(LookPace.CALM_LOOKS)} == {0.5}
    assert [pace.after_look(news=news) for news in (False, False, True, False)] == [1, 1, 0.5, 0.5]
