"""`push`, `sync` and `ci --push` encrypt what is not encrypted here, if the setting says to whom."""

import os
from pathlib import Path
from unittest import mock

import duckdb
import pyrage
import pytest

from agentrec.recording.reader import open_input
from tests.fleet.machines import Machine, objects

SECRET = "ghp_" + "a1B2" * 9
WORDS = (b"PLANTEDTITLE", b"PLANTEDOUTPUT", SECRET.encode())


@pytest.fixture
def sealing(machines, tmp_path):
    """Two machines whose setting has a recipient, a remote, and the file of the identity."""
    identity = pyrage.x25519.Identity.generate()
    file = tmp_path / "identity"
    file.write_text(f"{identity}\n")
    first, second, url = machines
    for machine in (first, second):
        machine.here("config", "set", "record.encrypt-to", str(identity.to_public()))
    return first, second, url, file


def made(machine, **about):
    output = f"PLANTEDOUTPUT {SECRET}\r\n".encode()
    return machine.made(output=output, title="PLANTEDTITLE", **about)


def states(result):
    return [(row["id"], row["state"]) for row in result["recordings"]]


def test_a_copy_is_encrypted_and_opens_elsewhere_with_the_key(sealing):
    first, second, url, key = sealing
    path = made(first)
    (row,) = first.run("push", path, "--remote", url)
    assert "-sealed-of-" in row["key"]
    assert first.run("push", path, "--remote", url)[0]["state"] == "already there"
    (listed,) = first.run("ls", "--remote", url)
    assert (listed["state"], listed["title"], listed["command"]) == ("encrypted", "", [])
    (pulled,) = second.run("pull", row["id"], "--remote", url)
    assert not any(word in Path(pulled["file"]).read_bytes() for word in WORDS)
    closed = second.agentrec(
        "cat", pulled["file"], code=2
    )  # another process: this one made the keys
    assert "is encrypted" in closed.stderr
    shown = second.here("cat", "--identity", key, pulled["file"])
    assert "PLANTEDOUTPUT" in shown.stdout
    copy = str(second.home / "plain.ahr")
    second.here("convert", "--identity", key, pulled["file"], copy)
    assert "PLANTEDTITLE" in second.here("info", copy).stdout


def test_nothing_of_it_is_in_the_index(tmp_path):
    machine, folder = Machine(tmp_path / "a"), tmp_path / "remote"
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    made(machine)
    with mock.patch.dict(machine.env, {"AGENTREC_ENCRYPT_TO": recipient}):
        done = machine.here("push", "last", "--remote", f"file://{folder}")
    assert "not searchable in the remote: it is encrypted" in done.stderr
    (index,) = folder.rglob("*.parquet")
    rows = str(duckdb.read_parquet(str(index)).fetchall())
    assert "20260131-142233-sh-9f3c" in rows
    assert not any(word.decode() in rows for word in WORDS)


def test_sync_is_done_after_it_was_done_and_titles_come_to_the_other_side(sealing):
    first, second, url, _ = sealing
    name, path = "20260131-142233-sh-9f3c", made(first)
    assert states(first.run("sync", "--remote", url)) == [(name, "pushed")]
    assert states(second.run("sync", "--remote", url)) == [(name, "pulled")]
    for machine in (first, second, first):
        assert machine.run("sync", "--remote", url)["unchanged"] == 1
    first.here("title", path, "a better one")
    assert states(first.run("sync", "--remote", url)) == [(name, "pushed")]
    assert states(second.run("sync", "--remote", url)) == [(name, "pulled")]
    for machine in (first, second, first):
        assert machine.run("sync", "--remote", url)["unchanged"] == 1
    with open_input(path, decrypt=False) as here:
        assert here.read(4) == Path(path).read_bytes()[:4]
    assert "PLANTEDOUTPUT" in first.here("cat", path).stdout  # still in the clear here


