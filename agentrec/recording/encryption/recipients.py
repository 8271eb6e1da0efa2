"""Who may open an encrypted recording: public keys of age and SSH.

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import os

from agentrec.config import VARIABLES, read_plain, record_settings
from agentrec.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyrage import ssh, x25519

SETTING = "encrypt-to"  # of `[record]`
# What an encrypted recording is called after, instead of its program.
NO_PROGRAM = "encrypted"
# age's own; the kinds of SSH keys that can encrypt.
_AGE, _SSH = "age1", ("ssh-ed25519 ", "ssh-rsa ")
_PRIVATE = ("AGE-SECRET-KEY-", "-----BEGIN ")
_OTHER_SSH = ("ecdsa-", "sk-", "ssh-dss")
_MAX_FILE_BYTES = 1 << 20
_SHOWN_CHARS = 80
# A wrapped key takes up to a kilobyte for each of them, in every segment.
MAX_RECIPIENTS = 64
INSTALL = "install the extra `encryption`"


def recipients_for(given: list[str] | None, env: Mapping[str, str]) -> list[str]:
    """To whom a new recording is encrypted: to whom the user said, else as the setting says.

    Empty: to nobody, it is not encrypted. Raises UsageError.
    """
    named = record_settings(env).get(SETTING, []) if given is None else given
    return read_recipients(named) if named else []


def refuse_setting(what: str, env: Mapping[str, str]) -> None:
    """Raises UsageError if new recordings are to be encrypted, which ``what`` cannot do."""
    if not record_settings(env).get(SETTING):
        return
    variable = VARIABLES[SETTING]
    if env.get(variable):  # as inside of an encrypted recording
        raise UsageError(
            f"{what} cannot encrypt, and {variable} is set",
            f"use `agentrec record`, or unset {variable}",
        )
    raise UsageError(
        f"{what} cannot encrypt, and record.{SETTING} is set",
        f"use `agentrec record`, or `agentrec config unset record.{SETTING}`",
    )


def checked_setting(named: list[str]) -> list[str]:
    """What the setting is to hold for these keys and files: their whole paths. Raises UsageError."""
    read_recipients(named)
    return [
        name if _is_key(name) or name.startswith("~") else os.path.abspath(name) for name in named
    ]


def _is_key(name: str) -> bool:
    return name.startswith((_AGE, *_SSH, *_PRIVATE))


def read_recipients(named: Iterable[str]) -> list[str]:
    """The public keys that ``named`` are, or that the files hold which they name.

    Raises UsageError, also when what encrypts is not installed.
    """
    _check_installed()
    keys: list[str] = []
    for name in named:
        found = [_key(name)] if _is_key(name) else _keys_in(name)
        keys += [key for key in found if key not in keys]
    if len(keys) > MAX_RECIPIENTS:
        raise UsageError(f"{len(keys)} recipients are too many", f"use at most {MAX_RECIPIENTS}")
    return keys


def wrap(key: bytes, recipients: list[str]) -> bytes:
    """``key`` in a form that any of ``recipients`` can open, about 200 bytes and more."""
    import pyrage

    wrapped: bytes = pyrage.encrypt(key, [_parse(one) for one in recipients])
    return wrapped


def _check_installed() -> None:
    from importlib.util import find_spec

    if not all(map(find_spec, ("cryptography", "pyrage"))):
        raise UsageError("encryption is not installed", INSTALL)


def _keys_in(name: str) -> list[str]:
    path = os.path.expanduser(name)
    try:
        text = read_plain(path, _MAX_FILE_BYTES).decode()
    except (OSError, ValueError):
        raise UsageError(
            f"{name[:_SHOWN_CHARS]!r} is neither a recipient nor a file with some",
            "use age1..., 'ssh-ed25519 ...', 'ssh-rsa ...', or a file such as ~/.ssh/id_ed25519.pub",
        ) from None
    lines = [line.strip() for line in text.splitlines()]
    keys = [_key(line, path) for line in lines if line and not line.startswith("#")]
    if not keys:
        raise UsageError(f"{path} has no recipients", "one a line: age1... or an SSH public key")
    return keys


def _key(text: str, path: str = "") -> str:
    """A public key, without the comment of an SSH key. Raises UsageError."""
    where = f"{path}: " if path else ""
    if text.startswith(_PRIVATE):
        raise UsageError(f"{where}this is a private key", "pass the public one")
    if text.startswith(_OTHER_SSH):
        kind = text.split(maxsplit=1)[0]
        raise UsageError(f"{where}{kind} keys cannot encrypt", "use ssh-ed25519, ssh-rsa or age")
    key = " ".join(text.split()[:2]) if text.startswith(_SSH) else text
    try:
        _parse(key)
    except ValueError as error:
        raise UsageError(f"{where}{text[:_SHOWN_CHARS]!r} is not a recipient: {error}") from None
    return key


def _parse(key: str) -> x25519.Recipient | ssh.Recipient:
    """Raises ValueError."""
    import pyrage

    try:
        if key.startswith(_AGE):
            return pyrage.x25519.Recipient.from_str(key)
        return pyrage.ssh.Recipient.from_str(key)
    except pyrage.RecipientError as error:
        raise ValueError(str(error)) from None
