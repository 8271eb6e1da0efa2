"""The frames of an encrypted recording, and how a piece of one is encrypted (see docs/format.md).

A KEY frame begins a segment: a random key, wrapped to every recipient. ENCRYPTED frames under it are
numbered from 0, and the number is the nonce: a key is used by one writer, which never goes back, and
is never written down. A later writer, or a copy of this one, begins with a key of its own.
On the start path of `record`: imports are light here.
"""

import struct
from itertools import pairwise

from agentrec.errors import FormatError
from agentrec.recording.format import frames
from agentrec.recording.format.header import dump_json, is_cut, load_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from agentrec.json_values import JsonObject
    from agentrec.recording.format.frames import Frame

# A key: the offset of its frame, and the one inside of the first byte that it encrypts.
KeyRow = tuple[int, int]
MAGIC = frames.ENCRYPTED_MAGIC
# Of the header; the rest of it is inside.
_SHOWN = ("id", "created")
# Of a cut, the same of what it was made of: else it would seem to be a run of its own.
_SHOWN_OF_PARENT = ("id", "relation", "of")
KEY_BYTES = 32
# mark, file id, number of the key, offset inside of what it encrypts; then the wrapped key
KEY_BODY = struct.Struct("<8s8sIQ")
# number under its key, offset inside of its first byte; then what is encrypted, and its tag
PIECE_BODY = struct.Struct("<IQ")
TAG_BYTES = 16
OVERHEAD_BYTES = frames.FRAME.size + PIECE_BODY.size + TAG_BYTES
# Reading one byte decrypts a whole piece.
MAX_PIECE_BYTES = 4 << 20
MAX_PIECES = 1 << 32
# offset of a KEY frame, offset inside of what it encrypts
ROW = struct.Struct("<QQ")
# bytes inside, number of rows: the end of the file
DIRECTORY_TAIL = struct.Struct("<QI")


class Cipher:
    """Encrypts and decrypts pieces under the key of one KEY frame, whose payload begins with ``bound``."""

    def __init__(self, key: bytes, bound: bytes) -> None:
        self._aead = aes_gcm()(key)
        self._bound = bound

    def encrypt(
        self,
        number: int,
        inside: int,
        piece: "bytes | memoryview",
        into: "memoryview | None" = None,
    ) -> "list[bytes]":
        """The payload of an ENCRYPTED frame, in parts, the last of which is ``into`` if that is passed:
        TAG_BYTES longer than ``piece``. The caller never uses a ``number`` twice.
        """
        body = PIECE_BODY.pack(number, inside)
        nonce, bound = _nonce(number), self._bound + body
        if into is None:
            return [body, self._aead.encrypt(nonce, piece, bound)]
        self._aead.encrypt_into(nonce, piece, bound, into)
        return [body, into]  # type: ignore[list-item]  # as good as bytes to a checksum and to writev()

    def decrypt(self, payload: bytes) -> bytes:
        """The piece in an ENCRYPTED frame's payload. Raises FormatError when it was changed."""
        from cryptography.exceptions import InvalidTag

        body, data = payload[: PIECE_BODY.size], payload[PIECE_BODY.size :]
        try:
            number, _ = PIECE_BODY.unpack(body)
            return self._aead.decrypt(_nonce(number), data, self._bound + body)
        except (InvalidTag, struct.error):
            raise FormatError("it does not open with its key") from None


def aes_gcm() -> "type[AESGCM]":
    """The class. It costs some ms to import: the writer has a thread for that.

    Where it is defined; the module for users of the library loads every other cipher before it.
    """
    try:
        from cryptography.hazmat.bindings._rust import openssl

        return openssl.aead.AESGCM
    except (ImportError, AttributeError):  # it moved
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "little")


def pack_header(header: "JsonObject", file_id: bytes) -> bytes:
    """The beginning of the file: the signature, and of ``header`` what may show."""
    body: JsonObject = {
        "version": frames.ENCRYPTED_VERSION,
        "file": file_id.hex(),
        **shown_of(header),
    }
    return MAGIC + frames.pack(frames.HEADER, dump_json(body))


def shown_of(header: "JsonObject") -> "JsonObject":
    """What may show of a header without a key."""
    shown = {name: header[name] for name in _SHOWN if name in header}
    parent = header.get("parent")
    if isinstance(parent, dict) and is_cut(header):
        shown["parent"] = {name: parent[name] for name in _SHOWN_OF_PARENT if name in parent}
    return shown


def is_header(frame: "Frame") -> bool:
    """Whether a HEADER frame begins an encrypted recording."""
    try:
        return load_json(frame.payload).get("version") == frames.ENCRYPTED_VERSION
    except FormatError:
        return False


def claim(frame: "Frame") -> tuple[int, int] | None:
    """The offset inside that a frame names, and how many bytes it has there; None for other frames."""
    if frame.kind == frames.KEY and len(frame.payload) >= KEY_BODY.size:
        return KEY_BODY.unpack_from(frame.payload)[3], 0
    length = len(frame.payload) - PIECE_BODY.size - TAG_BYTES
    if frame.kind == frames.ENCRYPTED and length > 0:
        return PIECE_BODY.unpack_from(frame.payload)[1], length
    return None


def pack_directory(rows: list[KeyRow], inside: int) -> bytes:
    """The DIRECTORY frame: every key, and how many bytes are ``inside``."""
    packed = b"".join(ROW.pack(*row) for row in rows)
    payload = packed + DIRECTORY_TAIL.pack(inside, len(rows))
    return frames.pack(frames.DIRECTORY, payload, frames.DERIVED)


def directory_bytes(count: int) -> int:
    """The size of a DIRECTORY frame with so many rows."""
    return frames.FRAME.size + ROW.size * count + DIRECTORY_TAIL.size


def parse_directory(frame: "Frame") -> tuple[list[KeyRow], int]:
    """The keys and the bytes inside. Raises FormatError when no writer makes such a directory."""
    payload = frame.payload
    if len(payload) < DIRECTORY_TAIL.size:
        raise FormatError("a directory of keys is too short")
    inside, count = DIRECTORY_TAIL.unpack(payload[-DIRECTORY_TAIL.size :])
    if len(frame.head) + len(payload) != directory_bytes(count):
        raise FormatError("a directory of keys has the wrong length")
    rows: list[KeyRow] = list(ROW.iter_unpack(payload[: -DIRECTORY_TAIL.size]))
    for (offset, first), (end, last) in pairwise([*rows, (frame.offset, inside)]):
        # What is inside is always smaller than the frames that hold it: this bounds a reader's work.
        if not 0 <= last - first <= end - offset:
            raise FormatError("a directory of keys is out of order")
    if rows and (rows[0][1] or rows[0][0] < len(MAGIC)):
        raise FormatError("a directory of keys begins in the middle")
    return rows, inside
