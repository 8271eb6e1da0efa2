"""The JSON of a version, also from somebody else."""

import dataclasses
import json

import pytest

from agentrec.errors import FormatError
from agentrec.fleet.bucket.object_names import VersionName, identity_of
from agentrec.fleet.bucket.stored_version import (
    PART_BYTES,
    FilePart,
    StoredConversation,
    StoredFile,
    StoredSnapshots,
    StoredVersion,
    parse_version_json,
)

HASH = "ab" * 32
NAME = VersionName("run", 0, 3, identity_of(HASH, {"work-1": {"run": "ef" * 20}}))
ABOUT = {
    "title": "a title",
    "command": ["sh", "-c", "true"],
    "cwd": "/work",
    "duration": 1.5,
    "state": "complete",
    "masked": False,
    "producer": "agentrec",
}


def file(suffix):
    return StoredFile(HASH, 7, (FilePart(HASH + suffix, 7, HASH),))


def version():
    snapshots = StoredSnapshots("work-1", "/work", {"run": "ef" * 20}, file(".pack"))
    conversation = StoredConversation("work-1", "run", "/home/t.jsonl", file(".akc"))
    return StoredVersion(NAME, file(".ahr"), (snapshots,), (conversation,), ABOUT)


def test_what_was_written_is_read():
    assert parse_version_json(version().to_json(), NAME) == version()
    assert version().size == 21


def test_names_that_are_not_text():
    odd = dataclasses.replace(version(), about=ABOUT | {"cwd": "/\udcff", "title": "é"})
    assert parse_version_json(odd.to_json(), NAME) == odd


def changed(*path_and_value):
    """The JSON with the value at a path replaced."""
    *path, last, value = path_and_value
    data = json.loads(version().to_json())
    place = data
    for key in path:
        place = place[key]
    place[last] = value
    return json.dumps(data).encode()


PART = ("recording", "parts", 0)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        changed("format", "agentrec.fleet/v2"),
        changed("id", "other"),
        changed("recording", "sha256", "x"),
        changed("recording", "parts", []),
        changed("recording", "size", 8),
        changed(*PART, "name", "../../etc/passwd"),
        changed(*PART, "name", "cd" * 32 + ".ahr"),
        changed(*PART, "size", -7),
        changed("recording", "parts", [{"name": HASH + ".ahr", "size": PART_BYTES + 1}]),
        changed("snapshots", 0, "store", "../x"),
        changed("snapshots", 0, "heads", {"run": "refs/heads/main"}),
        changed("snapshots", 0, "pack", None),
        changed("conversations", 0, "store", "/x"),
        changed("conversations", 0, "path", "a\0b"),
        changed("conversations", 0, "recording", 7),
    ],
)
def test_anything_else_is_refused(raw):
    with pytest.raises(FormatError):
        parse_version_json(raw, NAME)


def test_the_name_says_what_it_consists_of():
    other = changed("snapshots", 0, "heads", {"run": "ab" * 20})
    with pytest.raises(FormatError, match="not the version that its name says"):
        parse_version_json(other, NAME)


def test_wrong_values_of_a_list_are_absent_ones():
    data = changed("title", 7)
    assert parse_version_json(data, NAME).about["title"] == ""
