"""`agentrec fleet compact`."""

import pytest

from tests.fleet.searched import made

pytest.importorskip("chdb")


def test_small_files_become_one(machines):
    a, b, url = machines
    a.here("push", *made(a).values(), "--remote", url)
    before = b.run("fleet", "cost", "--remote", url)
    done = b.run("fleet", "compact", "--remote", url)
    counts = {"days": 1, "replaced": 4, "written": 1, "removed_days": 0, "removed_files": 0}
    assert done == counts
    assert b.run("fleet", "cost", "--remote", url) == before
    again = b.here("fleet", "compact", "--remote", url)
    assert again.stdout == "nothing to put together\n"
    a.here("push", a.made(), "--remote", url)
    again = b.here("fleet", "compact", "--remote", url)
    assert again.stdout == "2 files became 1 file, of 1 day\n"
