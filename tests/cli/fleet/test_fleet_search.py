"""`agentrec fleet search`."""

import sys
from unittest import mock

import duckdb
import pytest

from agentrec.errors import ExitCode
from agentrec.fleet.query.engine import opened_engine
from agentrec.fleet.query.fleet_search import fleet_search
from agentrec.library.filters import Filters
from agentrec.library.search import SearchQuery
from tests.fleet.machines import Machine, objects
from tests.fleet.searched import INNER, OTHER, OUTER, as_local, made

pytest.importorskip("chdb")
QUERIES = (
    ["connection"],
    ['"connection refused"'],
    ["connect -peer"],
    ["größe", "測"],
    ["DEJA"],
    ["--kind", "tool", "--exit", "failed"],
    ["--tool", "bash", "--exit", "ok"],
    ["pytest", "--agent", "claude", "--tag", "ci"],
    ["shop", "--project", "shop"],
    ["shop", "--tag", "a'b", "-C", "0"],
    ["pytest", "--limit", "1"],
    ["refused", "--per-recording", "1"],
    ["--exit", "1"],
)


def test_it_finds_what_a_search_here_finds(machines):
    a, b, url = machines
    a.here("push", *made(a).values(), "--remote", url)
    for query in QUERIES if url.startswith("file:") else QUERIES[:2]:
        here, there = a.run("search", *query), b.run("fleet", "search", *query, "--remote", url)
        assert as_local(there) == as_local(here), query
        assert here
    shown = b.here("fleet", "search", "pytest", "--limit", "1", "--remote", url).stdout
    assert f"agentrec pull {INNER} --remote {url}" in shown
    shown = a.here("fleet", "search", "pytest", "--limit", "1", "--remote", url).stdout
    assert f"agentrec replay ~/.local/share/agentrec/recordings/2026/01/{INNER}.ahr" in shown


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path / "a")


@pytest.fixture
def url(tmp_path):
    return f"file://{tmp_path}/remote"


HOSTILE = ("' OR 1=1 --", "\\", "\\'", "a\nb\tc\0", "{x:String}", "$index", "%", "_", "`é`")


def test_hostile_words_and_names_find_nothing_and_break_nothing(machine, url):
    machine.here("push", made(machine)[OTHER], "--remote", url)
    words = [f"zz{text}zz" for text in HOSTILE]
    with opened_engine(url) as engine:
        for text in HOSTILE:
            for query in (
                SearchQuery("prog", Filters(agent=text, project=text)),
                SearchQuery("prog", Filters(tags=(text,), state=text)),
                SearchQuery("prog", tools=(text,), kinds=(text,)),
                SearchQuery(f"zz{text}zz"),
            ):
                assert fleet_search(engine, query).hits == []
        assert fleet_search(engine, SearchQuery("prog")).hits
    machine.run("fleet", "search", *words, "--agent", "'\\", "--remote", url, code=1)


def test_the_newest_version_decides(machine, url):
    path = made(machine)[OUTER]
    machine.here("push", path, "--remote", url)
    machine.here("title", path, "a better name")
    machine.here("push", path, "--remote", url)
    (row,) = machine.run("fleet", "ls", "--remote", url)
    assert row["title"] == "a better name"
    hits = machine.run("fleet", "search", '"connection refused"', "--remote", url)
    assert [hit["kind"] for hit in hits] == ["message", "screen"]
    machine.run("fleet", "search", "it's", "--kind", "session", "--remote", url, code=1)


def test_nothing_of_an_encrypted_recording_is_in_the_index(machine, url, tmp_path):
    key = machine.home / "age"
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    key.write_text(str(identity))
    words = ["record", "--headless", "--wait", "-q", f"--encrypt-to={identity.to_public()}"]
    machine.agentrec(*words, "--title", "PLANTEDTITLE", "--", "sh", "-c", "echo PLANTED")
    machine.env["AGENTREC_IDENTITY"] = str(key)
    done = machine.here("push", "last", "--remote", url)
    assert "last: not searchable in the remote: it is encrypted" in done.stderr
    (file,) = (tmp_path / "remote/index/v1").rglob("*.parquet")
    table = duckdb.read_parquet(str(file))
    ((row,), names) = table.fetchall(), table.columns
    values = zip(names, row, strict=True)
    told = {name for name, value in values if value is not None and value is not False}
    assert told == {
        *("recording", "revision", "item", "seq", "created", "state"),
        *("size_bytes", "is_encrypted"),
    }
    done = machine.here("fleet", "search", "PLANTED", "--remote", url, code=1)
    assert done.stderr.count("not searched: 1 encrypted recording") == 1
    (listed,) = machine.run("fleet", "ls", "--remote", url)
    assert (listed["state"], listed["title"], listed["command"]) == ("encrypted", "", [])


