"""OpenSSH's own program: signs with the user's key, and verifies."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from agentrec.errors import InputError, RecorderError
from agentrec.signatures.sshsig import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_PROGRAM = "ssh-keygen"
_VERIFY_SECONDS = 60
# What it says, and what is said instead.
_NO_PRINCIPAL, _NOT_LISTED = "No principal matched.", "its key is not in the list"
_NO_KEY, _NOT_A_KEY = "Couldn't load public key ", "it is not an SSH key"


def sign(text: str, key: str, env: Mapping[str, str]) -> str:
    """``text`` signed with the key in the file ``key``, or with the agent if that has it.

    It may ask for a passphrase or a touch in the terminal. Raises RecorderError.
    """
    asks = sys.stderr is not None and sys.stderr.isatty()
    try:
        done = subprocess.run(
            [_PROGRAM, "-q", "-Y", "sign", "-n", NAMESPACE, "-f", key],
            input=text.encode(),
            stdout=subprocess.PIPE,
            stderr=None if asks else subprocess.PIPE,
            env=env,
            check=False,
        )
    except OSError:
        raise RecorderError(
            "signing needs ssh-keygen, which is not there; nothing was run", "install OpenSSH"
        ) from None
    if done.returncode or not done.stdout:
        why = _last_line(done.stderr or b"") or f"ssh-keygen ended with {done.returncode}"
        why = _NOT_A_KEY if why.startswith(_NO_KEY) else why
        raise RecorderError(
            f"cannot sign with {key}: {why}; nothing was run",
            "`ssh-add KEY` gives a key to the agent; --no-sign records without a signature",
        )
    return done.stdout.decode()


def check(text: str, signature: str) -> str:
    """Why ``signature`` is not one of ``text``, whoever's it is; empty: it is. Raises InputError."""
    with _Temporary(signature) as path:
        return _run(["-Y", "check-novalidate", "-s", path], text)[1]


def principals(signature: str, signers: str, time: str = "") -> tuple[list[str], str]:
    """Who in the file ``signers`` has the key of ``signature``; if nobody, why. Raises InputError.

    ``time``: at that time instead of now, as `ssh-keygen -O verify-time` takes it.
    """
    with _Temporary(signature) as path:
        at = ["-O", f"verify-time={time}"] if time else []
        found, why = _run(["-Y", "find-principals", "-f", signers, "-s", path, *at], "", "")
    return found.splitlines(), _NOT_LISTED if why == _NO_PRINCIPAL else why


def verify(text: str, signature: str, signers: str, principal: str, time: str = "") -> str:
    """Why it is not ``principal``'s signature of ``text``; empty: it is. Raises InputError."""
    with _Temporary(signature) as path:
        at = ["-O", f"verify-time={time}"] if time else []
        return _run(["-Y", "verify", "-f", signers, "-I", principal, "-s", path, *at], text)[1]


def signers_file(key: str) -> _Temporary:
    """An allowed_signers file in which ``session`` has the public ``key``; for a ``with`` block."""
    return _Temporary(f'session namespaces="{NAMESPACE}" {key}\n')


def _run(options: list[str], text: str, namespace: str = NAMESPACE) -> tuple[str, str]:
    """What it prints, and why it failed if it did."""
    try:
        done = subprocess.run(
            [_PROGRAM, *options, *(["-n", namespace] if namespace else [])],
            input=text.encode("utf-8", "surrogatepass"),
            capture_output=True,
            timeout=_VERIFY_SECONDS,
            check=False,
        )
    except OSError:
        raise InputError(
            "signatures cannot be checked: ssh-keygen is not there", "install OpenSSH"
        ) from None
    except subprocess.TimeoutExpired:
        raise InputError("signatures cannot be checked: ssh-keygen does not answer") from None
    # The exit code is 0 whatever happened in a process that ignores SIGCHLD.
    good = done.stdout.startswith(b"Good ") if namespace else bool(done.stdout)
    why = "" if good and not done.returncode else _first_line(done.stderr) or "it is refused"
    return done.stdout.decode(errors="replace"), why


class _Temporary:
    """A file with this text as long as the block runs; its value is the file's path."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __enter__(self) -> str:
        fd, self._path = tempfile.mkstemp(suffix=".sig")
        with os.fdopen(fd, "wb") as file:
            file.write(self._text.encode("utf-8", "surrogatepass"))
        return self._path

    def __exit__(self, *_: object) -> None:
        os.unlink(self._path)


def _first_line(raw: bytes) -> str:
    return (raw.decode(errors="replace").strip().splitlines() or [""])[0]


def _last_line(raw: bytes) -> str:
    return (raw.decode(errors="replace").strip().splitlines() or [""])[-1]
