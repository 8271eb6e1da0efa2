"""The same work for many things."""

import threading

import pytest

from agentrec.errors import AgentrecError, InputError
from agentrec.fleet.bounded_work import in_parallel


def test_results_in_order_errors_beside_them_and_a_few_at_a_time():
    together, most, lock = threading.Barrier(3), [0, 0], threading.Lock()

    def work(number):
        with lock:
            most[0] += 1
            most[1] = max(most)
        together.wait(timeout=60)  # three at once, or this fails
        with lock:
            most[0] -= 1
        if number == 2:
            raise InputError("two")
        if number == 3:
            raise OSError(28, "No space left on device")
        return number * 10

    results = dict(in_parallel(range(6), work, at_once=3))
    assert list(results) == list(range(6))
    assert [results[number] for number in (0, 1, 4, 5)] == [0, 10, 40, 50]
    assert isinstance(results[2], InputError)
    assert (type(results[3]), str(results[3])) == (AgentrecError, "No space left on device")
    assert most[1] == 3


def test_a_defect_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        list(in_parallel([1], lambda _: 1 // 0))
