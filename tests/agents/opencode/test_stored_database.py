"""Reading opencode's database is not noticed by opencode."""

import sqlite3

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
