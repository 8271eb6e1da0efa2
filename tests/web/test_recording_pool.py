"""Things that are lent: one at a time, closed in the end, and never more of them than allowed."""

import threading

import pytest

from agentrec.web.recording_pool import Pool


class Thing:
    def __init__(self, name):
        self.name, self.valid, self.closed = name, True, 0

    def close(self):
        self.closed += 1


class Shop:
    def __init__(self, limit=2):
        self.made = []
        self.pool = Pool(self._make, lambda thing: thing.valid, limit)

    def _make(self, name):
        thing = Thing(name)
        self.made.append(thing)
        return thing

    def open(self):
        return [thing.name for thing in self.made if not thing.closed]


def test_what_comes_back_is_lent_again():
    shop = Shop()
    with shop.pool.lend("a") as first:
        pass
    with shop.pool.lend("a") as again:
        assert again is first
    assert shop.open() == ["a"]


def test_two_at_once_are_two():
    shop = Shop()
    with shop.pool.lend("a") as one, shop.pool.lend("a") as other:
        assert one is not other
    assert shop.open() == ["a", "a"]


def test_the_one_that_was_idle_longest_goes():
    shop = Shop()
    for name in ("a", "b", "a", "c"):
        with shop.pool.lend(name):
            pass
    assert shop.open() == ["a", "c"]


def test_what_valid_no_more_is_closed():
    shop = Shop()
    with shop.pool.lend("a") as old:
        pass
    old.valid = False
    with shop.pool.lend("a") as new:
        assert new is not old
    assert (old.closed, new.closed) == (1, 0)


def test_who_fails_with_it_does_not_give_it_back():
    shop = Shop()
    with pytest.raises(RuntimeError), shop.pool.lend("a") as broken:
        raise RuntimeError
    assert broken.closed == 1
    with shop.pool.lend("a") as new:
        assert new is not broken


def test_closing_closes_also_what_is_lent():
    shop = Shop()
    with shop.pool.lend("idle"):
        pass
    with shop.pool.lend("lent"):
        shop.pool.close()
        assert shop.open() == ["lent"]
    assert shop.open() == []
    assert {thing.closed for thing in shop.made} == {1}


def test_many_threads():
    shop = Shop(limit=3)
    used = []

    def work():
        for number in range(300):
            with shop.pool.lend(f"{number % 5}") as thing:
                assert thing.name == f"{number % 5}"
                assert not thing.closed
                used.append(thing)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(used) == 1200
    assert len(shop.open()) <= 3
    shop.pool.close()
    assert {thing.closed for thing in shop.made} == {1}
