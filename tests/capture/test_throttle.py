"""Limits of events a second."""

from agentrec.capture.throttle import TokenBucket


def test_a_burst_then_the_rate():
    bucket = TokenBucket(rate=10, burst=3)
    assert [bucket.take(1, 0.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.take(1, 0.1)
    assert not bucket.take(1, 0.1)
    assert bucket.take_up_to(50, 100.0) == 3
    assert bucket.take_up_to(50, 100.0) == 0
