"""Several runs on each side: what is worse, and what is noise."""

import random
from itertools import product
from math import comb

import pytest

from agentrec.compare.compared_run import read_run
from agentrec.compare.gate_rules import parse_rule
from agentrec.compare.samples import RateChange, ShareChange, check_samples, sample_data
from agentrec.recording.reader import Recording
from tests.library.helpers import call, ended, make


def probability(flakiness, failed, runs=10):
    return comb(runs, failed) * flakiness**failed * (1 - flakiness) ** (runs - failed)


def alarms(before, after):
    """How likely ten runs a side are called worse."""
    return sum(
        probability(before, a) * probability(after, b)
        for a, b in product(range(11), repeat=2)
        if RateChange(a, 10, b, 10).is_worse
    )


def test_equal_sides_seldom_alarm():
    for flakiness in (0.0, 0.1, 0.2, 0.3, 0.5):
        assert alarms(flakiness, flakiness) <= 0.07
    assert alarms(0.2, 0.2) <= 0.055


def test_worse_sides_alarm():
    assert alarms(0.2, 0.6) > 0.55
    assert alarms(0.2, 0.9) > 0.95
    assert alarms(0.0, 0.6) > 0.95
    assert alarms(0.6, 0.2) < 0.001


def test_a_hundred_seeded_trials():
    numbers = random.Random(17)

    def failures(flakiness):
        return sum(numbers.random() < flakiness for _ in range(10))

    trials = [RateChange(failures(0.2), 10, failures(0.2), 10).is_worse for _ in range(100)]
    assert sum(trials) <= 5


TESTS_A_RUN = 8


def trials(before, after, seed):
    """In how many of a hundred trials, ten runs a side, each with flaky tests, B is called worse."""
    numbers = random.Random(seed)

    def side(flakiness):
        runs = range(10)
        tests = range(TESTS_A_RUN)
        return [sum(numbers.random() < flakiness for _ in tests) / TESTS_A_RUN for _ in runs]

    return sum(ShareChange(side(before), side(after)).is_worse for _ in range(100))


def test_flaky_tests_of_equal_sides_seldom_alarm():
    found = [trials(0.2, 0.2, seed) for seed in range(20)]
    assert sum(found) <= 20 * 5 + 15  # 5 % of 2,000 trials, and the noise of counting
    assert found[17] <= 5


def test_tests_that_became_flakier_are_found():
    assert all(trials(0.2, 0.6, seed) >= 90 for seed in range(20))
    assert trials(0.6, 0.2, 17) == 0


def test_with_one_test_a_run_ranks_say_what_rates_say():
    for a, b in product(range(11), repeat=2):
        shares = ShareChange([1.0] * a + [0.0] * (10 - a), [1.0] * b + [0.0] * (10 - b))
        assert shares.is_worse <= RateChange(a, 10, b, 10).is_worse


def test_the_part_of_tests_that_fails(tmp_path):
    def runs(name, *lines):
        found = []
        for number, line in enumerate(lines):
            shown = (
                1,
                "tool",
                "result",
                {"output": line, "exit_code": 0, "id": "x"},
                {"span": "x"},
            )
            path = make(str(tmp_path / f"{name}{number}.ahr"), shown, ended(2, 0))
            with Recording.open(path) as recording:
                found.append(read_run(recording))
        return found

    a = runs("a", *["== 1 failed, 9 passed in 1s =="] * 6)
    b = runs("b", *["== 6 failed, 4 passed in 1s =="] * 6)
    assert {run.failing_share for run in a} == {0.1}
    broken, reason = verdict("tests", a, b)
    assert broken
    assert reason == "failed in 6 of 6, was 6 of 6; 60% of the tests fail, were 10%"
    assert verdict("tests", a, a)[0] is False
    assert sample_data(a, b)["failing_share"]["worse"]


@pytest.fixture
def side(tmp_path):
    def runs(name, *costs, code=0):
        found = []
        for number, cost in enumerate(costs):
            told = [call(1, cost=cost), ended(2, code)]
            path = make(str(tmp_path / f"{name}-{number}.ahr"), *told)
            with Recording.open(path) as recording:
                found.append(read_run(recording))
        return found

    return runs


def verdict(rule, a, b):
    (found,) = check_samples([parse_rule(rule)], a, b, {})
    return found.broken, found.reason


def test_a_difference_inside_the_spread_is_noise(side):
    a, b = side("a", 1.0, 1.1, 2.0), side("b", 1.5, 1.6, 1.7)
    broken, reason = verdict("cost>+20%", a, b)
    assert not broken
    assert reason.endswith("noise: within the spread of A")
    assert sample_data(a, b)["figures"]["cost"]["note"] == "noise: within the spread of A"


def test_a_difference_beyond_the_spread_is_none(side):
    a, b = side("a", 1.0, 1.1, 1.2), side("b", 1.5, 1.6, 1.7)
    assert verdict("cost>+20%", a, b) == (True, "median $1.60, was $1.10, at most $1.32")
    assert verdict("cost>+50%", a, b)[0] is False
    assert verdict("cost>1", a, a)[0] is True  # not relative: noise is no excuse


def test_rates(side):
    good, bad = side("good", *[1] * 6), side("bad", *[1] * 6, code=1)
    assert verdict("exit", good, bad) == (True, "failed in 6 of 6, was 0 of 6")
    assert verdict("exit", bad, good)[0] is False
    one_bad = [*good[:5], bad[0]]
    assert verdict("exit", good, one_bad) == (
        False,
        "failed in 1 of 6, was 0 of 6; noise: chance explains it",
    )
