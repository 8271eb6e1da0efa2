"""Private keys, which open what was encrypted to their public ones: files of age and SSH.

A command that can read encrypted recordings calls :func:`allow`; others find them closed, so that nothing
writes down in the clear what is in them. The files are read when the first such recording is opened.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn

from agentrec.config import read_plain
from agentrec.errors import FormatError, UsageError
from agentrec.recording.encryption import own_keys
from agentrec.recording.encryption.recipients import INSTALL

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from pyrage import ssh, x25519

    Identity: TypeAlias = x25519.Identity | ssh.Identity

# Paths of files, as PATH has them; programs that we start find it, too.
VARIABLE = "AGENTREC_IDENTITY"
_MAX_FILE_BYTES = 1 << 20
_AGE_SECRET = "AGE-SECRET-KEY-1"  # noqa: S105 - what such a key begins with
_AGE_FILE = (b"age-encryption.org/v1", b"-----BEGIN AGE ENCRYPTED FILE-----")
_PUBLIC = (b"ssh-", b"ecdsa-", b"sk-", b"age1")


class EncryptedError(UsageError):
    """A recording is encrypted, and nothing was given that opens it."""


class _State:
    """Of this process: whether recordings may be opened, with which files, and the keys in those read."""

    allowed = False
    named: list[str] = []  # noqa: RUF012 - of the process, not of a class
    loaded: dict[str, list[Identity]] = {}  # noqa: RUF012 - of the process, not of a class


def allow(named: list[str] | None = None) -> None:
    """Have this process open encrypted recordings, with the files ``named`` or those of the environment.

    Programs that it starts find the files in the environment.
    """
    _State.allowed = True
    _State.named = list(named or ())
    if named:
        os.environ[VARIABLE] = os.pathsep.join(
            os.path.abspath(os.path.expanduser(name)) for name in named
        )


def forget() -> None:
    """Undo :func:`allow`, and drop the keys that were read."""
    _State.allowed = False
    _State.named = []
    _State.loaded.clear()
    _unwrap.cache_clear()


def is_named() -> bool:
    """Whether the user has named private keys."""
    return bool(_State.allowed and _named())


def load() -> None:
    """Read all named keys now, also those with a passphrase. Raises UsageError for a file without one.

    For whoever opens many recordings and goes on where one stays closed.
    """
    for file in _named():
        _keys(file)


def unwrapper(path: str) -> Callable[[bytes], bytes]:
    """What opens wrapped keys of the recording at ``path``; it raises FormatError and UsageError.

    Raises EncryptedError.
    """
    named = _named() if _State.allowed else ()
    if not named and not own_keys.has_some():
        raise closed(path)
    return lambda wrapped: own_keys.own_key(wrapped) or _unwrap(wrapped, named)


def closed(path: str) -> EncryptedError:
    """What to say of a recording that nothing here opens."""
    named = ", ".join(_named())
    if not _State.allowed:
        return EncryptedError(
            f"{path} is encrypted, and this command cannot work on such recordings",
            how_to_convert(path),
        )
    if named:
        return EncryptedError(
            f"{path} is not encrypted to the key in {named}",
            "pass --identity with the private key of one of its recipients",
        )
    return EncryptedError(
        f"{path} is encrypted: a private key is needed to open it",
        f"pass --identity FILE (an age identity or an SSH private key), or set {VARIABLE}",
    )


def how_to_convert(path: str) -> str:
    """The hint where no key helps."""
    from shlex import quote

    option = option_for(encrypted=True) if _State.named else " --identity FILE"
    return f"make a copy that is not: agentrec convert{option} {quote(path)} NEW.ahr"


def option_for(*, encrypted: bool) -> str:
    """What a command line that we suggest needs so that it opens the recording, with a blank before it."""
    if not encrypted or (_named() and not _State.named):  # the environment names them
        return ""
    from shlex import quote

    return "".join(f" --identity {quote(name)}" for name in _State.named or ["FILE"])


def _named() -> tuple[str, ...]:
    return tuple(filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)))


@lru_cache(maxsize=4096)  # a player and a server open a recording many times
def _unwrap(wrapped: bytes, named: tuple[str, ...]) -> bytes:
    why = "it is another process's own"
    for file in named:  # one after the other: a passphrase is only asked for where it is needed
        keys = _keys(file)
        import pyrage

        try:
            key: bytes = pyrage.decrypt(wrapped, keys)
        except pyrage.DecryptError as error:
            why = str(error)
        else:
            return key
    raise FormatError(f"a key cannot be opened: {why}")


def _keys(file: str) -> list[Identity]:
    if file not in _State.loaded:
        _State.loaded[file] = _read(file)
    return _State.loaded[file]


def _read(file: str) -> list[Identity]:
    """The private keys in ``file``. Raises UsageError."""
    path = os.path.expanduser(file)
    try:
        data = read_plain(path, _MAX_FILE_BYTES)
    except OSError as error:
        raise UsageError(f"cannot read the identity {file}: {error.strerror}") from None
    try:
        import pyrage
    except ImportError:
        raise UsageError("encryption is not installed", INSTALL) from None

    if data.startswith(_AGE_FILE):
        data = _decrypted(file, data)
    if data.startswith(_PUBLIC):
        _refuse_public(file)
    if b"PRIVATE KEY-----" in data:
        return [_ssh(file, data)]
    lines = [line.strip() for line in data.decode(errors="replace").splitlines()]
    try:
        keys: list[Identity] = [
            pyrage.x25519.Identity.from_str(line) for line in lines if line.startswith(_AGE_SECRET)
        ]
    except pyrage.IdentityError as error:
        raise UsageError(f"{file} has an invalid identity: {error}") from None
    if not keys:
        raise UsageError(
            f"{file} has no private key", "use a file made by `age-keygen` or `ssh-keygen`"
        )
    return keys


def _refuse_public(file: str) -> NoReturn:
    raise UsageError(
        f"{file} is a public key: a private one is needed to open a recording",
        "ssh-agent cannot help, it only signs: pass the file of the private key, or an age identity",
    )


def _decrypted(file: str, data: bytes) -> bytes:
    """An age identity file that a passphrase protects."""
    import pyrage

    try:
        plain: bytes = pyrage.passphrase.decrypt(data, _passphrase(file))
    except pyrage.DecryptError:
        raise UsageError(f"the passphrase does not open {file}") from None
    return plain


def _ssh(file: str, data: bytes) -> Identity:
    import pyrage

    try:
        return pyrage.ssh.Identity.from_buffer(data)
    except pyrage.IdentityError as error:
        if "decrypted first" not in str(error):
            raise UsageError(
                f"{file} cannot open recordings: {error}",
                "use an ssh-ed25519 or ssh-rsa key, or age",
            ) from None
    return pyrage.ssh.Identity.from_buffer(_without_passphrase(file, data))


def _without_passphrase(file: str, data: bytes) -> bytes:
    """An SSH key that a passphrase protects, as it is without one; only in memory."""
    from cryptography.hazmat.primitives import serialization as keys

    load = keys.load_ssh_private_key if b"OPENSSH" in data else keys.load_pem_private_key
    try:
        key = load(data, _passphrase(file).encode())
    except (ValueError, TypeError):
        raise UsageError(f"the passphrase does not open {file}") from None
    form = keys.PrivateFormat.OpenSSH
    return key.private_bytes(keys.Encoding.PEM, form, keys.NoEncryption())


def _passphrase(file: str) -> str:
    """Asked for once in a process, at the terminal."""
    import getpass

    from agentrec.text import printable

    try:
        with open("/dev/tty", "rb"):
            pass
    except OSError:
        raise UsageError(
            f"{file} has a passphrase, which can only be asked for in a terminal",
            "use an identity without one here, such as an age key of its own",
        ) from None
    return getpass.getpass(f"Passphrase of {printable(file)}: ")
