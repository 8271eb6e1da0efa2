"""`agentrec push`."""

import json
import os
import sys
from pathlib import Path
from unittest import mock

import pytest

from agentrec.fleet.bucket.stored_version import PART_BYTES
from agentrec.recording.writer import Writer
from tests.fleet.machines import Machine, objects


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path / "a")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "remote"


@pytest.fixture
def url(folder):
    return f"file://{folder}"


def test_twice_is_once_and_a_masked_copy_has_no_snapshots(machine, folder, url, tmp_path):
    name, path = machine.recorded("echo two > two; sleep 0.4")
    (first,) = machine.run("push", "last", "--remote", url)
    before = objects(folder)
    (second,) = machine.run("push", path, "--remote", url)
    assert (first["id"], first["state"], first["snapshots"]) == (name, "pushed", True)
    assert (second["state"], second["key"]) == ("already there", first["key"])
    assert (first["size"] > os.stat(path).st_size, second["size"]) == (True, None)
    assert (
        machine.here("push", path, "--remote", url).stdout
        == f"{name}: already there, with snapshots\n"
    )
    assert objects(folder) == before
    assert sorted(key.rpartition(".")[2] for key in before) == ["ahr", "json", "pack", "parquet"]
    (row,) = machine.run("push", path, "--redact", "--remote", f"file://{tmp_path}/masked")
    assert (row["state"], row["snapshots"]) == ("pushed", False)
    assert not list((tmp_path / "masked").rglob("*.pack"))


def test_a_title_makes_a_second_version_and_removes_none(machine, folder, url):
    path = machine.made()
    (first,) = machine.run("push", path, "--remote", url)
    before = objects(folder)
    machine.here("title", path, "a better one")
    (second,) = machine.run("push", path, "--remote", url)
    assert second["state"] == "pushed"
    assert second["key"] > first["key"]
    assert before.items() <= objects(folder).items()
    (row,) = machine.run("ls", "--remote", url)
    assert (row["title"], row["versions"], row["file"]) == ("a better one", 2, path)


def test_one_bad_file_blocks_no_other(machine, url, tmp_path):
    path = machine.made()
    (tmp_path / "bad.ahr").write_text("no recording")
    nameless = machine.made("x", id="../x")
    args = ("push", tmp_path / "bad.ahr", nameless, path, tmp_path / "none.ahr")
    done = machine.here(*args, "--remote", url, code=1)
    assert done.stdout == "20260131-142233-sh-9f3c: pushed, 280 B\n".replace(
        "280 B", done.stdout.rpartition(", ")[2].strip()
    )
    errors = done.stderr.splitlines()
    assert len(errors) == 3
    assert "bad.ahr is not an agentrec recording" in errors[0]
    assert "its id '../x' cannot be the name of an object" in errors[1]
    assert "none.ahr does not exist" in errors[2]


def test_a_recording_that_is_still_being_made_is_not_pushed(machine, folder, url):
    path = str(machine.home / "live.ahr")
    writer = Writer(path, {"id": "live", "command": ["sh"]})
    writer.start()
    try:
        done = machine.here("push", path, "--remote", url, code=1)
        assert done.stderr == f"agentrec: {path}: it is still being recorded\n"
        assert not objects(folder)
    finally:
        writer.close()
    assert machine.run("push", path, "--remote", url)[0]["state"] == "pushed"


def test_a_large_file_goes_in_parts_and_goes_on_where_it_was(machine, folder, url):
    path = machine.made(output=os.urandom(2 * PART_BYTES + 1000))
    (row,) = machine.run("push", path, "--remote", url)
    whole = objects(folder)
    assert sum(key.endswith(".ahr.part") for key in whole) == 3
    # As a kill would leave it: the version is written last.
    (folder / row["key"]).unlink()
    (folder / next(key for key in whole if key.endswith(".part"))).unlink()
    kept = {key: (folder / key).stat().st_ino for key in objects(folder)}
    assert machine.run("ls", "--remote", url, code=1) == []
    assert machine.run("push", path, "--remote", url) == [row]
    assert objects(folder) == whole
    assert {key: (folder / key).stat().st_ino for key in kept} == kept


