"""The statements in a recording. Nothing here is verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import FormatError
from agentrec.recording.format.work_limit import WorkLimit
from agentrec.signatures.sshsig import PublicKey, fingerprint, key_of
from agentrec.signatures.statement import DigestStatement, SessionStatement, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording

SIGNER, SIGNATURE = ("sys", "signer"), ("sys", "signature")


class Signed(NamedTuple):
    """A text and its signature, in the event ``seq``."""

    seq: int
    text: str
    signature: str


class SessionSigned(NamedTuple):
    """What the user's ``key`` signed when the recording started."""

    signed: Signed
    statement: SessionStatement
    key: PublicKey


class DigestsSigned(NamedTuple):
    """What the recording's key signed later."""

    signed: Signed
    statement: DigestStatement


class Statements(NamedTuple):
    """As they are in the file. ``faults``: what cannot be read."""

    session: SessionSigned | None
    digests: list[DigestsSigned]
    faults: list[str]


def has_signer(recording: Recording) -> bool:
    """Whether it says that it is signed."""
    return bool(recording.index.counts.get("/".join(SIGNER)))


def statements(recording: Recording) -> Statements:
    """Every statement of the recording."""
    recording.work = WorkLimit(recording.file_size)
    events = recording.events(tracks=("sys",), binary=False)
    return _sort_out([event for event in events if event.name in (SIGNER, SIGNATURE)])


def _sort_out(events: list[Event]) -> Statements:
    faults: list[str] = []
    session: SessionSigned | None = None
    digests: list[DigestsSigned] = []
    for event in events:
        try:
            if event.name == SIGNATURE:
                digests.append(_digests(event))
            elif session:
                faults.append(f"event {event.seq} is a second signature by a user")
            else:
                session = _session(event)
        except FormatError as error:
            faults.append(f"the signature in event {event.seq} cannot be read: {error}")
    if session is None:
        return Statements(None, [], [*faults, "no signature by a user"])
    return Statements(session, digests, faults)


def _session(event: Event) -> SessionSigned:
    signed = _signed(event)
    statement = parse(signed.text)
    if not isinstance(statement, SessionStatement):
        raise FormatError("it is one of a recording's key")
    key = key_of(signed.signature)
    if not isinstance(event.data, dict) or event.data.get("fingerprint") != fingerprint(key):
        raise FormatError("it is of another key than it says")
    return SessionSigned(signed, statement, key)


def _digests(event: Event) -> DigestsSigned:
    signed = _signed(event)
    statement = parse(signed.text)
    if not isinstance(statement, DigestStatement):
        raise FormatError("it is one of a user")
    return DigestsSigned(signed, statement)


def _signed(event: Event) -> Signed:
    data = event.data
    text = data.get("statement") if isinstance(data, dict) else None
    signature = data.get("signature") if isinstance(data, dict) else None
    if not isinstance(text, str) or not isinstance(signature, str):
        raise FormatError("it has no statement or no signature")
    return Signed(event.seq, text, signature)


def is_added_later(name: str) -> bool:
    """Whether events of this name may be added after the end, see :mod:`agentrec.recording.append`."""
    return name in ("mark/moment", "mark/note", "mark/about")


def all_of(found: Statements) -> Iterator[Signed]:
    """Texts and signatures, in order."""
    if found.session:
        yield found.session.signed
    yield from (one.signed for one in found.digests)
