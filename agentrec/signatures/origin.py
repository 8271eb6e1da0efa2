"""What of a signed recording others name that are made of it: its signer, and the newest statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.recording.events.decode import decode
from agentrec.recording.events.sys import SysSignature
from agentrec.recording.info import signed_by
from agentrec.signatures.statement import text_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject
    from agentrec.recording.reader import Recording


def signed_origin(recording: Recording) -> JsonObject | None:
    """``by``: the fingerprint of the user's key; ``statement``: the SHA-256 of the newest statement.

    None if it is not signed. Nothing is verified.
    """
    by = signed_by(recording)
    if by is None:
        return None
    at_end = list(_texts(recording, recording.duration))
    texts = at_end or list(_texts(recording, 0))
    return {"by": by, "statement": text_hash(texts[-1]) if texts else None}


def _texts(recording: Recording, since: int) -> Iterator[str]:
    for event in recording.events(since, tracks=("sys",), binary=False):
        match decode(event):
            case SysSignature(statement=text):
                yield text
