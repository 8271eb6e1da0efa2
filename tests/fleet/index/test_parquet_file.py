"""The files of the index, read by another engine: DuckDB."""

import re
from pathlib import Path

import duckdb
import pytest

from agentrec.fleet.index.index_schema import COLUMNS, REQUIRED
from tests.fleet.machines import Machine
from tests.fleet.searched import made

DOCS = Path(__file__).parents[3] / "docs/fleet.md"
KINDS = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path / "a")


@pytest.fixture
def remote(machine, tmp_path):
    machine.here("push", *made(machine).values(), "--remote", f"file://{tmp_path}/remote")
    return tmp_path / "remote"


def test_the_documented_query_says_what_cost_says(machine, remote):
    (sql,) = re.findall(r"```sql\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert "'/mnt/recordings/" in sql
    rows = duckdb.sql(sql.replace("'/mnt/recordings/", f"'{remote}/")).fetchall()
    here = [(row["model"], row["calls"], row["cost_usd"]) for row in machine.run("cost")["rows"]]
    assert rows == sorted(here)
    assert rows == [("big", 3, 1.75), ("new", 1, None)]


def test_a_file_has_the_columns_of_the_schema(remote):
    (file, *_) = sorted(remote.glob("index/v1/dt=2026-01-31/*.parquet"))
    there = duckdb.read_parquet(str(file), hive_partitioning=False)
    kinds = dict(zip(there.columns, map(str, there.types), strict=True))
    assert kinds == {name: KINDS[column.kind] for name, column in COLUMNS.items()}
    schema = duckdb.sql(f"SELECT name, repetition_type FROM parquet_schema('{file}')").fetchall()
    assert {name for name, how in schema if how == "REQUIRED" and name in COLUMNS} == set(REQUIRED)


def test_words_are_found_by_like(remote):
    files = f"{remote}/index/v1/*/*.parquet"
    sql = "SELECT kind FROM read_parquet(?) WHERE words LIKE ? GROUP BY kind ORDER BY kind"
    for words, kinds in (
        ("% connection refused %", ["message", "screen"]),
        ("% refus%", ["message", "screen"]),
        ("% connectio %", []),
    ):
        rows = duckdb.execute(sql, [files, words]).fetchall()
        assert [kind for (kind,) in rows] == kinds
