"""Values of parameters, as the real engine reads them."""

import json

import pytest

from agentrec.fleet.query.clickhouse_values import parameter_text

chdb = pytest.importorskip("chdb")

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


@pytest.fixture(scope="module")
def connection():
    opened = chdb.connect(":memory:")
    yield opened
    opened.close()


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_string_arrives_as_it_is(connection, number):
    value = HOSTILE[number]
    answer = connection.query(
        "SELECT {v:String} AS v", "JSONEachRow", params={"v": parameter_text(value)}
    )
    assert json.loads(answer.bytes()) == {"v": value}


def test_a_list_arrives_as_it_is(connection):
    values = {"v": parameter_text(HOSTILE), "n": parameter_text([1, -2])}
    answer = connection.query(
        "SELECT {v:Array(String)} AS v, {n:Array(Int64)} AS n", "JSONEachRow", params=values
    )
    assert json.loads(answer.bytes()) == {"v": list(HOSTILE), "n": [1, -2]}


def test_what_is_no_unicode_is_sent_all_the_same(connection):
    answer = connection.query(
        "SELECT {v:String} AS v", "JSONEachRow", params={"v": parameter_text("\udcff")}
    )
    assert json.loads(answer.bytes()) == {"v": "?"}
