"""`agentrec record --redact` with real programs in a real terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from agentrec.recording.reader import Recording
from fixtures.secrets import secrets
from fixtures.secrets.checks import leaks
from tests.capture.terminal import PATIENCE, RECORD, Terminal, environment, of_kind, output

SECRETS = secrets()
KEY = next(secret for secret in SECRETS if secret.kind == "github classic")
SLOWLY = "for c in {chars}; do printf %s $c; sleep 0.03; done; echo"


def record(tmp_path: Path, script: str, *options: str, **env: str) -> bytes:
    """What the terminal showed while ``script`` was recorded into `r.ahr`."""
    (tmp_path / "script").write_text(script)
    done = subprocess.run(
        [*RECORD, "--headless", "-q", "-o", "r.ahr", *options, "--", "bash", "script"],
        env=environment(tmp_path, **env),
        cwd=tmp_path,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
        check=True,
    )
    assert done.stderr == b""
    return done.stdout


def test_the_terminal_shows_it_and_the_recording_does_not(tmp_path: Path) -> None:
    (tmp_path / "secrets.txt").write_text("\n\n".join(secret.text for secret in SECRETS))
    shown = record(tmp_path, "cat secrets.txt", "--redact")
    assert shown == (tmp_path / "secrets.txt").read_bytes().replace(b"\n", b"\r\n")
    kept = output(tmp_path / "r.ahr")
    assert len(kept) == len(shown)
    assert not [secret.kind for secret in SECRETS if leaks(secret, kept, 120, 40)]
    assert not [
        s.kind for s in SECRETS if s.needles[0].encode() in (tmp_path / "r.ahr").read_bytes()
    ]


def test_a_secret_typed_slowly(tmp_path: Path) -> None:
    record(tmp_path, SLOWLY.format(chars=" ".join(KEY.text)), "--redact")
    kept = output(tmp_path / "r.ahr")
    assert KEY.needles[0][12:].encode() not in kept
    assert kept.count(b"*") >= len(KEY.needles[0]) - len("ghp_")


def test_an_interactive_shell(tmp_path: Path) -> None:
    """The echo of typed and pasted secrets, redrawn by the shell's line editor."""
    env = environment(tmp_path)
    command = [*RECORD, "-o", "r.ahr", "--redact", "--capture-input", "--", "bash", "--norc"]
    with Terminal(command, env, size=(60, 20), cwd=tmp_path) as user:
        user.until(rb"[$] ")
        user.send(f"echo {KEY.text} | wc -c\r".encode())
        user.until(str(len(KEY.text) + 1).encode() + rb".*[$] ")
        user.send(f"export MY_TOKEN={KEY.text}\x02\x02\x02X\x7f\r".encode())
        user.until(rb"[$] ")
        user.send(b"exit\r")
        assert user.wait() == 0
    path = tmp_path / "r.ahr"
    with Recording.open(str(path)) as recording:
        events = list(recording.events())
    written = json.dumps(
        [e.data.decode("latin-1") if type(e.data) is bytes else e.data for e in events]
    )
    assert KEY.needles[0] not in written
    assert not leaks(KEY, output(path), 60, 20)
    assert KEY.needles[0] in user.seen.decode().replace("\r", "").replace("\n", "")


def test_without_it_the_bytes_are_exact_and_events_are_masked(tmp_path: Path) -> None:
    script = f"echo {KEY.text}; {sys.executable} -m agentrec mark 'about {KEY.text}' >/dev/null"
    shown = record(tmp_path, script)
    assert output(tmp_path / "r.ahr") == shown
    assert of_kind(tmp_path / "r.ahr", "mark", "moment")[0]["label"] == "about ***"
    notes = of_kind(tmp_path / "r.ahr", "guard", "redacted")
    assert [(note["rule"], note["where"]) for note in notes] == [("github-token", "event")]


def test_no_redact_masks_nothing(tmp_path: Path) -> None:
    script = f"{sys.executable} -m agentrec mark 'about {KEY.text}' >/dev/null"
    record(tmp_path, script, "--no-redact", "--title", KEY.text)
    assert of_kind(tmp_path / "r.ahr", "mark", "moment")[0]["label"] == f"about {KEY.text}"
    with Recording.open(str(tmp_path / "r.ahr")) as recording:
        assert recording.header["title"] == KEY.text


def test_info_lists_what_was_masked(tmp_path: Path) -> None:
    record(tmp_path, f"echo {KEY.text}", "--redact")
    command = [sys.executable, "-m", "agentrec", "info", "r.ahr"]
    said = subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), capture_output=True)
    assert b"masked     terminal: 1 github-token" in said.stdout
    said = subprocess.run(
        [*command, "--json"], cwd=tmp_path, env=environment(tmp_path), capture_output=True
    )
    assert json.loads(said.stdout)["redacted"] == {"terminal": {"github-token": 1}}


def test_the_terminal_is_exact_under_load(tmp_path: Path) -> None:
    """Megabytes of output with secrets in them, faster than they can be looked at."""
    program = (
        "import sys\n"
        f"for n in range(40000): print(n, 'a line of some build log, as long as they are', n * n)\n"
        f"print({KEY.text!r})\n"
        f"for n in range(4000): print('token', n, 'of', {KEY.text!r})\n"
    )
    (tmp_path / "p.py").write_text(program)
    shown = record(tmp_path, f"{sys.executable} p.py", "--redact")
    key = KEY.needles[0].encode()
    masked = b"*" * len(key)
    kept = output(tmp_path / "r.ahr")
    assert shown.count(key) == 4001
    # Where a piece that is searched ends within the issuer's public prefix, that much of it may stay.
    cut = [key[:length] + masked[length:] for length in range(1, len("ghp_") + 1)]
    assert sum(kept.count(one) for one in cut) <= 20
    for one in cut:
        kept = kept.replace(one, masked)
    assert kept == shown.replace(key, masked)
