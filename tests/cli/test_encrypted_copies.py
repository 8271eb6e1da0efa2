"""Cuts, joins and masked copies of encrypted recordings: they are encrypted to the same recipients."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import pyrage
import pytest

from agentrec.recording.encryption import envelope
from agentrec.recording.encryption.identities import VARIABLE
from agentrec.recording.reader import Recording
from tests.cli.test_encrypted import agentrec

SECRET = "ghp_" + "aB3dE5gH7jK9" * 3
WORDS = ("PLANTED", SECRET)
SCRIPT = f"echo PLANTED; sleep 0.6; echo more; sleep 0.6; echo {SECRET}; echo end"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Keys and recordings, of which none is changed."""
    home = tmp_path_factory.mktemp("home")
    (home / "tmp").mkdir()
    for name in ("ours", "theirs"):
        identity = pyrage.x25519.Identity.generate()
        (home / name).write_text(f"{identity}\n")
        (home / f"{name}.pub").write_text(f"{identity.to_public()}\n")
    ours = [f"--encrypt-to={home / 'ours.pub'}", f"--encrypt-to={home / 'theirs.pub'}"]
    kinds = {"run": ours, "other": [f"--encrypt-to={home / 'ours.pub'}"], "plain": []}
    for name, options in kinds.items():
        words = [
            "record",
            "--headless",
            "-q",
            "--title=PLANTED",
            *options,
            "-o",
            home / f"{name}.ahr",
        ]
        done = agentrec(home, *words, "--", "sh", "-c", SCRIPT, cwd=home)
        assert done.returncode == 0, done.stderr
    return SimpleNamespace(home=home, run=home / "run.ahr", key=["--identity", home / "ours"])


def recipients(made, file):
    done = agentrec(made.home, "info", "--json", "--identity", made.home / "theirs", file)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["header"]["recipients"]


def shown(made, file):
    return agentrec(made.home, "cat", *made.key, file).stdout.split()


