"""`record --sign` and `verify --signers` with real keys, agents and ssh-keygen."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentrec.errors import AgentrecError
from agentrec.recording.reader import Recording
from agentrec.recording.verify import verify
from agentrec.signatures.signed import statements
from tests.signatures.helpers import (
    MINUTE,
    agentrec,
    allow,
    begin,
    checked,
    make_key,
    record,
    recorded,
    records_of,
    rewritten,
)

# Signs twice a second instead of every minute.
OFTEN = """
from agentrec.signatures import signer
signer.RecordSigner.__init__.__defaults__ = (0.3,)
from agentrec.cli.main import entry
entry()
"""


def test_recorded_and_verified(tmp_path, env, key):
    done, path = recorded(tmp_path, env, "--sign", key)
    assert (done.returncode, done.stderr) == (0, "")
    done = agentrec("verify", "--signers", allow(tmp_path, key), path)
    assert done.returncode == 0
    assert ", allowed: me@x\n" in done.stdout
    assert "integrity: intact" in done.stdout
    assert "completeness: complete: its recorder signed the end" in done.stdout
    facts = json.loads(agentrec("verify", "--json", path).stdout)["signatures"]
    assert (facts["integrity"], facts["completeness"]) == ("intact", "complete")
    assert facts["signer"]["trust"] == "unasked"
    assert agentrec("verify", path).returncode == 0


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_keys_of_other_kinds(tmp_path, env, kind):
    key = make_key(tmp_path, "other", kind)
    _, path = recorded(tmp_path, env, "--sign", key)
    report = checked(path, allow(tmp_path, key))
    assert (report.integrity, report.trust) == ("intact", "allowed")


def test_a_key_that_only_an_agent_has(tmp_path, agent):
    key = make_key(tmp_path, "held")
    subprocess.run(["ssh-add", "-q", key], env=agent, check=True)
    key.unlink()
    public = key.with_name("held.pub")
    done, path = recorded(tmp_path, agent, "--sign", public)
    assert done.returncode == 0, done.stderr
    assert checked(path, allow(tmp_path, key)).trust == "allowed"
    path.unlink()
    done, path = recorded(tmp_path, agent, "--sign")  # the home has none
    assert done.returncode == 0, done.stderr
    assert checked(path, allow(tmp_path, key)).trust == "allowed"


def test_a_key_with_a_passphrase_in_the_agent(tmp_path, agent):
    key = make_key(tmp_path, "locked", passphrase="correct horse")
    done, path = recorded(tmp_path, agent, "--sign", key)
    assert (done.returncode, path.exists()) == (125, False)
    assert f"cannot sign with {key}" in done.stderr
    assert "nothing was run" in done.stderr
    ask = tmp_path / "ask"
    ask.write_text("#!/bin/sh\necho correct horse\n")
    ask.chmod(0o700)
    asking = {**agent, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}
    subprocess.run(["ssh-add", "-q", key], env=asking, check=True)
    done, path = recorded(tmp_path, agent, "--sign", key)
    assert done.returncode == 0, done.stderr
    assert checked(path, allow(tmp_path, key)).trust == "allowed"


def on_terminal(args, env, answers):
    """What a run on a PTY shows, and its code; ``answers``: what is typed when a text was shown."""
    pid, master = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-m", "agentrec", *map(str, args)], env)
    shown = b""
    try:
        while data := os.read(master, 65536):
            shown += data
            if answers and answers[0][0] in shown:
                os.write(master, answers.pop(0)[1])
    except OSError:
        pass
    os.close(master)
    return shown, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_passphrase_is_asked_before_the_command_starts(tmp_path, env):
    key = make_key(tmp_path, "locked", passphrase="correct horse")
    path = tmp_path / "asked.ahr"
    args = ("record", "--no-snapshots", "-o", path, "--sign", key, "--", "echo", "hello")
    shown, code = on_terminal(args, env, [(b"passphrase", b"correct horse\n")])
    assert code == 0, shown
    assert shown.index(b"passphrase") < shown.index(b"hello\r\n")
    assert b"correct horse" not in shown + path.read_bytes()
    assert checked(path, allow(tmp_path, key)).trust == "allowed"
    path.unlink()
    shown, code = on_terminal(args, env, [(b"passphrase", b"wrong\n")])
    assert (code, path.exists()) == (125, False)
    assert b"hello" not in shown.replace(b"echo hello", b"")
    assert b"cannot sign with" in shown


def test_the_setting_signs_all_and_no_sign_does_not(tmp_path, env):
    key = make_key(Path(env["HOME"]) / ".ssh", "id_ed25519")
    assert agentrec("config", "set", "record.sign", "~/.ssh/id_ed25519.pub", env=env).stderr == ""
    done, path = recorded(tmp_path, env)
    assert done.returncode == 0, done.stderr
    assert checked(path, allow(tmp_path, key)).trust == "allowed"
    recorded(tmp_path, env, "--overwrite", "--no-sign")
    assert checked(path).integrity == "unsigned"
    agentrec("config", "unset", "record.sign", env=env)
    recorded(tmp_path, env, "--overwrite")
    assert checked(path).integrity == "unsigned"
    recorded(tmp_path, env, "--overwrite", "--sign")  # as ssh would
    assert checked(path, allow(tmp_path, key)).trust == "allowed"


def test_no_key_no_run(tmp_path, env):
    done, path = recorded(tmp_path, env, "--sign")
    assert (done.returncode, done.stdout, path.exists()) == (125, "", False)
    assert "no key in ~/.ssh, and no agent has one; nothing was run" in done.stderr
    done, path = recorded(tmp_path, env, "--sign", tmp_path / "nowhere")
    assert (done.returncode, path.exists()) == (125, False)
    assert "no key" in done.stderr


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ('valid-before="20200101"', "key has expired"),
        ('namespaces="git"', 'not permitted for use in signature namespace "agentrec"'),
    ],
)
def test_a_signer_who_may_not(tmp_path, key, options, why):
    path = record(tmp_path / "a.ahr", key)
    done = agentrec("verify", "--signers", allow(tmp_path, key, options=options), path)
    assert done.returncode == 1
    assert "not allowed: " in done.stdout
    assert why in done.stdout
    assert "integrity: intact" in done.stdout


def test_a_signer_whose_key_expired_later(tmp_path, key):
    path = record(tmp_path / "a.ahr", key)  # on 2026-01-02
    signers = allow(tmp_path, key, options='valid-before="20260201"')
    report = checked(path, signers)
    assert report.trust == "refused"
    assert report.why.endswith("; it was allowed at the date that the recording has")
    signers = allow(tmp_path, key, options='valid-before="20260101"')
    assert "it was allowed" not in checked(path, signers).why


def test_an_unknown_signer_and_a_missing_list(tmp_path, key):
    path = record(tmp_path / "a.ahr", key)
    others = allow(tmp_path, make_key(tmp_path, "other"))
    done = agentrec("verify", "--signers", others, path)
    assert (done.returncode, "not allowed: its key is not in the list" in done.stdout) == (1, True)
    done = agentrec("verify", "--signers", tmp_path / "nowhere", path)
    assert (done.returncode, "does not exist" in done.stderr) == (3, True)
    done = agentrec("verify", "--signers", tmp_path, path)
    assert (done.returncode, "is a directory\n  --signers takes" in done.stderr) == (3, True)


def test_exit_codes(tmp_path, key):
    path = record(tmp_path / "a.ahr", key)
    allowed = allow(tmp_path, key)
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[: len(data) * 2 // 3])
    done = agentrec("verify", "--signers", allowed, path)
    assert (done.returncode, "incomplete, the end is not signed: signed until" in done.stdout) == (
        5,
        True,
    )
    Path(path).write_bytes(data)
    rewritten(path, lambda found: [*found[:5], (found[5][0], (0, 0, b"other")), *found[6:]])
    done = agentrec("verify", path)
    assert (done.returncode, "are not as they were" in done.stdout) == (1, True)
    plain = tmp_path / "plain.ahr"
    agentrec("record", "--headless", "--no-snapshots", "-q", "-o", plain, "--", "true")
    assert agentrec("verify", plain).returncode == 0
    done = agentrec("verify", "--signers", allowed, plain)
    assert (done.returncode, "it is not signed" in done.stdout) == (1, True)


def test_it_is_said_that_it_is_signed(tmp_path, env, key):
    done = agentrec(
        "record", "--headless", "-q", "--no-snapshots", "--sign", key, "--", "true", env=env
    )
    assert done.returncode == 0, done.stderr
    data = {**env, "XDG_DATA_HOME": env["XDG_DATA_HOME"]}
    facts = json.loads(agentrec("info", "--json", "last", env=data).stdout)
    by = checked(facts["file"]).key
    assert facts["signed_by"] == by
    assert f"signed by  {by}" in agentrec("info", "last", env=data).stdout
    assert json.loads(agentrec("summary", "--json", "last", env=data).stdout)["signed_by"] == by
    assert f"signed by  {by}" in agentrec("summary", "last", env=data).stdout
    listed = json.loads(agentrec("ls", "--json", env=data).stdout)
    assert by in [one["signed_by"] for one in listed]
    agentrec("record", "--headless", "-q", "--no-snapshots", "--", "true", env=env)
    assert json.loads(agentrec("info", "--json", "last", env=data).stdout)["signed_by"] is None


@pytest.fixture
def with_secret(tmp_path, key):
    """Three minutes; something secret was shown in the second."""
    path = tmp_path / "secret.ahr"
    writer = begin(path, key, minutes=1)
    writer.output(MINUTE, b"GITHUB_TOKEN=ghp_0123456789abcdefghijklmnopqrstuvwxyzAB\r\n")
    writer.flush()
    for number in range(5):
        writer.output(2 * MINUTE, b"line %d\r\n" % number)
    writer.close()
    return path


def test_scrubbing_says_what_is_no_longer_signed(tmp_path, with_secret):
    with Recording.open(str(with_secret)) as recording:
        first, second = (one.statement.stop for one in statements(recording).digests[:2])
    line = f"events {first} to {second - 1} (1:00.000 to 1:00.000) are not as they were signed"
    done = agentrec("scrub", "--dry-run", with_secret)
    assert "its signature will not hold for what is masked" in done.stderr
    copy = tmp_path / "copy.ahr"
    done = agentrec("convert", "--redact", with_secret, copy)
    assert line in done.stderr
    done = agentrec("scrub", with_secret)
    assert "does not hold any more" in done.stderr
    assert line in done.stderr
    for path in (copy, with_secret):
        done = agentrec("verify", path)
        assert (done.returncode, line in done.stdout) == (1, True)
        (one,) = checked(path).changed
        assert (one.first, one.stop) == (first, second)


def test_the_text_twin_keeps_signatures(tmp_path, key):
    path = record(tmp_path / "a.ahr", key)
    agentrec("convert", path, tmp_path / "a.jsonl")
    agentrec("convert", tmp_path / "a.jsonl", tmp_path / "b.ahr")
    report = checked(tmp_path / "b.ahr", allow(tmp_path, key))
    assert (report.integrity, report.completeness, report.trust) == (
        "intact",
        "complete",
        "allowed",
    )


def ssh_verify(folder, name, signers, principal):
    return subprocess.run(
        [
            *("ssh-keygen", "-Y", "verify", "-n", "agentrec"),
            *("-f", signers, "-I", principal, "-s", folder / f"{name}.sig"),
        ],
        input=(folder / name).read_bytes(),
        capture_output=True,
    ).returncode


def test_ssh_keygen_agrees(tmp_path, key):
    """What we sign it verifies, and what it signs we do: the user's signature is its own."""
    path = record(tmp_path / "a.ahr", key)
    folder = tmp_path / "out"
    done = agentrec("verify", "--statements", folder, path)
    assert done.returncode == 0
    names = sorted(one.stem for one in folder.glob("*.sig"))
    assert names == ["digests-0000", "digests-0001", "digests-0002", "digests-0003", "session"]
    signers = folder / "session.allowed_signers"
    for name in names:
        who = (allow(tmp_path, key), "me@x") if name == "session" else (signers, "session")
        assert ssh_verify(folder, name, *who) == 0
        (folder / name).write_bytes((folder / name).read_bytes().replace(b"agentrec", b"agentreC"))
        assert ssh_verify(folder, name, *who) != 0
    assert json.loads((folder / "session").read_text())["signer"] in signers.read_text()
    done = agentrec("verify", "--statements", folder, path)
    assert (done.returncode, "already exists\n  name a new" in done.stderr) == (4, True)
    rewritten(path, lambda found: found[1:])
    assert agentrec("verify", "--statements", tmp_path / "none", path).returncode == 4


