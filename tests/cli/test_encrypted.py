"""Encrypted recordings from the command line: recorded, found closed, opened; nothing of them elsewhere."""

import fcntl
import gzip
import json
import os
import pty
import select
import shlex
import shutil
import struct
import subprocess
import sys
import termios
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pyrage
import pytest

from agentrec.recording.encryption.identities import VARIABLE
from agentrec.recording.format import frames
from agentrec.recording.reader import Recording

PASSPHRASE = "not a good one"
WORDS = ("PLANTEDTITLE", "PLANTEDCWD", "PLANTEDOUTPUT", "PLANTEDMARK", "PLANTEDENV")


def agentrec(home, *args, env=None, **options):
    options = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, **options}
    command = [sys.executable, "-m", "agentrec", *map(str, args)]
    return subprocess.run(command, env=environment(home) | (env or {}), check=False, **options)


def environment(home):
    """Everything that is written is below ``home``."""
    folders = {
        f"XDG_{name}_HOME": str(home / name.lower())
        for name in ("DATA", "STATE", "CACHE", "CONFIG")
    }
    runtime = {"XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"], "TMPDIR": str(home / "tmp")}
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    return {"HOME": str(home), "LANG": "C.UTF-8", **folders, **runtime, **path}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A recording for an age key, two SSH keys and one with a passphrase; made once, and not changed."""
    home = tmp_path_factory.mktemp("home")
    (home / "tmp").mkdir()
    age = pyrage.x25519.Identity.generate()
    (home / "age").write_text(f"# a comment\n{age}\n")
    (home / "recipients").write_text(f"# those of the team\n\n{age.to_public()}\n")
    for name, kind in {
        "ed25519": "ed25519",
        "rsa": "rsa",
        "locked": "ed25519",
        "other": "ed25519",
    }.items():
        words = ["-t", kind, "-N", PASSPHRASE if name == "locked" else "", "-f", home / name]
        subprocess.run(["ssh-keygen", "-q", *words], check=True)
    (home / "PLANTEDCWD").mkdir()
    to = [
        f"--encrypt-to={home / name}"
        for name in ("recipients", "ed25519.pub", "rsa.pub", "locked.pub")
    ]
    options = ["--title", "PLANTEDTITLE", "--headless", "--env", "SOMETHING", *to]
    script = f'echo PLANTEDOUTPUT; "{sys.executable}" -m agentrec mark PLANTEDMARK; echo bye'
    done = agentrec(
        *(home, "record", *options, "--", "sh", "-c", script),
        cwd=home / "PLANTEDCWD",
        env={"SOMETHING": "PLANTEDENV"},
    )
    assert done.returncode == 0, done.stderr
    (file,) = (home / "data" / "agentrec" / "recordings").rglob("*.ahr")
    return SimpleNamespace(home=home, file=file, said=done.stderr)


def test_nothing_of_it_is_anywhere_on_the_disk(made):
    listed = agentrec(made.home, "ls", "--json")  # fills the index
    (row,) = json.loads(listed.stdout)
    assert (row["state"], row["title"], row["command"], row["cwd"]) == ("encrypted", "", [], "")
    assert "-encrypted-" in made.file.name
    files = [one for one in made.home.rglob("*") if one.is_file()]
    found = [
        (one.name, word) for one in files for word in WORDS if word.encode() in one.read_bytes()
    ]
    assert found == []
    assert made.home / "data" / "agentrec" / "library.db" in files


def test_without_a_key_it_stays_closed_and_says_what_is_needed(made):
    for command in ("info", "cat", "events", "replay", "summary", "context", "branch"):
        done = agentrec(made.home, command, made.file)
        assert done.returncode == 2, command
        assert "a private key is needed to open it\n  pass --identity FILE" in done.stderr, command
    done = agentrec(
        *(made.home, "compare", made.file, made.file), env={VARIABLE: str(made.home / "age")}
    )
    assert done.returncode == 2
    assert "this command cannot work on such recordings" in done.stderr


@pytest.mark.parametrize("source", ["packed.ahr.gz", "-"])
def test_a_compressed_one_is_not_kept_in_the_clear(made, tmp_path, source):
    packed = tmp_path / "packed.ahr.gz"
    packed.write_bytes(gzip.compress(made.file.read_bytes()))
    home = tmp_path / "home"
    (home / "tmp").mkdir(parents=True)
    with packed.open("rb") as stdin:
        key = {VARIABLE: str(made.home / "age")}
        done = agentrec(home, "cat", source, env=key, cwd=tmp_path, stdin=stdin)
    assert (done.returncode, done.stdout) == (3, "")
    name = "standard input" if source == "-" else source
    assert f"{name} is an encrypted recording, compressed with gzip\n" in done.stderr
    assert "decompress it: gzip -d" in done.stderr
    kept = [one.read_bytes() for one in home.rglob("*") if one.is_file()]
    assert not any(word.encode() in data for data in kept for word in WORDS)


def test_without_a_key_its_checksums_are_checked(made, tmp_path):
    done = agentrec(made.home, "verify", "--json", made.file)
    assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "closed")
    data = bytearray(made.file.read_bytes())
    data[-300] ^= 1
    (tmp_path / "flipped.ahr").write_bytes(data)
    done = agentrec(made.home, "verify", tmp_path / "flipped.ahr")
    assert done.returncode == 1
    assert "damaged" in done.stdout


@pytest.mark.parametrize("key", ["age", "ed25519", "rsa"])
def test_every_recipient_can_read_it(made, key):
    done = agentrec(made.home, "cat", "--identity", made.home / key, made.file)
    assert done.stdout.splitlines()[0] == "PLANTEDOUTPUT"
    assert done.returncode == 0


def test_the_variable_names_keys_too(made):
    env = {VARIABLE: f"{made.home / 'other'}{os.pathsep}{made.home / 'age'}"}
    info = json.loads(agentrec(made.home, "info", "--json", made.file, env=env).stdout)
    assert info["header"]["title"] == "PLANTEDTITLE"
    assert len(info["header"]["recipients"]) == 4
    assert (info["state"], info["size"]) == ("complete", made.file.stat().st_size)
    verified = json.loads(agentrec(made.home, "verify", "--json", made.file, env=env).stdout)
    assert verified["state"] == "whole"
    events = agentrec(made.home, "events", "--all", made.file, env=env).stdout
    assert "PLANTEDMARK" in events
    snapshots = agentrec(made.home, "snapshots", made.file, env=env).stdout
    assert snapshots == "no snapshots in this recording: it is encrypted, and they would not be\n"


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("other", "is not encrypted to the key in"),
        ("ed25519.pub", "is a public key"),
        ("missing", "cannot read the identity"),
        ("recipients", "has no private key"),
        ("locked", "has a passphrase, which can only be asked for in a terminal"),
    ],
)
def test_what_is_no_key_of_it_is_named(made, key, says):
    done = agentrec(
        *(made.home, "info", "--identity", made.home / key, made.file), start_new_session=True
    )
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("typed", "code"), [(PASSPHRASE, 0), ("wrong", 2)])
def test_a_passphrase_is_asked_for_once(made, typed, code):
    pid, master = pty.fork()
    if pid == 0:
        words = ["-m", "agentrec", "cat", "--identity", str(made.home / "locked"), str(made.file)]
        os.execve(sys.executable, [sys.executable, *words], environment(made.home))
    out = b""
    try:
        while data := os.read(master, 4096):
            out += data
            if out.endswith(b": "):
                os.write(master, typed.encode() + b"\n")
    except OSError:
        pass
    os.close(master)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code, out
    assert out.count(b"Passphrase of") == 1
    assert (b"PLANTEDOUTPUT" in out) == (code == 0)
    assert (b"does not open" in out) == (code == 2)


def test_search_says_that_it_is_left_out(made):
    done = agentrec(made.home, "search", "PLANTEDOUTPUT")
    assert done.returncode == 1
    assert "not searched: 1 encrypted recording" in done.stderr
    *_, last = json.loads(agentrec(made.home, "search", "PLANTEDOUTPUT", "--json").stdout)
    assert last["left_out"]["encrypted"] == 1


def test_search_with_a_key_looks_into_it_and_leaves_nothing(made):
    key = str(made.home / "ed25519")
    for word, kind in {"PLANTEDOUTPUT": "screen", "PLANTEDMARK": "moment"}.items():
        done = agentrec(made.home, "search", word, "--json", "--identity", key)
        assert (done.returncode, done.stderr) == (0, "")
        found = json.loads(done.stdout)
        assert [hit["file"] for hit in found if hit["kind"] == kind] == [str(made.file)]
        assert all("file" in hit for hit in found)  # nothing was left out
        assert found[0]["open"][-2:] == ["--identity", key]
    done = agentrec(made.home, "search", "PLANTEDOUTPUT", env={VARIABLE: key})
    assert done.returncode == 0
    assert "PLANTEDTITLE" in done.stdout
    missing = agentrec(made.home, "search", "PLANTEDOUTPUT", "--identity", "/nowhere")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "cannot read the identity /nowhere" in missing.stderr
    other = agentrec(made.home, "search", "PLANTEDOUTPUT", "--identity", made.home / "other")
    assert other.returncode == 1
    assert "not searched: 1 encrypted recording; --identity FILE opens those" in other.stderr
    files = [one for one in (made.home / "data").rglob("*") if one.is_file()]
    assert not any(word.encode() in one.read_bytes() for one in files for word in WORDS)


def test_a_passphrase_is_not_asked_for_if_another_key_opens_it(made):
    words = ["--identity=~/age", "--identity=~/locked"]  # no shell expands these
    done = agentrec(made.home, "info", *words, made.file, start_new_session=True)
    assert done.returncode == 0, done.stderr


def test_it_is_left_out_of_search_while_it_is_recorded_too(made, tmp_path):
    """The recorded command searches for itself."""
    search = f'"{sys.executable}" -m agentrec search --json PLANTED {tmp_path} > {tmp_path}/found'
    words = ["record", "--headless", "-o", tmp_path / "live.ahr", "--encrypt-to"]
    words += [made.home / "recipients", "--", "sh", "-c", f"echo PLANTED; sleep 0.5; {search}"]
    agentrec(made.home, *words)
    (last,) = json.loads((tmp_path / "found").read_text())
    left_out = last["left_out"]
    assert (left_out["unread"], left_out["files"]) == (False, [])
    assert left_out["encrypted"] == left_out["recordings"] >= 1


def test_a_snapshot_that_it_cannot_have_is_refused_in_plain_words(made, tmp_path):
    words = ["record", "--headless", "-o", tmp_path / "snap.ahr", "--encrypt-to"]
    script = f'"{sys.executable}" -m agentrec snapshot 2> {tmp_path}/said'
    agentrec(made.home, *words, made.home / "recipients", "--", "sh", "-c", script)
    said = (tmp_path / "said").read_text()
    assert said.startswith("agentrec: this recording has no snapshots: it is encrypted")


def test_the_list_does_not_say_how_long_it_is(made):
    heads, line = agentrec(made.home, "ls", "--folder", made.file.parent).stdout.splitlines()
    assert "LENGTH" not in heads
    assert "encrypted" in line


def test_it_is_pinned_without_a_key(made):
    env = {"XDG_DATA_HOME": str(made.home / "data")}
    for words in (["pin", made.file], ["pin", "--remove", made.file]):
        done = agentrec(made.home, *words, env=env)
        assert done.returncode == 0, done.stderr


def test_a_title_is_added_without_another_one_being_able_to_read_it(made, tmp_path):
    copy = tmp_path / "copy.ahr"
    shutil.copyfile(made.file, copy)
    before = copy.read_bytes()
    done = agentrec(made.home, "title", "--identity", made.home / "rsa", copy, "PLANTED2")
    assert done.returncode == 0, done.stderr
    after = copy.read_bytes()
    assert after.startswith(before)
    assert b"PLANTED2" not in after
    info = agentrec(made.home, "info", "--json", "--identity", made.home / "ed25519", copy)
    assert json.loads(info.stdout)["header"]["title"] == "PLANTED2"


def test_a_repaired_one_is_encrypted_again_and_a_converted_one_is_not(made, tmp_path):
    cut, repaired, plain = (tmp_path / f"{name}.ahr" for name in ("cut", "repaired", "plain"))
    cut.write_bytes(made.file.read_bytes()[:-200])
    key = ["--identity", made.home / "age"]
    done = agentrec(made.home, "repair", *key, cut, "-o", repaired)
    assert done.returncode == 0, done.stderr
    assert not any(word.encode() in repaired.read_bytes() for word in WORDS)
    done = agentrec(made.home, "convert", *key, repaired, plain)
    assert done.returncode == 0, done.stderr
    with Recording.open(str(plain)) as recording:
        assert recording.header["title"] == "PLANTEDTITLE"
        assert "recipients" not in recording.header
        assert not recording.encrypted


def test_the_setting_encrypts_and_other_recorders_refuse(made, tmp_path):
    config = tmp_path / "config"
    env = {"XDG_CONFIG_HOME": str(config)}
    setting = ["config", "set", "record.encrypt-to", str(made.home / "recipients")]
    assert agentrec(made.home, *setting, env=env).returncode == 0
    for name, options in {"closed": [], "open": ["--no-encrypt", "--no-snapshots"]}.items():
        file = tmp_path / f"{name}.ahr"
        words = ["record", "--headless", "-q", *options, "-o", file, "--", "true"]
        done = agentrec(made.home, *words, env=env, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        with Recording.outside(str(file)) as recording:
            assert recording.encrypted == (name == "closed")
    for words in (
        ["ci", "--", "true"],
        ["import", "--all"],
        ["rerun", tmp_path / "open.ahr"],
        ["rerun", "--resume", "group", "--execute"],
    ):
        done = agentrec(made.home, *words, env=env, cwd=tmp_path)
        assert done.returncode == 2, words
        assert "cannot encrypt, and record.encrypt-to is set" in done.stderr, words


def test_what_is_recorded_inside_of_it_is_encrypted_too(made, tmp_path):
    config = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    program = [sys.executable, "-m", "agentrec"]
    within = shlex.join([*program, "record", "--headless", "-q", "-o", "inner.ahr", "--", "true"])
    refused = shlex.join([*program, "ci", "--", "true"])
    keys = ["--encrypt-to", made.home / "recipients"]
    words = ["record", "--headless", "-q", *keys, "-o", "outer.ahr", "--"]
    command = ["sh", "-c", f"{within} && {refused}"]
    done = agentrec(made.home, *words, *command, env=config, cwd=tmp_path)
    assert done.returncode == 2
    assert "`agentrec ci` cannot encrypt, and AGENTREC_ENCRYPT_TO is set" in " ".join(
        done.stdout.split()
    )
    for name in ("outer.ahr", "inner.ahr"):
        with Recording.outside(str(tmp_path / name)) as recording:
            assert recording.encrypted, name


@pytest.mark.parametrize(
    ("recipient", "says"),
    [
        ("age1nonsense", "is not a recipient"),
        ("/does/not/exist", "neither a recipient nor a file"),
        ("age", "this is a private key"),
        ("ed25519", "this is a private key"),
        ("the text of age", "this is a private key"),
        ("the text of ed25519", "this is a private key"),
        ("x" * 200, f"'{'x' * 80}' is neither"),
    ],
)
def test_a_wrong_recipient_runs_nothing(made, tmp_path, recipient, says):
    if recipient.startswith("the text of "):
        text = (made.home / recipient.split()[-1]).read_text()
        name = text[text.index("AGE-SECRET") :] if "AGE-SECRET" in text else text
    else:
        name = made.home / recipient if (made.home / recipient).exists() else recipient
    words = ["record", "--headless", "-o", "no.ahr", "--encrypt-to", name, "--", "touch", "ran"]
    done = agentrec(made.home, *words, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "AGE-SECRET" not in done.stderr
    assert "BEGIN" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", [True, False])
def test_the_page_shows_it_with_a_key_only(made, key):
    words = ["serve", str(made.file), "--token", "0123456789abcdef"]
    words += ["--identity", str(made.home / "age")] if key else []
    command = [sys.executable, "-m", "agentrec", *words]
    with subprocess.Popen(
        command, env=environment(made.home), stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            base = server.stdout.readline().split("/?")[0]
            (row,) = _get(base, "sessions")["sessions"]
            assert (row["state"], row["title"]) == ("encrypted", "")
            where = f"sessions/{row['id']}/events"
            if key:
                assert "PLANTEDMARK" in json.dumps(_get(base, where))
                new = _get(base, f"sessions/{row['id']}/cuts", {"since": 0, "until": 0.01})
                data = Path(new["file"]).read_bytes()
                os.unlink(new["file"])
                assert data.startswith(frames.ENCRYPTED_MAGIC)
                assert not any(word.encode() in data for word in WORDS)
            else:
                with pytest.raises(urllib.error.HTTPError) as refused:
                    _get(base, where)
                assert b"a private key is needed" in refused.value.read()
        finally:
            server.terminate()


def _get(base, path, body=None):
    request = urllib.request.Request(
        f"{base}/api/v1/{path}",
        json.dumps(body).encode() if body else None,
        {"Authorization": "Bearer 0123456789abcdef", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_the_player_shows_it(made):
    pid, master = pty.fork()
    if pid == 0:
        words = ["-m", "agentrec", "replay", "--identity", str(made.home / "age"), str(made.file)]
        env = environment(made.home) | {"TERM": "xterm-256color"}
        os.execve(sys.executable, [sys.executable, *words], env)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    _until(master, b"PLANTEDOUTPUT")
    os.write(master, b"q")
    try:
        while os.read(master, 65536):
            pass
    except OSError:
        pass
    os.close(master)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_pause_keeps_what_comes_after_it(made, tmp_path):
    file = tmp_path / "paused.ahr"
    pid, master = pty.fork()
    if pid == 0:
        script = "echo first; read a; echo hidden; read b; echo last"
        words = ["record", "-o", str(file), "--encrypt-to", str(made.home / "recipients")]
        words = ["-m", "agentrec", *words, "--", "sh", "-c", script]
        os.execve(sys.executable, [sys.executable, *words], environment(made.home))
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    out = _until(master, b"first")
    os.write(master, b"\x1cp")
    out += _until(master, b"\x07")
    os.write(master, b"\n")
    out += _until(master, b"hidden")
    os.write(master, b"\x1cp")
    out += _until(master, b"\x07")
    os.write(master, b"\n")
    out += _until(master, b"recorded")
    os.close(master)
    os.waitpid(pid, 0)
    shown = agentrec(made.home, "cat", "--identity", made.home / "age", file).stdout.split()
    assert (shown[0], shown[-1]) == ("first", "last")
    assert b"Traceback" not in out


def _until(master, text):
    out, deadline = b"", time.monotonic() + 60
    while text not in out and time.monotonic() < deadline:
        if select.select([master], [], [], 1)[0]:
            out += os.read(master, 65536)
    assert text in out
    return out


def test_it_stays_encrypted_in_a_bucket(made, tmp_path):
    pytest.importorskip("obstore")
    bucket, name = tmp_path / "bucket", made.file.stem
    bucket.mkdir()
    key = {VARIABLE: str(made.home / "age")}
    to = ["--remote", f"file://{bucket}"]
    assert agentrec(made.home, "push", *to, made.file, env=key).returncode == 0
    there = {one.name: one.read_bytes() for one in bucket.rglob("*") if one.is_file()}
    assert made.file.read_bytes() in there.values()
    assert [word for word in WORDS if any(word.encode() in data for data in there.values())] == []
    (row,) = json.loads(agentrec(made.home, "ls", "--json", *to).stdout)
    assert (row["state"], row["duration"]) == ("encrypted", None)
    elsewhere = {"XDG_DATA_HOME": str(tmp_path / "data")}
    done = agentrec(made.home, "pull", *to, name, env=elsewhere)
    assert done.returncode == 0, done.stderr
    (copy,) = (tmp_path / "data").rglob("*.ahr")
    assert copy.read_bytes() == made.file.read_bytes()
    done = agentrec(made.home, "push", *to, "--redact", made.file, env=key)
    assert done.returncode == 1
    assert "is encrypted" in done.stderr


def test_its_signature_is_checked_with_a_key_and_holds_for_a_converted_one(made, tmp_path):
    file, plain, signers = (tmp_path / name for name in ("signed.ahr", "plain.ahr", "signers"))
    signers.write_text(f"me@x {(made.home / 'ed25519.pub').read_text()}")
    words = ["record", "--headless", "-q", "-o", file, "--encrypt-to", made.home / "recipients"]
    done = agentrec(made.home, *words, "--sign", made.home / "ed25519", "--", "echo", "hello")
    assert done.returncode == 0, done.stderr
    key, check = ["--identity", made.home / "age"], ["verify", "--signers", signers]
    assert agentrec(made.home, *check, file).returncode == 2
    assert agentrec(made.home, "convert", *key, file, plain).returncode == 0
    for words in ([*check, *key, file], [*check, plain]):
        done = agentrec(made.home, *words)
        assert (done.returncode, "integrity: intact" in done.stdout) == (0, True), done.stdout
