"""The HTTP client, against the real engine behind a thin HTTP face. No cluster was ever run."""

import socket

import pytest

from agentrec.errors import ExitCode
from tests.fleet.machines import Machine
from tests.fleet.searched import INNER, OUTER, as_local, made

pytest.importorskip("chdb")

from tests.fleet.clickhouse_face import PASSWORD, USER, ClickHouseFace


@pytest.fixture
def face():
    opened = ClickHouseFace()
    yield opened
    opened.close()


@pytest.fixture
def machine(tmp_path):
    known = {"CLICKHOUSE_USER": USER, "CLICKHOUSE_PASSWORD": PASSWORD}
    return Machine(tmp_path / "a", known)


@pytest.fixture
def loaded(machine, face, tmp_path):
    """The server with what a push has put into a remote, loaded by the statements that we print."""
    paths = made(machine)
    machine.here("push", *paths.values(), "--remote", f"file://{tmp_path}/remote")
    machine.here("title", paths[OUTER], "a better name")
    face.engine.query(machine.here("fleet", "table").stdout)
    load = machine.here("fleet", "table", "--load").stdout
    bucket = "s3('https://BUCKET.s3.REGION.amazonaws.com/PREFIX/"
    assert load.count(bucket) == 1
    load = load.replace(bucket, f"file('{tmp_path}/remote/")
    face.engine.query(load)
    machine.here("push", paths[OUTER], "--remote", f"file://{tmp_path}/remote")
    face.engine.query(load)
    face.engine.query(load)
    return face


def test_a_server_says_what_the_library_says(machine, loaded):
    server = ["--server", loaded.url]
    for query in (["connection"], ["größe", "測"], ['"connection refused"', "--exit", "1"]):
        there = machine.run("fleet", "search", *query, *server)
        assert as_local(there) == as_local(machine.run("search", *query)) != []
    assert machine.run("fleet", "cost", *server) == machine.run("cost")
    assert as_local(machine.run("fleet", "ls", *server)) == as_local(machine.run("ls"))
    stats, here = machine.run("fleet", "stats", *server), machine.run("stats")
    assert stats["tools"] == here["tools"]
    assert all("agentrec_index" in sql and "$" not in sql for sql in loaded.asked)
    (count,) = (
        loaded.engine.query("SELECT count() FROM agentrec_index WHERE item = 'recording'", "CSV")
        .bytes()
        .split()
    )
    assert int(count) == len(machine.run("ls")) + 1  # the older version of one is there, too


def test_hostile_names_reach_the_server_as_values(machine, loaded):
    for text in ("' OR 1=1 --", "\\", "a\nb\tc\0", "{x:String}", "%", "ü&param_x=1"):
        rows = machine.run("fleet", "ls", "--agent", text, "--server", loaded.url, code=1)
        assert rows == []
        assert text not in loaded.asked[-1]


def test_a_phrase_is_looked_up_in_the_text_index(loaded):
    sql = "EXPLAIN indexes = 1 SELECT count() FROM agentrec_index WHERE words LIKE {w:String}"
    plan = loaded.engine.query(sql, "TSV", params={"w": "% connection refused %"}).bytes()
    assert b'tokens: ["connection", "refused"]' in plan


def test_settings_name_the_server_and_the_table(machine, loaded):
    loaded.engine.query("RENAME TABLE agentrec_index TO other")
    machine.here("config", "set", "fleet.server", loaded.url)
    done = machine.here("fleet", "ls", code=ExitCode.INPUT)
    assert done.stderr.startswith(f"agentrec: {loaded.url}: Unknown table")
    machine.here("config", "set", "fleet.table", "other")
    assert [row["id"] for row in machine.run("fleet", "ls", "--limit", "2")][1] == INNER
    done = machine.here("config", "set", "fleet.table", "x; DROP", code=ExitCode.USAGE)
    assert "invalid table 'x; DROP'" in done.stderr


def test_without_a_user_the_server_refuses(machine, face):
    del machine.env["CLICKHOUSE_USER"]
    done = machine.here("fleet", "ls", "--server", face.url, code=ExitCode.INPUT)
    assert done.stderr == (
        f"agentrec: {face.url}: reader: Authentication failed: no\n"
        "  set CLICKHOUSE_USER and CLICKHOUSE_PASSWORD\n"
    )


def test_no_server_is_one_clear_line(machine):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        done = machine.here("fleet", "cost", "--server", url, code=ExitCode.INPUT)
    assert done.stderr == f"agentrec: {url}: no answer: Connection refused\n"
