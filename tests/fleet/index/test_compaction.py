"""Many small files of a day as one."""

import os
import subprocess
import sys
from datetime import date
from unittest import mock

import duckdb
import pytest

from agentrec.fleet.bucket.remote import Remote, RemoteError, open_remote
from agentrec.fleet.index.compaction import Compacted, compact, prune
from agentrec.fleet.index.index_names import INDEX
from agentrec.fleet.index.index_schema import COLUMNS
from agentrec.fleet.query.engine import opened_engine
from agentrec.fleet.query.fleet_list import fleet_list
from agentrec.fleet.query.fleet_search import fleet_search
from agentrec.fleet.query.fleet_totals import fleet_cost, fleet_stats
from agentrec.library.filters import Filters
from agentrec.library.search import SearchQuery
from tests.fleet.machines import Machine, objects
from tests.fleet.searched import OTHER, OUTER, made

pytest.importorskip("chdb")

DAY = date(2026, 1, 31)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path / "a")


@pytest.fixture
def url(tmp_path):
    return f"file://{tmp_path}/remote"


@pytest.fixture
def paths(machine, url):
    """Recordings of one day that were pushed, one of them twice."""
    found = made(machine)
    machine.here("push", *found.values(), "--remote", url)
    machine.here("title", found[OUTER], "a better name")
    machine.here("push", found[OUTER], "--remote", url)
    return found


def answers(url):
    """What the index says of everything."""
    query = SearchQuery("connection", per_recording=9)
    with opened_engine(url) as engine:
        return (
            fleet_search(engine, query),
            *(fleet_cost(engine, Filters(), by) for by in ("day", "project")),
            fleet_stats(engine, Filters(), 99),
            fleet_list(engine, Filters(), None),
        )


def files(url):
    return sorted(one.key.rpartition("/")[2] for one in open_remote(url).list(INDEX))


def test_answers_are_the_same_and_only_the_newest_versions_stay(machine, url, paths, tmp_path):
    before, recordings = answers(url), objects(tmp_path / "remote/recordings")
    assert len(files(url)) == 5
    assert compact(open_remote(url)) == Compacted(1, 5, 1)
    (name,) = files(url)
    assert name.startswith("day-")
    assert answers(url) == before
    assert objects(tmp_path / "remote/recordings") == recordings
    there = duckdb.read_parquet(f"{tmp_path}/remote/{INDEX}/*/*.parquet")
    assert there.columns == list(COLUMNS)
    rows = there.filter("item = 'recording'").project("recording").fetchall()
    assert len(rows) == len(set(rows)) == 4
    assert compact(open_remote(url)) == Compacted()


def test_what_says_nothing_is_null_before_and_after(url, paths, tmp_path):
    where = f"{tmp_path}/remote/{INDEX}/*/*.parquet"
    sql = "SELECT {} FROM read_parquet('{}') WHERE recording = '{}' ORDER BY item, seq"
    names = ", ".join(name for name in COLUMNS if name != "revision")
    before = duckdb.sql(sql.format(names, where, OTHER)).fetchall()
    compact(open_remote(url))
    assert duckdb.sql(sql.format(names, where, OTHER)).fetchall() == before
    assert None in before[0]


def test_one_that_is_killed_before_it_has_removed_anything_changes_no_answer(machine, url, paths):
    before = answers(url)
    with (
        mock.patch.object(Remote, "remove", side_effect=RemoteError("killed")),
        pytest.raises(RemoteError),
    ):
        compact(open_remote(url))
    assert len(files(url)) == 6
    assert answers(url) == before
    machine.here("push", machine.made("later"), "--remote", url)
    before = answers(url)
    assert compact(open_remote(url)) == Compacted(1, 7, 1)
    assert answers(url) == before
    machine.here("push", machine.made("latest"), "--remote", url)
    before = answers(url)
    assert compact(open_remote(url)) == Compacted(1, 2, 1)
    assert answers(url) == before


def test_two_at_once_lose_nothing(machine, url, paths):
    before = answers(url)
    words = [sys.executable, "-m", "agentrec", "fleet", "compact", "--remote", url]
    env = os.environ | machine.env
    running = [
        subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for one in running:
        _, errors = one.communicate()
        assert (one.returncode, errors) == (0, b"")
    assert answers(url) == before
    assert all(name.startswith("day-") for name in files(url))


def test_files_that_another_has_taken_are_left_to_it(machine, url, paths):
    remote = open_remote(url)
    stale = list(remote.list(INDEX))
    compact(remote)
    there, before = files(url), answers(url)
    with mock.patch.object(remote, "list", side_effect=[iter(stale), iter([])]):
        assert compact(remote) == Compacted()
    assert (files(url), answers(url)) == (there, before)


def test_old_days_are_removed_and_recordings_are_not(machine, url, paths, tmp_path):
    recordings = objects(tmp_path / "remote/recordings")
    assert prune(open_remote(url), DAY) == (0, 0)
    assert prune(open_remote(url), date(2026, 2, 1), dry_run=True) == (1, 5)
    done = machine.here("fleet", "compact", "--remove-before", "2026-02-02", "--remote", url)
    assert done.stdout == "removed the index of 1 day: 5 files\nnothing to put together\n"
    assert files(url) == []
    assert objects(tmp_path / "remote/recordings") == recordings
    assert machine.here("pull", OTHER, "--remote", url)


def test_a_file_that_is_no_parquet_stops_it_and_stays(url, paths, tmp_path):
    broken = tmp_path / f"remote/{INDEX}/dt=2026-01-31/broken.parquet"
    broken.write_bytes(b"PAR1 no PAR1")
    before = files(url)
    with pytest.raises(RemoteError, match="cannot compact 2026-01-31: "):
        compact(open_remote(url))
    assert files(url) == before