@pytest.mark.parametrize("order", ["plain first", "encrypted first"])
def test_plain_says_otherwise_and_each_machine_keeps_what_it_has(sealing, order):
    first, second, url, _ = sealing
    path = made(first)
    options = [["--plain"], []] if order == "plain first" else [[], ["--plain"]]
    keys = [first.run("push", path, "--remote", url, *more)[0]["key"] for more in options]
    assert sorted("sealed" in key for key in keys) == [False, True]
    for more in options:
        assert first.run("sync", "--remote", url, *more)["unchanged"] == 1
    second.run("pull", Path(path).stem, "--remote", url)  # the encrypted one has more bytes
    assert second.run("sync", "--remote", url)["unchanged"] == 1
    assert "PLANTEDOUTPUT" in first.here("cat", path).stdout


def test_other_recipients_get_a_copy_of_their_own(sealing):
    first, _, url, _ = sealing
    path = made(first)
    other = str(pyrage.x25519.Identity.generate().to_public())
    keys = {first.run("push", path, "--remote", url)[0]["key"]}
    first.here("config", "set", "record.encrypt-to", other)
    keys.add(first.run("push", path, "--remote", url)[0]["key"])
    assert len(keys) == 2


def test_masked_and_encrypted(sealing):
    first, second, url, key = sealing
    path = made(first)
    (row,) = first.run("push", path, "--redact", "--remote", url)
    assert "-sealed-masked-of-" in row["key"]
    assert first.run("push", path, "--redact", "--remote", url)[0]["state"] == "already there"
    (pulled,) = second.run("pull", row["id"], "--remote", url)
    shown = second.here("cat", "--identity", key, pulled["file"]).stdout
    assert "PLANTEDOUTPUT" in shown
    assert SECRET not in shown
    for machine in (first, second):
        assert machine.run("sync", "--redact", "--remote", url)["unchanged"] == 1


def test_snapshots_stay_here_with_a_word(tmp_path):
    machine = Machine(tmp_path / "a")
    identity = pyrage.x25519.Identity.generate()
    _, path = machine.recorded("echo two > two; sleep 0.4")
    machine.here("config", "set", "record.encrypt-to", str(identity.to_public()))
    url = f"file://{tmp_path}/remote"
    done = machine.here("push", path, "--remote", url)
    assert "with snapshots" not in done.stdout
    assert "of 1 recording stay here: they cannot be encrypted (--plain uploads" in done.stderr
    assert not list((tmp_path / "remote").rglob("*.pack"))
    (row,) = machine.run("push", path, "--plain", "--remote", url)
    assert (row["state"], row["snapshots"]) == ("pushed", True)


def test_what_is_encrypted_here_stays_as_it_is(tmp_path):
    machine = Machine(tmp_path / "a")
    identity = pyrage.x25519.Identity.generate()
    machine.here("config", "set", "record.encrypt-to", str(identity.to_public()))
    machine.here("record", "--headless", "-q", "--", "echo", "hello")
    (row,) = machine.run("ls")
    url = f"file://{tmp_path}/remote"
    (pushed,) = machine.run("push", row["file"], "--remote", url)
    assert "sealed" not in pushed["key"]
    there = objects(tmp_path / "remote")
    assert Path(row["file"]).read_bytes() in there.values()


def test_ci_records_and_encrypts_on_the_way(tmp_path):
    machine = Machine(tmp_path / "a")
    identity = pyrage.x25519.Identity.generate()
    machine.here("config", "set", "record.encrypt-to", str(identity.to_public()))
    out, remote = tmp_path / "out", tmp_path / "remote"
    done = machine.here("ci", "-o", out, "--", "true", code=2)
    assert "cannot encrypt" in done.stderr
    command = ("--remote", f"file://{remote}", "--", "echo", "PLANTEDOUTPUT")
    machine.agentrec("ci", "-o", out, "--push", *command)
    assert list(out.glob("*.ahr"))
    there = objects(remote)
    assert [key for key in there if "-sealed-of-" in key]
    assert not any(os.fsencode("PLANTEDOUTPUT") in data for data in there.values())
    machine.agentrec("ci", "-o", out, "--push", "--plain", *command)
    assert [key for key in objects(remote).keys() - there.keys() if key.endswith(".json")]
