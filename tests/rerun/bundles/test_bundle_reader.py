"""Bundles: both formats read and written, and hostile ones refused."""

import json

import pytest

from agentrec.errors import FormatError
from agentrec.rerun.bundles.bundle import KODELYTH, MAX_TEXT_BYTES, SCHEMA, bundle_text
from agentrec.rerun.bundles.bundle_reader import MAX_BYTES, parse_bundle

WORKER = {"slug": "parser", "task": "Mend it.", "handoff": "Done.", "status": "completed"}
EXAMPLE = {
    "schema": KODELYTH,
    "session": "api-hardening",
    "exported_at": "2026-05-01T12:00:00Z",
    "exported_by": "someone",
    "meta": {
        "task": "Harden the API",
        "agents": ["planner", "reviewer"],
        "harness": "claude",
        "base_ref": "main",
    },
    "workers": [WORKER, {**WORKER, "slug": "docs", "status": "blocked"}],
}


def parsed(**more):
    return parse_bundle(json.dumps({**EXAMPLE, **more}).encode(), "x.json")


def with_files(files):
    return parsed(schema=SCHEMA, workers=[{**WORKER, "files": files}])


@pytest.mark.parametrize("meta", [EXAMPLE["meta"], {**EXAMPLE["meta"], "agents": "a,b"}])
def test_kodelyth_comes_back_equal(meta):
    before = {**EXAMPLE, "meta": meta}
    assert parse_bundle(json.dumps(before).encode(), "x").as_kodelyth() == before


def test_ours_comes_back_equal():
    files = {
        "a.py": {"mode": "100644", "lines": ["x = 1\n", "\n", "y"]},
        "b.bin": {"mode": "100755", "base64": "AAE="},
        "c": {"mode": "120000", "target": "a.py"},
        "d": {"deleted": True},
    }
    worker = {
        **WORKER,
        "agent": "codex",
        "model": "m",
        "options": ["-m", "m"],
        "base_commit": "a" * 40,
        "files": files,
        "expected": {"exit": 0},
    }
    before = {**EXAMPLE, "schema": SCHEMA, "workers": [worker], "masked": {"openai": 1}}
    text = bundle_text(parse_bundle(json.dumps(before).encode(), "x").as_data())
    assert json.loads(text) == before
    assert bundle_text(parse_bundle(text.encode(), "x").as_data()) == text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"schema": "other/v1"}, "is not a bundle"),
        ({"workers": []}, "0 workers"),
        ({"workers": [WORKER] * 1001}, "1001 workers"),
        ({"workers": [WORKER, WORKER]}, "the same slug"),
        ({"workers": [{**WORKER, "slug": "../x"}]}, "invalid slug"),
        ({"workers": [{**WORKER, "slug": "a\u001b[2J"}]}, "invalid slug"),
        ({"workers": [{**WORKER, "task": "x" * 70_000}]}, "too long"),
        ({"workers": [{**WORKER, "task": "a\0b"}]}, "NUL"),
        ({"workers": [{**WORKER, "agent": "/bin/sh"}]}, "is a path"),
        ({"workers": [{**WORKER, "base_commit": "--upload-pack=x"}]}, "invalid base_commit"),
    ],
)
def test_hostile_bundles(more, words):
    with pytest.raises(FormatError, match=words):
        parsed(**more)


@pytest.mark.parametrize(
    "path",
    [
        *("../x", "/etc/passwd", "a/../../x", "a//b", "./a", "", "a/.git/hooks/pre-commit"),
        *(".GIT/config", "a\nb", "a\u001b[2J", "a\0b", "x" * 2000, ".git"),
    ],
)
def test_hostile_paths(path):
    with pytest.raises(FormatError, match="invalid path"):
        with_files({path: {"mode": "100644", "lines": []}})


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"mode": "120000", "target": "/etc"}, "leads outside"),
        ({"mode": "120000", "target": "../.."}, "leads outside"),
        ({"mode": "120000", "target": ""}, "leads outside"),
        ({"mode": "160000", "lines": []}, "invalid mode"),
        ({"mode": "104755", "lines": []}, "invalid mode"),
        ({"mode": "100644", "base64": "%%%"}, "invalid content"),
        ({"mode": "100644", "lines": ["x" * (9 << 20)]}, "larger than 8 MiB"),
        ("text", "invalid entry"),
    ],
)
def test_hostile_files(entry, words):
    with pytest.raises(FormatError, match=words):
        with_files({"a/b": entry})


def test_sizes():
    entry = {"mode": "100644", "lines": ["x" * (7 << 20)]}
    with pytest.raises(FormatError, match="larger than 32 MiB"):
        with_files({f"f{n}": entry for n in range(5)})
    with pytest.raises(FormatError, match="more than 10,000 files"):
        with_files({f"f{n}": {"deleted": True} for n in range(10_001)})
    with pytest.raises(FormatError, match="larger than 64 MiB"):
        parse_bundle(b"{" + b" " * MAX_BYTES, "x")
    with pytest.raises(FormatError, match="larger than 16 MiB"):
        parse_bundle("\u00e9".encode() + b" " * MAX_TEXT_BYTES, "x")


def test_a_large_bundle_is_written_so_that_it_can_be_read():
    lines = ["\u00e9" + "x" * (6 << 20)]
    bundle = with_files({f"f{n}": {"mode": "100644", "lines": lines} for n in range(3)})
    text = bundle_text(bundle.as_data())
    assert text.isascii()
    assert parse_bundle(text.encode(), "x") == bundle


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("[],", "too many values"),
        ('"x",', "too many values"),
        ("[", "nested too deeply"),
    ],
)
def test_values_without_end(value, words):
    text = json.dumps({"schema": SCHEMA})[:-1] + ', "workers": [' + value * (2 << 20)
    with pytest.raises(FormatError, match=words):
        parse_bundle(text.encode(), "x")


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"schema": 1}'])
def test_what_is_no_bundle(raw):
    with pytest.raises(FormatError):
        parse_bundle(raw, "x")