def test_nothing_of_what_is_encrypted_on_the_way_is_in_the_index(machine, url, tmp_path):
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    (machine.home / "age").write_text(str(identity))
    machine.env |= {
        "AGENTREC_ENCRYPT_TO": str(identity.to_public()),
        "AGENTREC_IDENTITY": str(machine.home / "age"),
    }
    path = machine.made(output=b"PLANTED\r\n", title="PLANTEDTITLE", cwd="/PLANTEDCWD")
    done = machine.here("push", path, "--remote", url)
    assert "not searchable in the remote: it is encrypted" in done.stderr
    (file,) = (tmp_path / "remote/index/v1").rglob("*.parquet")
    rows = duckdb.read_parquet(str(file)).fetchall()
    assert len(rows) == 1
    assert "PLANTED" not in str(rows)
    assert "planted" not in str(rows)
    machine.run("fleet", "search", "PLANTED", "--remote", url, code=1)


SECRET = "ghp_" + "a1B2" * 9


def test_what_is_masked_in_a_copy_is_masked_in_its_index(machine, url, tmp_path):
    path = machine.made(output=f"token {SECRET}\r\n".encode(), command=["sh", SECRET])
    machine.here("push", path, "--redact", "--remote", url)
    (file,) = (tmp_path / "remote/index/v1").rglob("*.parquet")
    texts = duckdb.read_parquet(str(file)).fetchall()
    assert "token" in str(texts)
    assert SECRET not in str(texts)
    assert SECRET.lower() not in str(texts)
    machine.run("fleet", "search", SECRET, "--remote", url, code=1)
    assert machine.run("fleet", "search", "token", "--remote", url)


def test_without_the_engine_it_is_said_what_to_install(machine, url):
    machine.here("push", machine.made(), "--remote", url)
    with mock.patch.dict(sys.modules, {"chdb": None}):
        done = machine.here("fleet", "search", "hi", "--remote", url, code=ExitCode.USAGE)
    assert done.stderr == (
        "agentrec: this needs chdb-core, of the extra `fleet-search`\n"
        "  install chdb-core where agentrec is installed\n"
    )


def test_without_the_writer_a_push_is_not_searchable(machine, url, tmp_path):
    with mock.patch.dict(sys.modules, {"arro3.io": None}):
        done = machine.here("push", machine.made(), machine.made("b-1"), "--remote", url)
    assert done.stderr.endswith(
        "and 1 more: not searchable in the remote: that needs arro3-io, of the extra `fleet`\n"
    )
    assert not (tmp_path / "remote/index").exists()
    assert machine.here("fleet", "ls", "--remote", url, code=1).stdout == (
        "no recordings match in the index\n"
    )


def test_a_file_that_is_no_parquet_is_one_clear_line(machine, url, tmp_path):
    machine.here("push", machine.made(), "--remote", url)
    day = tmp_path / "remote/index/v1/dt=2026-01-31"
    (day / "broken.parquet").write_bytes(b"PAR1 no PAR1")
    done = machine.here("fleet", "search", "hi", "--remote", url, code=ExitCode.INPUT)
    assert done.stdout == ""
    assert done.stderr.startswith(f"agentrec: cannot read the index of {url}: ")
    assert "broken.parquet" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--remote", "gs://team"], "cannot search in gs://: only in s3:// and file://"),
        (["--server", "team:8123"], "invalid server 'team:8123'"),
        (["--server", "http://a:b@team:8123"], "it has credentials in it"),
        (["--server", "http://a", "--remote", "s3://b"], "not allowed with"),
        ([], "no remote to use"),
    ],
)
def test_where_to_search_has_to_be_said_well(machine, words, said):
    done = machine.here("fleet", "search", "x", *words, code=ExitCode.USAGE)
    assert said in done.stderr


def test_a_push_has_no_index_of_what_was_there(machine, url, tmp_path):
    path = machine.made()
    assert machine.run("push", path, "--remote", url)[0]["searchable"] is True
    before = objects(tmp_path / "remote")
    assert machine.run("push", path, "--remote", url)[0]["searchable"] is None
    assert objects(tmp_path / "remote") == before
