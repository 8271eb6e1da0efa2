"""`agentrec serve --remote`: what is in a remote is listed, and played by reading ranges of it."""

import json
import os
from pathlib import Path
from unittest import mock

import pyrage
import pytest

from agentrec.fleet.bucket.remote import Remote, open_remote
from agentrec.recording.encryption import identities
from agentrec.web.app import REMOTE_OPERATIONS
from agentrec.web.catalogs import remote_catalog
from agentrec.web.openapi import document
from tests.fleet.machines import Machine, machines, object_server, remote
from tests.web.serving import Serving

__all__ = ["machines", "object_server", "remote"]
MEGABYTE = 1_000_000


@pytest.fixture
def bucket(tmp_path, remote, monkeypatch):
    """A machine, the URL of a remote, and what was read of it in ranges."""
    url, env = remote
    machine = Machine(tmp_path / "a", env)
    ranges = []
    read = Remote.read_range

    def counted(self, key, start, end):
        ranges.append(end - start)
        return read(self, key, start, end)

    monkeypatch.setattr(Remote, "read_range", counted)
    for name, value in machine.env.items():
        monkeypatch.setenv(name, value)
    return machine, url, ranges


def serving(machine, url, **settings):
    return Serving(env=machine.env, remote=open_remote(url), **settings)


def test_it_is_listed_and_played(bucket):
    machine, url, _ = bucket
    path = machine.made(output=b"in the bucket\r\n", title="One")
    machine.here("push", path, "--remote", url)
    Path(path).unlink()
    with serving(machine, url) as server:
        (row,) = server.get("/sessions").json["sessions"]
        assert (row["title"], row["command"], row["state"]) == ("One", ["sh"], "complete")
        assert row["index_complete"] is False
        name = f"/sessions/{row['id']}"
        assert server.get(name).json["live"] is False
        assert server.get(f"{name}/timeline").json["branches"] == []
        assert "in the bucket" in server.get(f"{name}/screen").json["text"][0]
        (frame,) = server.get(f"{name}/film?t=1").json["frames"]
        assert "in the bucket" in json.dumps(frame)
        assert server.get(f"{name}/activity").json["output"]
        assert server.get(f"{name}/events?track=term").json["events"]
        assert server.get(f"{name}/summary").json["id"] == row["id"]
        found = server.get("/search?q=bucket").json
        assert (found["total"], found["left_out"]["recordings"]) == (0, 1)
        assert server.get("/sessions/nobody").status == 404


def test_what_comes_into_the_remote_comes_into_the_list(bucket, monkeypatch):
    machine, url, _ = bucket
    monkeypatch.setattr(remote_catalog, "LIST_SECONDS", 0.0)
    path = machine.made("one")
    machine.here("push", path, "--remote", url)
    with serving(machine, url) as server:
        assert server.get("/sessions").json["total"] == 1
        machine.here("push", machine.made("two"), "--remote", url)
        machine.here("title", path, "better")
        machine.here("push", path, "--remote", url)
        rows = server.get("/sessions").json["sessions"]
        assert {row["id"]: row["title"] for row in rows} == {"one": "better", "two": ""}


@pytest.mark.slow
def test_the_first_frame_of_a_large_one_reads_little_of_it(bucket):
    machine, url, ranges = bucket
    path = machine.made(output=os.urandom(200 * MEGABYTE))
    assert os.path.getsize(path) > 200 * MEGABYTE
    machine.here("push", path, "--remote", url)
    with serving(machine, url) as server:
        (row,) = server.get("/sessions").json["sessions"]
        assert not ranges
        name = f"/sessions/{row['id']}"
        for part in ("", "/timeline", "/film?t=0&limit=1"):
            assert server.get(name + part).status == 200
        assert sum(ranges) <= 4 * MEGABYTE
        assert len(ranges) <= 12
        before = len(ranges)
        assert server.get(f"{name}/film?t=0&limit=1").status == 200
        assert len(ranges) == before  # what was read once is kept


def test_an_encrypted_one_opens_with_a_key(bucket, tmp_path):
    machine, url, _ = bucket
    identity = pyrage.x25519.Identity.generate()
    key = tmp_path / "identity"
    key.write_text(f"{identity}\n")
    path = machine.made(output=b"in the bucket\r\n", title="One")
    variables = {"AGENTREC_ENCRYPT_TO": str(identity.to_public())}
    with mock.patch.dict(machine.env, variables):
        machine.here("push", path, "--remote", url)
    with serving(machine, url) as server:
        (row,) = server.get("/sessions").json["sessions"]
        assert (row["title"], row["state"]) == ("", "encrypted")
        with mock.patch("agentrec.recording.encryption.own_keys._KEYS", {}):
            answer = server.get(f"/sessions/{row['id']}/screen")
            assert answer.status == 400
            assert "is encrypted" in answer.problem
            with mock.patch.dict(os.environ, {identities.VARIABLE: str(key)}):
                identities.allow()
                try:
                    shown = server.get(f"/sessions/{row['id']}/screen").json
                finally:
                    identities.forget()
        assert "in the bucket" in shown["text"][0]


def test_nothing_else_can_be_done_with_it(bucket):
    machine, url, _ = bucket
    machine.here("push", machine.made(), "--remote", url)
    operations = [
        (method.upper(), path)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        if operation["operationId"] not in REMOTE_OPERATIONS
    ]
    assert ("POST", "/api/v1/sessions/{id}/moments") in operations
    with serving(machine, url) as server:
        for method, path in operations:
            body = {} if method == "POST" else None
            target = path.replace("{id}", "20260131-142233-sh-9f3c").translate({123: "", 125: ""})
            answer = server.request(method, target, body)
            assert answer.status in (404, 405), path
            assert path == "/v1/traces" or "recordings in a remote" in answer.problem


def test_a_remote_that_is_lost_is_said(bucket, monkeypatch):
    machine, url, _ = bucket
    monkeypatch.setattr(remote_catalog, "LIST_SECONDS", 0.0)
    machine.here("push", machine.made(), "--remote", url)
    opened = open_remote(url)
    with Serving(env=machine.env, remote=opened) as server:
        from agentrec.fleet.bucket.remote import RemoteError

        def lost(*_):
            raise RemoteError("no connection to the server")

        monkeypatch.setattr(opened, "list", lost)
        answer = server.get("/sessions")
        assert (answer.status, answer.problem) == (503, "no connection to the server")
