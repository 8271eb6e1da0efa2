"""Writing: the frames of a recording in, the frames of an encrypted one out.

On the path of `record`: what encrypts is imported in the writer's thread.
"""

import os

from agentrec.errors import FormatError
from agentrec.recording.encryption import own_keys
from agentrec.recording.format import frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.json_values import JsonObject
    from agentrec.recording.encryption.envelope import Cipher, KeyRow


# Memory for pieces of this size and more is kept: getting it anew for each takes as long as encrypting.
_KEPT_BYTES = 128 << 10


class Encryptor:
    """Encrypts what is appended to one file, for ``recipients`` (public keys; no private one is needed).

    ``at`` is the offset in the file of the next byte, ``inside`` its offset in the recording; ``rows``
    are the keys before it; ``first`` goes before the first frames.
    Every writer of a file makes one, and so begins with a key of its own.
    """

    def __init__(
        self,
        recipients: "list[str]",
        file_id: bytes,
        *,
        at: int,
        inside: int = 0,
        rows: "Sequence[KeyRow]" = (),
        first: bytes = b"",
    ) -> None:
        self._recipients, self._file_id = recipients, file_id
        self._at, self._inside = at, inside
        self._rows = list(rows)
        self._first = first
        self._cipher: Cipher | None = None
        self._number = self._process = 0
        self._plain, self._sealed = bytearray(), bytearray()

    def load(self) -> None:
        """Import what encrypts, while there is nothing to encrypt yet."""
        import pyrage  # noqa: F401

        from agentrec.recording.encryption.envelope import aes_gcm

        aes_gcm()

    def encrypt(self, pieces: "Sequence[bytes]") -> list[bytes]:
        """What to append to the file for whole frames of the recording, the first of which is the head.

        It has to be used, or copied, before the next call. Raises FormatError.
        """
        head = pieces[0][: frames.FRAME.size]
        kind = head[2] if head.startswith(frames.SYNC) else 0
        if kind == frames.SEGMENT:
            self._cipher = None
        out: list[bytes] = []
        from agentrec.recording.encryption.envelope import MAX_PIECE_BYTES, TAG_BYTES

        if self._first:
            out += self._piece(self._first)
            self._first, self._cipher = b"", None
        size = sum(map(len, pieces))
        if _KEPT_BYTES <= size <= MAX_PIECE_BYTES:
            self._sealed = _at_least(self._sealed, size + TAG_BYTES)
            out += self._piece(
                self._joined(pieces, size), memoryview(self._sealed)[: size + TAG_BYTES]
            )
        else:
            data = b"".join(pieces)
            for start in range(0, size, MAX_PIECE_BYTES):
                out += self._piece(data[start : start + MAX_PIECE_BYTES])
        if kind == frames.END:
            out += self._directory()
        return out

    def _joined(self, pieces: "Sequence[bytes]", size: int) -> memoryview:
        self._plain = _at_least(self._plain, size)
        joined, at = memoryview(self._plain)[:size], 0
        for piece in pieces:
            joined[at : at + len(piece)] = piece
            at += len(piece)
        return joined

    def _piece(self, data: bytes | memoryview, into: memoryview | None = None) -> list[bytes]:
        from agentrec.recording.encryption.envelope import MAX_PIECES

        out: list[bytes] = []
        # A copy of this process, made by a fork, would count on from the same number.
        if self._cipher is None or self._process != os.getpid() or self._number >= MAX_PIECES:
            out += self._new_key()
        assert self._cipher
        number, self._number = self._number, self._number + 1
        parts = self._cipher.encrypt(number, self._inside, data, into)
        self._inside += len(data)
        return out + self._count(frames.wrap(frames.ENCRYPTED, parts))

    def _new_key(self) -> list[bytes]:
        from agentrec.recording.encryption.envelope import KEY_BODY, KEY_BYTES, Cipher
        from agentrec.recording.encryption.recipients import wrap

        key = os.urandom(KEY_BYTES)
        bound = KEY_BODY.pack(frames.SEGMENT_MARK, self._file_id, len(self._rows), self._inside)
        wrapped = wrap(key, self._recipients)
        own_keys.remember(wrapped, key)
        pieces = frames.wrap(frames.KEY, [bound, wrapped])
        if sum(map(len, pieces)) > frames.MAX_KEY_FRAME_BYTES:
            raise FormatError("there are too many recipients")
        self._rows.append((self._at, self._inside))
        self._cipher, self._number, self._process = Cipher(key, bound), 0, os.getpid()
        return self._count(pieces)

    def _directory(self) -> list[bytes]:
        from agentrec.recording.encryption.envelope import pack_directory

        return self._count([pack_directory(self._rows, self._inside)])

    def _count(self, pieces: list[bytes]) -> list[bytes]:
        self._at += sum(map(len, pieces))
        return pieces


def _at_least(buffer: bytearray, size: int) -> bytearray:
    """``buffer`` if it is large enough, else a larger one."""
    return buffer if len(buffer) >= size else bytearray(2 * size)


def encrypted_from(
    begin: bytes, recipients: "list[str]", header: "JsonObject", file_id: bytes
) -> tuple[Encryptor, bytes]:
    """What encrypts a new file, whose recording starts with ``begin``; and what shows of it, which is first.

    ``begin`` is encrypted with the first events: what encrypts takes longer to import than a child to start.
    """
    from agentrec.recording.encryption.envelope import pack_header

    shown = pack_header(header, file_id)
    return Encryptor(recipients, file_id, at=len(shown), first=begin), shown