def start_signing_often(path, key, command):
    return subprocess.Popen(
        [
            *(sys.executable, "-c", OFTEN, "record", "--headless", "--no-snapshots", "-q"),
            *("-o", path, "--sign", key, "--", "sh", "-c", command),
        ],
        stdout=subprocess.DEVNULL,
    )


def wait_for_signatures(path, count):
    while True:
        try:
            with Recording.open(str(path)) as recording:
                if recording.index.counts.get("sys/signature", 0) >= count:
                    return
        except AgentrecError:
            pass  # it is about to begin
        time.sleep(0.05)


def test_a_killed_recorder_leaves_what_was_signed(tmp_path, key):
    path = tmp_path / "killed.ahr"
    with start_signing_often(path, key, "while echo line; do sleep 0.02; done") as process:
        wait_for_signatures(path, 2)
        process.send_signal(signal.SIGKILL)
    assert verify(str(path)).state == "torn"
    report = checked(path, allow(tmp_path, key))
    assert (report.integrity, report.completeness, report.trust) == (
        "intact",
        "incomplete",
        "allowed",
    )
    assert report.statements >= 2
    assert report.until > 0
    assert agentrec("verify", path).returncode == 5


def test_a_recording_that_falls_silent_is_signed_to_where_it_is(tmp_path, key):
    """Nothing more has to come for the timer to sign."""
    path = tmp_path / "silent.ahr"
    with start_signing_often(path, key, "echo line; exec sleep 60") as process:
        wait_for_signatures(path, 1)
        assert checked(path).completeness == "live"
        process.terminate()
    assert checked(path).completeness == "complete"
    _, found = records_of(path)
    signatures = [1 for _, (_, _, payload) in found if b'"kind":"signature"' in payload]
    assert len(signatures) <= 4  # none for signatures alone