def test_an_object_that_is_not_what_its_name_says_is_found(machine, folder, url):
    path = machine.made()
    (row,) = machine.run("push", path, "--remote", url)
    (damaged,) = folder.rglob("*.ahr")
    damaged.write_bytes(b"x" * damaged.stat().st_size)
    (folder / row["key"]).unlink()
    done = machine.here("push", path, "--remote", url, code=1)
    assert "has other content than its name says (remove that object" in done.stderr


def test_masked_copies_if_the_setting_says_so(machine, folder, url):
    secret = "ghp_" + "a1B2" * 9
    path = machine.made(output=f"token {secret}\r\n".encode())
    machine.here("config", "set", "fleet.redact", "true")
    machine.here("config", "set", "fleet.remote", url)
    (first,) = machine.run("push", path)
    (second,) = machine.run("push", path)
    assert (first["state"], second["state"]) == ("pushed", "already there")
    (file,) = folder.rglob("*.ahr")
    assert secret in machine.here("cat", path).stdout
    assert secret not in machine.here("cat", file).stdout
    (row,) = machine.run("ls", "--remote")
    assert row["masked"] is True
    settings = {row["name"]: row["value"] for row in machine.run("config", "list")}
    assert (settings["fleet.remote"], settings["fleet.redact"]) == (url, True)


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("http://example.org/x", 2, "invalid remote 'http://example.org/x'"),
        ("s3://", 2, "invalid remote 's3://'"),
        ("s3://bucket/x?y=1", 2, "invalid remote"),
        ("file://here/x", 2, "invalid remote"),
        ("file:///", 2, "invalid remote"),
        ("s3://[bucket", 2, "invalid remote"),
        ("s3://key:secret@bucket/x", 2, "invalid remote s3://bucket: it has credentials in it"),
        ("az://box/x", 2, "cannot use az://box/x: Generic MicrosoftAzure error: Account must"),
        ("file:///dev/null/x", 3, "cannot create"),
        ("", 2, "no remote to use"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(machine, url, code, words):
    done = machine.here("push", machine.made(), "--remote", url, code=code)
    assert words in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert "secret" not in done.stderr


def test_a_server_that_is_not_there(machine):
    machine.env |= {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
    }
    done = machine.here("push", machine.made(), "--remote", "s3://box/x", code=3)
    assert done.stderr == "agentrec: cannot list s3://box/x: no connection to the server\n"


def test_without_the_extra_it_says_which(machine, url):
    with mock.patch.dict(sys.modules, {"obstore.store": None}):
        done = machine.here("push", machine.made(), "--remote", url, code=2)
    assert done.stderr.splitlines() == [
        "agentrec: object storage needs obstore, of the extra `fleet`",
        "  install obstore where agentrec is installed",
    ]


def test_a_project_cannot_say_where_recordings_go(machine, url):
    path = machine.made()
    (machine.work / ".agentrec.toml").write_text(f'[fleet]\nremote = "{url}"\n')
    assert "no remote to use" in machine.here("push", path, code=2).stderr
    args = ("config", "set", "--project", "fleet.remote", url)
    assert "fleet.remote cannot be set here" in machine.here(*args, code=2).stderr
    done = machine.here("config", "set", "fleet.remote", "team/recordings", code=2)
    assert "invalid remote 'team/recordings'" in done.stderr


def test_the_version_names_its_files(machine, folder, url):
    path = machine.made()
    (row,) = machine.run("push", path, "--remote", url)
    version = json.loads((folder / row["key"]).read_text())
    (part,) = version["recording"]["parts"]
    assert objects(folder)[f"recordings/{row['id']}/{part['name']}"] == Path(path).read_bytes()
