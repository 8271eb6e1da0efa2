"""Signs a recording while it is written: every minute, and at its end. Runs in the writer's thread."""

import time

from agentrec.signatures.record_digest import RecordDigest
from agentrec.signatures.sshsig import fingerprint, key_of
from agentrec.signatures.statement import digests_text, session_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.recording.format.batch import Record
    from agentrec.signatures.session_key import SessionKey
    from agentrec.signatures.statement import Part

INTERVAL_SECONDS = 60.0
# So much has one digest, about: as a segment. What was changed is named as exactly.
PART_BYTES, PART_RECORDS = 1 << 20, 8192
# A statement is signed sooner if it has so many.
MAX_PARTS = 256


class RecordSigner:
    """Signs what a writer writes.

    ``session``, the data of its first event, holds the statement that the user's key signed.
    """

    def __init__(
        self,
        header: "Mapping[str, object]",
        key: "SessionKey",
        sign: "Callable[[str], str]",
        interval: float = INTERVAL_SECONDS,
    ) -> None:
        """``sign`` signs a text with the user's key, which may take a touch; it raises what it raises."""
        self._recording, self._key = str(header.get("id", "")), key
        self._interval = interval
        text = session_text(header, key.public)
        signature = sign(text)
        self.session: JsonObject = {
            "fingerprint": fingerprint(key_of(signature)),
            "statement": text,
            "signature": signature,
        }
        self._before, self._number = text, 0
        self._first = self._seq = self._t = 0
        self._parts: list[Part] = []
        self._digest = RecordDigest()
        self._own = 0  # records not signed that are signatures themselves
        self._due = 0.0

    def add(self, records: "Sequence[Record]") -> None:
        """These records were written."""
        if not records:
            return
        if not self._has_unsigned:
            self._due = time.monotonic() + self._interval
        self._digest.add(records)
        self._seq += len(records)
        self._t = records[-1][0]
        if self._digest.size >= PART_BYTES or self._digest.count >= PART_RECORDS:
            self._end_part()

    def seconds_left(self) -> float | None:
        """Until something has to be signed; None: all is."""
        return max(0.0, self._due - time.monotonic()) if self._has_unsigned else None

    def due(self) -> "JsonObject | None":
        """The data of the next signature, if it is time for one."""
        if not self._has_unsigned:
            return None
        if time.monotonic() < self._due and len(self._parts) < MAX_PARTS:
            return None
        data = self._sign(end=False)
        self._own = 1
        return data

    def end(self) -> "JsonObject":
        """The data of the last signature. Nothing may be written between what it signs and it."""
        return self._sign(end=True)

    @property
    def _has_unsigned(self) -> bool:
        return self._seq - self._first > self._own

    def _end_part(self) -> None:
        self._parts.append((self._seq, self._t, self._digest.hexdigest()))
        self._digest = RecordDigest()

    def _sign(self, *, end: bool) -> "JsonObject":
        if self._digest.count:
            self._end_part()
        text = digests_text(
            self._recording, self._number, self._before, self._first, self._parts, end=end
        )
        self._before, self._first = text, self._seq
        self._number += 1
        self._parts = []
        return {"statement": text, "signature": self._key.sign(text)}
