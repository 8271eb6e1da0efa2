"""ClickHouse in a process of its own."""

import json
import os
import signal

import pytest

from agentrec.fleet.query.chdb_process import ChdbProcess, QueryError

pytest.importorskip("chdb")

HOSTILE = (
    "plain",
    "it's",
    'a "b" `c`',
    "back\\slash \\' \\n",
    "tab\tnew\nline\r\b\f",
    "nul\0x",
    "{x:String} $index",
    "'); DROP TABLE t; --",
    "é 測試 \U0001f600",
    "",
)


@pytest.fixture
def engine():
    opened = ChdbProcess()
    yield opened
    opened.close()


def test_values_arrive_as_they_are(engine):
    for value in HOSTILE:
        answer = engine.query("SELECT {v:String} AS v", "JSONEachRow", {"v": value})
        assert json.loads(answer) == {"v": value}
    sql = "SELECT {v:Array(String)} AS v, {n:Array(Int64)} AS n"
    answer = engine.query(sql, "JSONEachRow", {"v": HOSTILE, "n": [1, -2]})
    assert json.loads(answer) == {"v": list(HOSTILE), "n": [1, -2]}
    answer = engine.query("SELECT {v:String} AS v", "JSONEachRow", {"v": "\udcff"})
    assert json.loads(answer) == {"v": "?"}


def test_after_an_error_it_answers_the_next_query(engine):
    with pytest.raises(QueryError, match="SYNTAX_ERROR"):
        engine.query("SELEC 1", "CSV", {})
    assert engine.query("SELECT 1", "CSV", {}) == b"1\n"


def test_an_engine_that_ends_is_an_error(engine):
    os.kill(engine._process.pid, signal.SIGKILL)
    with pytest.raises(QueryError, match="the engine ended"):
        engine.query("SELECT 1", "CSV", {})
