"""Object stores: a directory, and SeaweedFS."""

import os
from unittest import mock

import pytest

from agentrec.fleet.bucket.remote import RemoteError, open_remote
from tests.fleet.machines import needs_weed


@pytest.fixture
def store(remote):
    url, env = remote
    with mock.patch.dict(os.environ, env):
        yield open_remote(url, create=True)


def test_an_object_is_created_once(store):
    store.create("a/x.ahr", b"one")
    store.create("a/x.ahr", b"one")
    with pytest.raises(RemoteError, match="other content than its name says"):
        store.create("a/x.ahr", b"two")
    store.create("a/x.ahr", b"two", must_be_same=False)
    assert store.read("a/x.ahr", 3) == b"one"
    with pytest.raises(RemoteError, match="larger than it can be"):
        store.read("a/x.ahr", 2)
    with pytest.raises(RemoteError, match="cannot read a/none"):
        store.read("a/none", 9)


def test_what_is_there(store):
    for number in range(1, 4):
        store.create(f"a/{number}.ahr", b"x" * number)
    store.create("ab/1.ahr", b"of another folder")
    there = {one.key: one for one in store.list("a")}
    assert {key: one.size for key, one in there.items()} == {
        "a/1.ahr": 1,
        "a/2.ahr": 2,
        "a/3.ahr": 3,
    }
    assert store.has(there["a/2.ahr"], b"xx")
    assert not store.has(there["a/2.ahr"], b"xy")
    assert not store.has(there["a/2.ahr"], b"x")
    assert list(store.list("none")) == []


def test_a_directory_that_push_makes_is_the_users_own(tmp_path):
    open_remote(f"file://{tmp_path}/new%20one/x", create=True).create("a", b"")
    assert (tmp_path / "new one").stat().st_mode & 0o777 == 0o700
    with pytest.raises(RemoteError, match="is not a directory"):
        open_remote(f"file://{tmp_path}/none")


@needs_weed
def test_what_a_server_says_is_one_line(object_server):
    url = object_server.bucket("said")
    refused = ("AWS_SECRET_ACCESS_KEY", "wrong", "SignatureDoesNotMatch: The request signature")
    for name, value, words in (refused, ("", "", "NoSuchBucket: The specified bucket")):
        with mock.patch.dict(os.environ, {**object_server.env, name or "X": value}):
            remote = open_remote(url if name else "s3://no-such-bucket")
            with pytest.raises(RemoteError) as caught:
                remote.check()
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)
        assert bool(caught.value.hint) == bool(name)
