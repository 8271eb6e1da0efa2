"""`agentrec fleet ls`."""

import pytest

from tests.fleet.searched import as_local, made

pytest.importorskip("chdb")


def test_it_lists_what_the_library_lists(machines):
    a, b, url = machines
    a.here("push", *made(a).values(), "--remote", url)
    for chosen in (
        ["--all"],
        ["--limit", "2"],
        ["--exit", "1"],
        ["--exit", "ok", "--project", "/home/user/site"],
        ["--agent", "claude", "--tag", "ci", "--tag", "a'b"],
        ["--state", "complete"],
    ):
        here = as_local(a.run("ls", *chosen))
        assert as_local(b.run("fleet", "ls", *chosen, "--remote", url)) == here, chosen
        assert here
    done = b.here("fleet", "ls", "--limit", "1", "--remote", url)
    assert done.stderr == "agentrec: 1 of 4 recordings; --all shows the rest\n"
    assert b.here("fleet", "--remote", url).stdout.count("\n") == 5
