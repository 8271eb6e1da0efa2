"""Reading opencode's database is not noticed by opencode."""

import sqlite3
import subprocess
import sys

import pytest

from agentrec.agents.opencode.stored_database import open_database


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "opencode 1%2.db"
    base = sqlite3.connect(path)
    base.executescript("pragma journal_mode = wal; create table t (x); insert into t values (1)")
    base.close()
    return path


def rows(connection):
    return [x for (x,) in connection.execute("select x from t")]


def test_reading_leaves_nothing_beside_it(path, tmp_path):
    for _ in range(2):
        reader = open_database(str(path))
        assert rows(reader) == [1]
        reader.close()
    assert list(tmp_path.iterdir()) == [path]


def test_a_start_that_waits_for_no_lock_gets_it(path):
    reader = open_database(str(path))
    cursor = reader.execute("select x from t")
    assert cursor.fetchone() == (1,)  # the read goes on
    base = sqlite3.connect(path, timeout=0)
    base.executescript("pragma locking_mode = exclusive; begin exclusive; insert into t values (2)")
    base.execute("commit")
    base.close()
    reader.close()


def test_what_is_in_the_log_alone_is_read(path):
    base = sqlite3.connect(path)
    base.execute("insert into t values (2)")
    base.commit()
    reader = open_database(str(path))
    assert rows(reader) == [1, 2]
    reader.close()
    base.close()


def test_what_is_not_committed_is_not_read(tmp_path):
    path = tmp_path / "old.db"
    base = sqlite3.connect(path)
    base.executescript("create table t (x); pragma cache_size = 1; pragma cache_spill = 1")
    base.execute("begin")
    base.executemany("insert into t values (?)", ((str(n) * 1000,) for n in range(2000)))
    reader = open_database(str(path))
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        rows(reader)
    reader.close()
    base.rollback()
    base.close()


def test_a_log_that_was_left_is_read_without_a_trace(tmp_path):
    """Kilo Code leaves its log and the log's index behind when it ends."""
    code = (
        "import os, sqlite3, sys; db = sqlite3.connect(sys.argv[1]);"
        "db.execute('pragma journal_mode=wal'); db.execute('create table t (a)');"
        "db.execute('insert into t values (7)'); db.commit(); os._exit(0)"
    )
    path = tmp_path / "left.db"
    subprocess.run([sys.executable, "-c", code, path], check=True)
    before = {one.name: (one.stat().st_mtime_ns, one.read_bytes()) for one in tmp_path.iterdir()}
    assert set(before) == {"left.db", "left.db-wal", "left.db-shm"}
    connection = open_database(str(path))
    assert connection.execute("select a from t").fetchall() == [(7,)]
    connection.close()
    after = {one.name: (one.stat().st_mtime_ns, one.read_bytes()) for one in tmp_path.iterdir()}
    assert after == before
