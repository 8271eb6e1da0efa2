"""OpenSSH's format of signatures (PROTOCOL.sshsig), as `ssh-keygen -Y` reads and writes it."""

import base64
import hashlib
import struct
from typing import NamedTuple

from agentrec.errors import FormatError

# What our signatures are for: `ssh-keygen -n`.
NAMESPACE = "agentrec"
_MAGIC = b"SSHSIG"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAX_CHARS = 64 << 10


class PublicKey(NamedTuple):
    """Its ``algorithm`` as in ``ssh-ed25519``, and its ``blob``."""

    algorithm: str
    blob: bytes


def string(data: bytes) -> bytes:
    """``data`` as SSH writes strings: its length before it."""
    return struct.pack(">I", len(data)) + data


def to_be_signed(message: bytes) -> bytes:
    """What the key signs for a ``message``."""
    digest = hashlib.sha512(message).digest()
    return _MAGIC + string(NAMESPACE.encode()) + string(b"") + string(b"sha512") + string(digest)


def armored(key_blob: bytes, signature_blob: bytes) -> str:
    """The signature as text, as in a ``.sig`` file."""
    blob = b"".join(
        [
            _MAGIC,
            struct.pack(">I", 1),
            string(key_blob),
            string(NAMESPACE.encode()),
            string(b""),
            string(b"sha512"),
            string(signature_blob),
        ]
    )
    text = base64.b64encode(blob).decode()
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def key_of(signature: str) -> PublicKey:
    """The public key that ``signature`` says it is of. Raises FormatError."""
    lines = signature.strip().splitlines()
    if len(signature) > _MAX_CHARS or len(lines) < 3 or (lines[0], lines[-1]) != (_BEGIN, _END):
        raise FormatError("it is not an SSH signature")
    try:
        blob = base64.b64decode("".join(lines[1:-1]), validate=True)
    except ValueError:
        raise FormatError("it is not an SSH signature") from None
    if not blob.startswith(_MAGIC):
        raise FormatError("it is not an SSH signature")
    key = _string_at(blob, len(_MAGIC) + 4)
    try:
        return PublicKey(_string_at(key, 0).decode("ascii"), key)
    except UnicodeDecodeError:
        raise FormatError("it is a signature of a key of no known kind") from None


def key_line(key: PublicKey) -> str:
    """As in an ``id_….pub`` file, without a comment."""
    return f"{key.algorithm} {base64.b64encode(key.blob).decode()}"


def fingerprint(key: PublicKey) -> str:
    """As `ssh-keygen -l` prints it."""
    digest = base64.b64encode(hashlib.sha256(key.blob).digest()).decode()
    return "SHA256:" + digest.rstrip("=")


def _string_at(blob: bytes, offset: int) -> bytes:
    length = int.from_bytes(blob[offset : offset + 4], "big")
    found = blob[offset + 4 : offset + 4 + length]
    if len(found) != length or len(blob) < offset + 4:
        raise FormatError("it is not an SSH signature")
    return found