@pytest.mark.parametrize(
    "words",
    [
        *("cut RUN --since 0.5", "cut RUN --drop 0.5..0.7", "trim RUN --idle 0.1", "speed RUN 4"),
        *("join RUN RUN", "join PLAIN RUN", "scrub RUN"),
    ],
)
def test_it_is_encrypted_to_the_same_recipients(made, tmp_path, words):
    words = words.split()
    files = {"RUN": made.run, "PLAIN": made.home / "plain.ahr"}
    new = tmp_path / "new.ahr"
    command = [files.get(word, word) for word in words]
    before = made.run.read_bytes()
    done = agentrec(made.home, *command, *made.key, "-o", new, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    secret = "*" * len(SECRET) if words[0] == "scrub" else SECRET
    assert shown(made, new) == ["PLANTED", "more", secret, "end"]
    assert recipients(made, new) == recipients(made, made.run)
    assert json.loads(agentrec(made.home, "verify", "--json", new).stdout)["state"] == "closed"
    verified = agentrec(made.home, "verify", "--json", *made.key, new)
    assert json.loads(verified.stdout)["state"] == "whole"
    assert made.run.read_bytes() == before
    written = [*made.home.rglob("*"), *tmp_path.rglob("*")]
    for file in (one for one in written if one.is_file() and one.name != "plain.ahr"):
        assert not any(word.encode() in file.read_bytes() for word in WORDS), file
    with Recording.outside(str(new)) as recording:
        assert "-encrypted-" in recording.header["id"] or words[0] == "scrub"


def test_without_a_key_it_is_refused(made, tmp_path):
    for words in (["cut", made.run, "--since", "0.1"], ["scrub", made.run]):
        done = agentrec(made.home, *words, "-o", tmp_path / "new.ahr")
        assert done.returncode == 2
        assert "a private key is needed to open it" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_recordings_for_different_recipients_are_not_joined(made, tmp_path):
    words = ["join", *made.key, made.run, made.home / "other.ahr", "-o", tmp_path / "new.ahr"]
    done = agentrec(made.home, *words)
    assert done.returncode == 2
    first, hint = done.stderr.splitlines()
    assert first.endswith("other.ahr is encrypted to others than what is before it")
    assert f"agentrec convert --identity {made.home / 'ours'} " in hint
    assert list(tmp_path.iterdir()) == []


def test_a_scrub_in_place(made, tmp_path):
    copy = tmp_path / "run.ahr"
    shutil.copy(made.run, copy)
    done = agentrec(made.home, "scrub", *made.key, "--dry-run", copy)
    assert "1 secret would be masked" in done.stdout
    assert copy.read_bytes() == made.run.read_bytes()
    assert agentrec(made.home, "scrub", *made.key, copy).returncode == 0
    assert shown(made, copy) == ["PLANTED", "more", "*" * len(SECRET), "end"]
    assert recipients(made, copy) == recipients(made, made.run)
    assert [one.name for one in tmp_path.iterdir()] == ["run.ahr"]
    waiting = made.home / "state" / "agentrec" / "packing"
    assert not waiting.exists() or not list(waiting.rglob("*run*"))


def test_a_cut_is_known_as_one_without_a_key(made):
    """It is never the last run, and `rm` says that its original has it."""
    folder = made.home / "data" / "agentrec" / "recordings"
    words = ["record", "--headless", "-q", "--encrypt-to", made.home / "ours.pub", "--"]
    assert agentrec(made.home, *words, "echo", "one").returncode == 0
    (original,) = folder.rglob("*.ahr")
    done = agentrec(made.home, "cut", *made.key, original, "--since", "0.001", "--json")
    assert done.returncode == 0, done.stderr
    new = json.loads(done.stdout)
    with Recording.outside(new["file"]) as recording:
        parent = recording.header["parent"]
        assert {*recording.header} == {"version", "file", "id", "created", "parent"}
    assert parent == {"id": original.stem, "relation": "cut", "of": [original.stem]}
    assert json.loads(agentrec(made.home, "info", "--json", *made.key, "last").stdout)[
        "file"
    ] == str(original)
    removal = agentrec(made.home, "rm", "--dry-run", "--json", original)
    assert new["file"] in json.dumps(json.loads(removal.stdout))


def test_another_parent_outside_is_noticed(made, tmp_path):
    new = tmp_path / "new.ahr"
    agentrec(made.home, "cut", *made.key, made.run, "--since", "0.1", "-o", new)
    data = new.read_bytes()
    with Recording.outside(str(new)) as recording:
        header = recording.header
    begins = envelope.pack_header(header, bytes.fromhex(header["file"]))
    assert data.startswith(begins)
    other = {**header, "parent": {**header["parent"], "id": header["parent"]["id"][::-1]}}
    changed = envelope.pack_header(other, bytes.fromhex(header["file"]))
    assert len(changed) == len(begins)
    new.write_bytes(changed + data[len(begins) :])
    done = agentrec(made.home, "verify", *made.key, new)
    assert done.returncode == 1
    assert "what shows of its header is not what is inside" in done.stdout


def test_the_key_may_stand_between(made, tmp_path):
    copy = tmp_path / "run.ahr"
    shutil.copy(made.run, copy)
    assert agentrec(made.home, "title", copy, *made.key, "NEW").returncode == 0
    assert agentrec(made.home, "tag", copy, *made.key, "one", "two").returncode == 0
    assert agentrec(made.home, "title", *made.key, copy).stdout == "NEW\n"
    assert agentrec(made.home, "tag", copy, *made.key).stdout == "one two\n"
    done = agentrec(made.home, "title", copy, *made.key, "NEW", "too many")
    assert (done.returncode, "unrecognized arguments: too many" in done.stderr) == (2, True)
    done = agentrec(made.home, "title", copy, "--nonsense", "NEW")
    assert (done.returncode, "unrecognized arguments: --nonsense" in done.stderr) == (2, True)


def test_what_is_not_known_of_it_is_null(made):
    (row,) = json.loads(agentrec(made.home, "ls", "--json", "--folder", made.run).stdout)
    names = ("duration", "raw", "events", "turns", "errors", "tokens", "moments", "snapshots")
    assert {name: row[name] for name in names} == dict.fromkeys(names)
    assert row["size"] == made.run.stat().st_size


@pytest.mark.parametrize(("key", "state"), [(False, "closed"), (True, "whole")])
def test_one_from_a_pipe_is_verified(made, key, state):
    with made.run.open("rb") as stdin:
        words = ["verify", "--json", *(made.key if key else ()), "-"]
        done = agentrec(made.home, *words, stdin=stdin)
    found = json.loads(done.stdout)
    assert (done.returncode, found["state"], found["file"]) == (0, state, "standard input")


@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_suggested_command_opens_it(made, tmp_path, by):
    torn = tmp_path / "torn.ahr"
    torn.write_bytes(made.run.read_bytes()[:-300])
    env = {VARIABLE: str(made.home / "ours")} if by == "variable" else {}
    key = made.key if by == "option" else []
    option = f" --identity {made.home / 'ours'}" if by == "option" else ""
    told = agentrec(made.home, "verify", *key, torn, env=env).stdout
    assert f"`agentrec repair{option} {torn}` writes" in told
    done = agentrec(made.home, "title", *key, torn, "NEW", env=env)
    assert f"repair it first: agentrec repair{option} {torn}\n" in done.stderr


def test_a_setting_that_names_no_key_is_refused(made, tmp_path):
    env = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    for wrong in ("age1nonsense", "missing.pub", made.home / "ours"):
        done = agentrec(made.home, "config", "set", "record.encrypt-to", wrong, env=env)
        assert done.returncode == 2, wrong
    assert not (tmp_path / "config").exists()
    words = ["config", "set", "record.encrypt-to", "ours.pub"]
    assert agentrec(made.home, *words, env=env, cwd=made.home).returncode == 0
    done = agentrec(made.home, "config", "get", "record.encrypt-to", env=env)
    assert done.stdout == f"{made.home / 'ours.pub'}\n"
