"""`agentrec fleet cost`."""

import calendar
import time

import pytest

from tests.fleet.searched import INNER, OUTER, PART, made

pytest.importorskip("chdb")


def test_it_says_what_the_same_recordings_cost_here(machines):
    a, b, url = machines
    paths = made(a)
    for names in ([INNER, PART], list(paths)):
        a.here("push", *(paths[name] for name in names), "--remote", url)
        folders = [word for name in names for word in ("--folder", paths[name])]
        for by in ("model", "agent", "day", "project"):
            here = a.run("cost", "--by", by, *folders)
            assert b.run("fleet", "cost", "--by", by, "--remote", url) == here
    chosen = ["--project", "shop", "--tag", "ci"]
    assert b.run("fleet", "cost", *chosen, "--remote", url) == a.run("cost", *chosen)
    assert b.here("fleet", "cost", "--remote", url).stdout == a.here("cost").stdout
    assert "big" in b.here("fleet", "cost", "--remote", url).stdout


def test_a_time_selects_the_recordings_that_began_then(machines):
    a, b, url = machines
    paths = made(a)
    a.here("push", paths[OUTER], paths[INNER], "--remote", url)
    began = time.localtime(calendar.timegm((2026, 1, 31, 14, 31, 0)))
    since = time.strftime("%Y-%m-%dT%H:%M", began)
    recent = b.run("fleet", "cost", "--since", since, "--remote", url)
    assert recent["rows"] == a.run("cost", "--folder", paths[INNER])["rows"]
    early = b.run("fleet", "cost", "--until", "2026-01-30", "--remote", url)
    assert early["rows"] == []
    assert b.here("fleet", "cost", "--since", "1d", "--remote", url).stdout == (
        "no model calls in these recordings\n"
    )
