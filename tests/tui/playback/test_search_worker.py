"""Search in its thread: lines in, hits out."""

import threading
import time

import pytest

from agentrec.tui.playback import search_worker
from agentrec.tui.playback.messages import TaskFailed
from agentrec.tui.playback.search_worker import LineStore, SearchWorker, matches, pattern_of


class Heard:
    """Collects what a searcher finds, and waits for its end."""

    def __init__(self):
        self.answers = []
        self._ended = threading.Event()

    def __call__(self, answer):
        self.answers.append(answer)
        if isinstance(answer, TaskFailed) or answer.done:
            self._ended.set()

    def until(self, happened):
        """Whether an answer comes that is as wanted."""
        end = time.monotonic() + 60
        while not any(map(happened, [*self.answers])) and time.monotonic() < end:
            time.sleep(0.01)
        return any(map(happened, self.answers))

    def wait(self):
        assert self._ended.wait(30)
        self._ended.clear()
        return self.answers[-1]


@pytest.fixture
def heard():
    return Heard()


def started(lines, heard):
    return SearchWorker(lambda: iter(lines), heard)


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("abc", "xABCx", True),
        ("Abc", "xabcx", False),
        ("a.c", "abc", False),
        ("É", "é", False),
        ("é", "É", True),
    ],
)
def test_what_matches(query, text, found):
    assert bool(pattern_of(query).search(text)) == found


def test_hits_come_in_order_of_time_each_once(heard):
    lines = [(30, "needle b"), (10, "needle a needle"), (20, "hay"), (10, "needle too")]
    searcher = started(lines, heard)
    searcher.search(pattern_of("needle"))
    found = heard.wait()
    assert (found.pattern, found.times) == (pattern_of("needle"), [10, 30])
    searcher.search(pattern_of("hay"))
    assert heard.wait().times == [20]
    searcher.search(pattern_of("nothing"))
    assert heard.wait().times == []
    searcher.close()


def test_many_lines_in_many_blocks(heard, monkeypatch):
    monkeypatch.setattr(search_worker, "_BLOCK_CHARS", 500)
    lines = [(n, f"line {n} {'x' * (n % 40)}") for n in range(5000)]
    searcher = started(lines, heard)
    searcher.search(pattern_of("line 42"))
    assert heard.wait().times == [n for n in range(5000) if str(n).startswith("42")]
    searcher.search(pattern_of("line 4999"))
    assert heard.wait().times == [4999]
    searcher.close()


def test_a_newer_search_replaces_the_one_that_runs(heard):
    gate = threading.Event()

    def read():
        for n in range(100_000):
            if n == 50_000:
                gate.wait(30)
            yield n, f"line {n}"

    searcher = SearchWorker(read, heard)
    searcher.search(pattern_of("line 7"))
    searcher.search(pattern_of("line 99999"))
    gate.set()
    assert heard.wait().times == [99_999]
    assert [a.pattern.pattern for a in heard.answers if a.done] == [
        pattern_of("line 99999").pattern
    ]
    searcher.close()


class Slow:
    """Lines that come one by one from the middle on, until they are let go."""

    def __init__(self, count=100_000, middle=60_000):
        self.go = threading.Event()
        self._count, self._middle = count, middle

    def lines(self):
        for n in range(self._count):
            yield n, f"line {n}"
            while n == self._middle and not self.go.wait(0.01):
                yield n, "the same again"


def test_how_far_it_has_come_and_what_was_found_until_then(heard):
    slow = Slow()
    searcher = SearchWorker(slow.lines, heard)
    searcher.search(pattern_of("line 77"))
    assert heard.until(lambda answer: answer.until == 60_000 and answer.times[:2] == [77, 770])
    assert not heard.answers[-1].done
    slow.go.set()
    assert heard.wait().done
    untils = [answer.until for answer in heard.answers if not answer.done]
    assert untils == sorted(untils)
    searcher.close()


def test_what_was_just_read_is_found_though_little_was_read(heard):
    slow = Slow(count=50, middle=20)
    searcher = SearchWorker(slow.lines, heard)
    searcher.search(pattern_of("line 1"))
    assert heard.until(lambda answer: answer.times == [1, *range(10, 20)] and not answer.done)
    slow.go.set()
    assert heard.wait().times == [1, *range(10, 20)]
    searcher.close()


def test_a_search_can_be_ended(heard):
    slow = Slow()
    searcher = SearchWorker(slow.lines, heard)
    searcher.search(pattern_of("line 7"))
    assert heard.until(lambda answer: answer.until == 60_000)
    searcher.cancel()
    slow.go.set()
    searcher.search(pattern_of("line 99999"))
    assert heard.wait().times == [99_999]
    assert not [a for a in heard.answers if a.done and a.pattern == pattern_of("line 7")]
    searcher.close()


def test_after_forgetting_it_reads_anew(heard):
    lines = [(1, "one")]
    searcher = SearchWorker(lambda: list(lines), heard)
    searcher.search(pattern_of("t"))
    assert heard.wait().times == []
    lines.append((2, "two"))
    searcher.forget()
    searcher.search(pattern_of("t"))
    assert heard.wait().times == [2]
    searcher.close()


def test_trouble_is_told_and_the_next_search_goes_well(heard):
    broken = [True]

    def read():
        if broken.pop() if broken else False:
            raise OSError("gone")
        yield 5, "needle"

    searcher = SearchWorker(read, heard)
    searcher.search(pattern_of("needle"))
    assert heard.wait().reason == "gone"
    searcher.forget()
    searcher.search(pattern_of("needle"))
    assert heard.wait().times == [5]
    searcher.close()


def test_lines_keep_every_line():
    lines = LineStore()
    for n in range(100):
        lines.add(n, f"{n}\nsecond part \udc80")
    assert sum(len(times) for times, _ in lines.blocks()) == 100
    (times, text), *_ = lines.blocks()
    assert list(matches(pattern_of("99"), times, text)) == [99]
