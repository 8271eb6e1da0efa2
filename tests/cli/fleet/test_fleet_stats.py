"""`agentrec fleet stats`."""

import pytest

from tests.fleet.searched import made

pytest.importorskip("chdb")


def placeless(facts):
    where = ("path", "recording_id")
    slowest = [{k: v for k, v in one.items() if k not in where} for one in facts["slowest"]]
    return facts | {"slowest": sorted(slowest, key=repr)}


def test_its_sums_are_those_of_the_same_recordings_here(machines):
    a, b, url = machines
    a.here("push", *made(a).values(), "--remote", url)
    for chosen in ([], ["--project", "site"], ["--agent", "nobody"]):
        here = a.run("stats", "--limit", "99", *chosen)
        there = b.run("fleet", "stats", "--limit", "99", *chosen, "--remote", url)
        assert placeless(there) == placeless(here)
    shown = b.here("fleet", "stats", "--remote", url).stdout
    assert "Bash" in shown
    assert "replay" not in shown
