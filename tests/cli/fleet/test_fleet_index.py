"""`agentrec fleet index`."""

import sys
from unittest import mock

import pytest

from tests.fleet.machines import Machine
from tests.fleet.searched import as_local, made

pytest.importorskip("chdb")


def test_what_was_pushed_without_an_index_is_added(machines):
    a, b, url = machines
    paths = list(made(a).values())
    a.here("push", paths[0], "--remote", url)
    with mock.patch.dict(sys.modules, {"arro3.io": None}):
        a.here("push", *paths[1:], "--remote", url)
    assert len(b.run("fleet", "ls", "--remote", url)) == 1
    done = b.here("fleet", "index", "--dry-run", "--remote", url)
    assert done.stdout == "3 recordings not in the index\n"
    done = b.run("fleet", "index", "--remote", url)
    assert done == {"missing": 3, "added": 3, "failed": 0}
    assert as_local(b.run("fleet", "ls", "--remote", url)) == as_local(a.run("ls"))
    assert b.run("fleet", "cost", "--remote", url) == a.run("cost")
    b.run("fleet", "compact", "--remote", url)
    assert b.here("fleet", "index", "--remote", url).stdout == "0 recordings added\n"


def test_one_that_cannot_be_read_blocks_no_other(tmp_path):
    machine, url = Machine(tmp_path / "a"), f"file://{tmp_path}/remote"
    with mock.patch.dict(sys.modules, {"arro3.io": None}):
        machine.here("push", *list(made(machine).values())[:2], "--remote", url)
    damaged = min((tmp_path / "remote/recordings").glob("*/*.ahr"))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    done = machine.here("fleet", "index", "--remote", url, code=1)
    assert done.stdout == "1 recording added\n"
    assert f"{damaged.parent.name}: " in done.stderr
