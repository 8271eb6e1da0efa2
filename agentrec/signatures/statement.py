"""What is signed: texts of two kinds, each one line of JSON.

A *session statement* names the recording, its header and the key of the recording. A *digest statement*
has the digests of records, and the hash of the statement before it.
"""

import hashlib
import json
import re
from itertools import pairwise

from agentrec.errors import FormatError
from agentrec.recording.format.header import BOOKKEEPING, load_json
from agentrec.recording.format.index import MAX_INTEGER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentrec.json_values import JsonObject

SESSION, DIGESTS = "agentrec session", "agentrec digests"
VERSION = 1
# Keys of a header that whoever rewrites the file may change.
_UNSIGNED = frozenset((*BOOKKEEPING, "repaired", "recipients"))

_PUBLIC_KEY = re.compile(r"[a-z0-9@.-]+ [A-Za-z0-9+/=]+")

# One past the last seq, the last time (ns) and the digest of some records.
Part = tuple[int, int, str]


class SessionStatement:
    """Of ``recording`` (its id), with a header of this digest, recorded with this ``key``."""

    def __init__(self, values: "JsonObject") -> None:
        """Raises FormatError."""
        _expect(values, SESSION)
        self.recording = _text(values, "recording")
        self.created = _text(values, "created")
        self.header, self.key = _text(values, "header"), _text(values, "signer")
        if not _PUBLIC_KEY.fullmatch(self.key):
            raise FormatError("its signer is not a public key")


class DigestStatement:
    """Digests of events ``first`` to ``stop`` of ``recording``, the last of which was at ``t`` ns.

    ``number`` counts from 0; ``before`` is the hash of the statement before it; ``end``: it is the last one.
    """

    def __init__(self, values: "JsonObject") -> None:
        """Raises FormatError."""
        _expect(values, DIGESTS)
        self.recording, self.before = _text(values, "recording"), _text(values, "before")
        self.number, self.first = _number(values, "number"), _number(values, "from")
        self.end = values.get("end") is True
        parts = values.get("parts")
        if not isinstance(parts, list):
            raise FormatError("its parts are not a list")
        self.parts = [_part(one) for one in parts]
        self.stop = self.parts[-1][0] if self.parts else self.first
        self.t = self.parts[-1][1] if self.parts else 0
        stops = [self.first, *(part[0] for part in self.parts)]
        if any(low >= high for low, high in pairwise(stops)):
            raise FormatError("its parts are not in order")


def session_text(header: "Mapping[str, object]", key: str) -> str:
    """The session statement of a recording with this header."""
    return _line(
        {
            "statement": SESSION,
            "version": VERSION,
            "recording": str(header.get("id", "")),
            "created": str(header.get("created", "")),
            "header": header_digest(header),
            "signer": key,  # not called a key, so that no mask takes it for a secret
        }
    )


def digests_text(
    recording: str, number: int, before: str, first: int, parts: "Sequence[Part]", *, end: bool
) -> str:
    """The digest statement with these parts; ``before``: the text before it."""
    return _line(
        {
            "statement": DIGESTS,
            "version": VERSION,
            "recording": recording,
            "number": number,
            "before": text_hash(before),
            "from": first,
            "end": end,
            "parts": [list(part) for part in parts],
        }
    )


def parse(text: str) -> SessionStatement | DigestStatement:
    """Raises FormatError."""
    values = load_json(text.encode("utf-8", "surrogatepass"))
    if values.get("statement") == SESSION:
        return SessionStatement(values)
    return DigestStatement(values)


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def header_digest(header: "Mapping[str, object]") -> str:
    """SHA-256 of the header's JSON: sorted keys, no spaces, all but ASCII escaped."""
    kept = {name: value for name, value in header.items() if name not in _UNSIGNED}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _line(values: "JsonObject") -> str:
    return json.dumps(values, separators=(",", ":")) + "\n"


def _expect(values: "JsonObject", kind: str) -> None:
    if values.get("statement") != kind:
        raise FormatError("it is not a statement of agentrec")
    if values.get("version") != VERSION:
        raise FormatError("it is of a later version of agentrec")


def _text(values: "JsonObject", name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise FormatError(f"its {name} is not a text")
    return value


def _number(values: "JsonObject", name: str) -> int:
    value = values.get(name)
    if type(value) is not int or not 0 <= value <= MAX_INTEGER:
        raise FormatError(f"its {name} is not a number")
    return value


def _part(value: object) -> Part:
    match value:
        case [int(stop), int(t), str(digest)] if 0 <= stop <= MAX_INTEGER and 0 <= t <= MAX_INTEGER:
            return stop, t, digest
    raise FormatError("one of its parts is not valid")
