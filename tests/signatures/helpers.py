"""Keys of ssh-keygen, and recordings that are signed with them."""

import subprocess
import sys

from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save_records
from agentrec.recording.writer import Writer
from agentrec.signatures import ssh_keygen
from agentrec.signatures.check import check
from agentrec.signatures.session_key import SessionKey
from agentrec.signatures.signer import RecordSigner

MINUTE = 60 * 10**9
HEADER = {
    "id": "20260102-030405-sh-k3f9",
    "created": "2026-01-02T03:04:05.000000000Z",
    "cols": 80,
    "rows": 24,
    "command": ["sh"],
    "title": "a title",
}
# No signature before the end.
NEVER = 10**9


def make_key(folder, name="key", kind="ed25519", passphrase=""):
    path = folder / name
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "me@x", "-f", path], check=True
    )
    return path


def allow(folder, key, principal="me@x", options="", name="allowed_signers"):
    """An allowed_signers file with ``key``."""
    public = key.with_name(key.name + ".pub").read_text()
    path = folder / name
    path.write_text(f"{principal} {options} {public}")
    return str(path)


def signer_with(key, env=None, header=HEADER, interval=0.0):
    def sign(text):
        return ssh_keygen.sign(text, str(key), env)

    return RecordSigner(header, SessionKey(), sign, interval)


def begin(path, key, *, minutes=3, interval=0.0):
    """A writer that has recorded ``minutes``, and signed each, unless ``interval`` (s) is long."""
    writer = Writer(str(path), HEADER)
    writer.sign_with(signer_with(key, interval=interval))
    writer.start()
    for minute in range(minutes):
        t = (minute + 1) * MINUTE
        for number in range(20):
            writer.output(t - MINUTE + number, b"minute %d, line %d\r\n" % (minute, number))
        writer.event(t - 1, "mark", "moment", {"label": f"minute {minute}", "source": "test"})
        writer.resize(t, 80 + minute, 24)
        writer.flush()
    return writer


def record(path, key, *, minutes=3, interval=0.0, compact=False):
    begin(path, key, minutes=minutes, interval=interval).close(compact=compact)
    return str(path)


def checked(path, signers=""):
    with Recording.open(str(path)) as recording:
        return check(recording, signers)


def records_of(path):
    """Header, and ``(seq, record)`` of each."""
    with Recording.open(str(path)) as recording:
        found = [
            (seq + number, record)
            for seq, records in recording.batches()
            for number, record in enumerate(records)
        ]
        return recording.first_header, found


def rewritten(path, change, header=None):
    """The recording with other records, and all checksums and the chain right again."""
    old, found = records_of(path)
    save_records(str(path), header or old, change(found), overwrite=True)
    return str(path)


def agentrec(*args, env=None):
    return subprocess.run(
        [sys.executable, "-m", "agentrec", *map(str, args)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=env,
    )


def recorded(tmp_path, env, *options):
    path = tmp_path / "run.ahr"
    done = agentrec(
        *("record", "--headless", "--no-snapshots", "-q", "-o", path, *options),
        *("--", "echo", "hello"),
        env=env,
    )
    return done, path
