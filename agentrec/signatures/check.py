"""Whether a recording is what was signed (integrity), and all of it (completeness)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentrec.errors import InputError
from agentrec.signatures import ssh_keygen
from agentrec.signatures.authentic import authentic
from agentrec.signatures.digest_check import compare
from agentrec.signatures.signed import Statements, has_signer, statements
from agentrec.signatures.sshsig import fingerprint
from agentrec.signatures.statement import header_digest
from agentrec.text import plural

if TYPE_CHECKING:
    from agentrec.recording.reader import Recording
    from agentrec.signatures.digest_check import Stretch
    from agentrec.signatures.signed import DigestsSigned, SessionSigned

# What else is wrong is counted.
MAX_FAULTS = 20


@dataclass
class SignatureReport:
    """What the signatures of a recording say.

    ``integrity``     ``intact``; ``changed``; ``unsigned`` (it has no signatures); ``unchecked`` (there
                      is no ssh-keygen)
    ``completeness``  ``complete`` (its end is signed); ``incomplete``; ``live`` (still being recorded)
    ``trust``         ``allowed`` (the signer is, as ``principal``); ``refused``, ``why``; ``unasked``
    ``events``, ``until``   what is signed: so many events, to this time (ns)
    ``after``         events behind what is signed; if it is complete: notes that were added later
    ``changed``       events that are not as they were signed
    ``faults``        what else is wrong
    """

    integrity: str = "unsigned"
    completeness: str = "incomplete"
    trust: str = "unasked"
    key: str = ""
    algorithm: str = ""
    principal: str = ""
    why: str = ""
    events: int = 0
    until: int = 0
    after: int = 0
    statements: int = 0
    changed: list[Stretch] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def signed(self) -> bool:
        return self.integrity != "unsigned"

    @property
    def sound_or_unsigned(self) -> bool:
        """Nothing that is signed was changed, and if it was asked for, someone who is allowed signed it."""
        return self.integrity in ("intact", "unsigned", "unchecked") and self.trust != "refused"


def check(recording: Recording, signers: str = "") -> SignatureReport:
    """Check the signatures of ``recording``; with ``signers``, an allowed_signers file, also whose they are.

    Reads it twice. Raises InputError.
    """
    report = SignatureReport()
    if not has_signer(recording):
        if recording.index.counts.get("sys/signature"):
            report.integrity = "changed"
            report.faults.append("the user's signature, its first event, is missing")
        if signers:
            report.trust, report.why = "refused", "it is not signed"
        return report
    found = statements(recording)
    report.faults += found.faults
    try:
        digests = _authentic(found, report)
        if signers and found.session:
            _trust(found.session, signers, report)
    except InputError as error:
        if signers:
            raise
        report.integrity = "unchecked"
        report.faults.append(str(error))
        return report
    _compare(recording, digests, report)
    if found.session:
        _compare_header(recording, found.session, report)
    report.integrity = "changed" if report.faults or report.changed else "intact"
    if (more := len(report.faults) - MAX_FAULTS) > 0:
        report.faults[MAX_FAULTS:] = [f"and {more} more"]
    return report


def _authentic(found: Statements, report: SignatureReport) -> list[DigestsSigned]:
    """The digest statements that the recording's key signed, which the user's key signed."""
    session = found.session
    if session is None:
        return []
    report.key, report.algorithm = fingerprint(session.key), session.key.algorithm
    if why := ssh_keygen.check(session.signed.text, session.signed.signature):
        report.faults.append(f"the user's signature is not valid: {why}")
        return []
    digests, faults = authentic(session, found.digests)
    report.faults += faults
    report.statements = len(digests)
    return digests


def _trust(session: SessionSigned, signers: str, report: SignatureReport) -> None:
    """Whether the user's key is one of the allowed signers'."""
    name, why = _principal(session, signers)
    if name:
        report.trust, report.principal = "allowed", name
        return
    created = "".join(filter(str.isdecimal, session.statement.created))[:14]
    name, _ = _principal(session, signers, f"{created}Z") if created else ("", "")
    was = "; it was allowed at the date that the recording has" if name else ""
    report.trust, report.why = "refused", why + was


def _principal(session: SessionSigned, signers: str, time: str = "") -> tuple[str, str]:
    """Whose signature it is, now or at that time; if nobody's, why."""
    text, signature = session.signed.text, session.signed.signature
    names, why = ssh_keygen.principals(signature, signers, time)
    for name in names:
        why = ssh_keygen.verify(text, signature, signers, name, time)
        if not why:
            return name, ""
    return "", why


def _compare(recording: Recording, digests: list[DigestsSigned], report: SignatureReport) -> None:
    checked = compare(recording, digests)
    report.changed, report.after = checked.changed, checked.after
    if any(not item.reason.startswith("torn") for item in recording.damage):
        report.faults.append("parts of the file cannot be read")
    if recording.unread:
        report.faults.append("it unpacks to too much: the rest was not read")
    if checked.repeated:
        again = plural(checked.repeated, "event")
        report.faults.append(f"{again} are there twice, or are not in their place")
    last = digests[-1].statement if digests else None
    if last:
        report.events = last.stop
        report.until = max(one.statement.t for one in digests)
    if last and last.end:
        report.completeness = "complete"
        if digests[-1].signed.seq != last.stop:
            report.faults.append("there are events between the end and its signature")
        if checked.foreign:
            foreign = plural(checked.foreign, "event")
            report.faults.append(f"behind the signed end there is more than notes: {foreign}")
    elif recording.live:
        report.completeness = "live"


def _compare_header(recording: Recording, session: SessionSigned, report: SignatureReport) -> None:
    header, statement = recording.first_header, session.statement
    if header.get("id") != statement.recording:
        report.faults.append(f"the signatures are of the recording {statement.recording}")
    elif header_digest(header) != statement.header:
        report.faults.append(
            "the header is not as it was signed: command, title, directory or date"
        )
