"""Which key is the user's, and a signer with it."""

from __future__ import annotations

import os
import subprocess

from agentrec.config import home_of
from agentrec.errors import RecorderError
from agentrec.signatures import ssh_keygen
from agentrec.signatures.session_key import SessionKey
from agentrec.signatures.signer import RecordSigner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# As `ssh` looks for them, those of today first.
_NAMES = ("id_ed25519", "id_ed25519_sk", "id_ecdsa", "id_ecdsa_sk", "id_rsa")


def begin(header: Mapping[str, object], key: str, env: Mapping[str, str]) -> RecordSigner:
    """Have a new recording's key signed with the user's.

    ``key``: its file, private or public; empty: the one that `ssh` would use. Raises RecorderError.
    """
    session = SessionKey()
    named = os.path.expanduser(key) if key else ""
    path = named or next(iter(keys_at_home(env)), "")
    if not path:
        return _with_agent(header, session, env)
    if not os.path.isfile(path):
        raise RecorderError(
            f"cannot sign: no key {path}; nothing was run",
            "--sign KEY takes the file of an SSH key, or of its public half if the agent has it",
        )
    return RecordSigner(header, session, lambda text: ssh_keygen.sign(text, path, env))


def keys_at_home(env: Mapping[str, str]) -> list[str]:
    """The user's key files, in the order in which `ssh` would use them."""
    folder = os.path.join(home_of(env), ".ssh")
    paths = [os.path.join(folder, name) for name in _NAMES]
    return [path for path in paths if os.path.isfile(path)]


def _with_agent(
    header: Mapping[str, object], session: SessionKey, env: Mapping[str, str]
) -> RecordSigner:
    """With the first key that the agent has."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "key.pub")
        with open(path, "wb") as file:
            file.write(_first_in_agent(env))
        return RecordSigner(header, session, lambda text: ssh_keygen.sign(text, path, env))


def _first_in_agent(env: Mapping[str, str]) -> bytes:
    try:
        done = subprocess.run(["ssh-add", "-L"], capture_output=True, env=env, check=False)
        lines = [] if done.returncode else done.stdout.splitlines(keepends=True)
    except OSError:
        lines = []
    if not lines:
        raise RecorderError(
            "cannot sign: there is no key in ~/.ssh, and no agent has one; nothing was run",
            "agentrec record --sign KEY, or make one: ssh-keygen -t ed25519",
        )
    return lines[0]
