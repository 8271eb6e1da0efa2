"""Which statements of a recording its key signed, and which are missing between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.signatures import ssh_keygen
from agentrec.signatures.statement import text_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.signatures.signed import DigestsSigned, SessionSigned

# Each takes a process to verify.
MAX_REFUSED = 50


class Authentic(NamedTuple):
    """Statements by number, and what is wrong with others."""

    digests: list[DigestsSigned]
    faults: list[str]


def authentic(session: SessionSigned, digests: list[DigestsSigned]) -> Authentic:
    """Those of ``digests`` that the key named by ``session`` signed. Raises InputError.

    Each has the hash of the one before it: one signature is enough for all before it.
    """
    with ssh_keygen.signers_file(session.statement.key) as signers:

        def verified(one: DigestsSigned) -> bool:
            text, signature = one.signed.text, one.signed.signature
            return not ssh_keygen.verify(text, signature, signers, "session")

        return _sort_out(session, digests, verified)


def _sort_out(
    session: SessionSigned, digests: list[DigestsSigned], verified: Callable[[DigestsSigned], bool]
) -> Authentic:
    found: dict[int, DigestsSigned] = {}
    faults: list[str] = []
    before, refused = "", 0  # the hash of a statement that is known to be authentic
    for one in reversed(digests):
        where = f"the signature in event {one.signed.seq}"
        if text_hash(one.signed.text) != before and not (refused < MAX_REFUSED and verified(one)):
            refused += 1
            faults.append(f"{where} is not by the recording's key")
            continue
        before = one.statement.before
        if one.statement.recording != session.statement.recording:
            faults.append(f"{where} is of another recording")
        elif one.statement.number in found:
            faults.append(f"{where} is there twice")
        else:
            found[one.statement.number] = one
    ordered = [found[number] for number in sorted(found)]
    if [one.signed.seq for one in ordered] != [one.signed.seq for one in reversed(found.values())]:
        faults.append("signatures are not in their order")
    first = found.get(0)
    if first and first.statement.before != text_hash(session.signed.text):
        faults.append("the user's signature is not the one that was there when it was recorded")
    return Authentic(ordered, faults[::-1])
