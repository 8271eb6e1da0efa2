"""What signatures say about a recording: as lines, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.recording.reader import Recording
from agentrec.signatures.check import MAX_FAULTS, check
from agentrec.text import plural
from agentrec.times import format_clock

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.signatures.check import SignatureReport
    from agentrec.signatures.digest_check import Stretch

_NOT_SIGNED = "are not as they were signed"


def signature_lines(report: SignatureReport) -> list[str]:
    """Nothing for a recording without signatures, unless it was to have some."""
    if not report.signed:
        return [f"  {report.why}"] if report.why else []
    lines = [f"  signed by {report.key or 'nobody'}{_who(report)}"]
    if report.integrity == "unchecked":
        return [*lines, *(f"  {fault}" for fault in report.faults)]
    lines.append(f"  integrity: {_integrity(report)}")
    lines += [f"    {_changed(one)}" for one in report.changed[:MAX_FAULTS]]
    if (more := len(report.changed) - MAX_FAULTS) > 0:
        lines.append(f"    and {more:,} more")
    lines += [f"    {fault}" for fault in report.faults]
    lines.append(f"  completeness: {_completeness(report)}")
    return lines


def signed_text(key: str | None) -> str:
    """By whom a recording says that it is signed."""
    return f"{key}, see `agentrec verify`" if key else ""


def broken_signature(path: str) -> list[str]:
    """What of a recording is not as it was signed, after it was changed on purpose."""
    with Recording.open(path) as recording:
        report = check(recording)
    if report.integrity != "changed":
        return []
    what = [*map(_changed, report.changed), *report.faults]
    return [f"the signature by {report.key} does not hold any more:", *(f"  {one}" for one in what)]


def signature_facts(report: SignatureReport) -> JsonObject:
    """All of it; times in ns."""
    return {
        "integrity": report.integrity,
        "completeness": report.completeness if report.signed else None,
        "signer": {
            "key": report.key or None,
            "algorithm": report.algorithm or None,
            "trust": report.trust,
            "principal": report.principal or None,
            "why": report.why or None,
        },
        "statements": report.statements,
        "signed_events": report.events,
        "signed_until_ns": report.until,
        "events_after": report.after,
        "changed": [one._asdict() for one in report.changed],
        "faults": report.faults,
    }


def _who(report: SignatureReport) -> str:
    if report.trust == "allowed":
        return f", allowed: {report.principal}"
    if report.trust == "refused":
        return f", not allowed: {report.why}"
    return "; --signers FILE says whether that is somebody you know"


def _integrity(report: SignatureReport) -> str:
    if report.integrity == "changed":
        return "changed since it was signed"
    if not report.events:
        return "no event is signed"
    return f"intact: all {plural(report.events, 'signed event')} are as they were signed"


def _changed(one: Stretch) -> str:
    what = "cannot be checked: their signature is missing" if one.unknown else _NOT_SIGNED
    return (
        f"events {one.first} to {one.stop - 1} ({_clock(one.since)} to {_clock(one.until)}) {what}"
    )


def _clock(t: int) -> str:
    return format_clock(t, fraction=True)


def _completeness(report: SignatureReport) -> str:
    if report.completeness == "complete":
        added = f"; {plural(report.after, 'event')} added later, not signed" if report.after else ""
        return f"complete: its recorder signed the end, at {_clock(report.until)}{added}"
    after = plural(report.after, "event")
    if report.events:
        until = (
            f"signed until {_clock(report.until)}{f'; {after} after that' if report.after else ''}"
        )
    else:
        until = f"none of its {after} is signed" if report.after else "nothing is signed"
    if report.completeness == "live":
        return f"still being recorded, {until}"
    return f"incomplete, the end is not signed: {until}"
