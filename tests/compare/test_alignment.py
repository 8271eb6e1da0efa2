"""Which step is which."""

import random

from hypothesis import given
from hypothesis import strategies as st

from agentrec.compare.alignment import align, matches

KEYS = st.lists(st.integers(0, 6), max_size=30)


@given(KEYS, KEYS)
def test_each_step_is_in_one_pair_in_order(a, b):
    pairs = align(a, b)
    assert [left for left, _ in pairs if left is not None] == list(range(len(a)))
    assert [right for _, right in pairs if right is not None] == list(range(len(b)))
    assert all(a[x] == b[y] for x, y in pairs if x is not None and y is not None)
    assert (None, None) not in pairs


@given(KEYS)
def test_equal_runs_match_completely(a):
    assert align(a, list(a)) == [(n, n) for n in range(len(a))]


@given(KEYS, st.integers(0, 30), st.integers(7, 9))
def test_one_more_step_is_found_where_it_is(a, at, key):
    at = min(at, len(a))
    pairs = align(a, [*a[:at], key, *a[at:]])
    assert [pair for pair in pairs if None in pair] == [(None, at)]
    assert pairs.index((None, at)) == at


@given(KEYS, KEYS)
def test_the_equal_start_is_matched_first(a, b):
    start = ["x", "y", "z"]
    assert matches([*start, *a], [*start, *b])[:3] == [(0, 0), (1, 1), (2, 2)]


def test_an_anchor_in_the_middle():
    assert matches("abcXdef", "ghXij") == [(3, 2)]
    assert matches("XaY", "YbX") in ([(0, 2)], [(2, 0)])  # either, never both


def test_thousands_of_steps():
    numbers = random.Random(1)
    a = [numbers.randrange(100_000) for _ in range(3000)]
    b = [key if numbers.random() < 0.9 else -key for key in a]
    same = sum(x == y for x, y in zip(a, b, strict=True))
    assert len(matches(a, b)) >= same
    # Nothing alike, and the same few keys over and over: these are the slow cases.
    assert matches(a, [-1 - key for key in a]) == []
    assert matches([1, 2] * 1500, [2, 3] * 1500) is not None
