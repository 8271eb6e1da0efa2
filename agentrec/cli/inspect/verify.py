"""Check whether a recording is whole, torn, damaged or altered, and what its signatures say.

  agentrec verify RUN
  agentrec verify --signers ~/.ssh/allowed_signers RUN     also whose signature it is
  agentrec verify --statements DIR RUN                     what was signed, for `ssh-keygen -Y verify`

Exit code 0 for a whole recording (or an intact one that is still being made). 5 for one that is as it was
signed, as far as it goes, but has no signed end: it was cut off, or its recorder was killed. 1 otherwise;
with --signers also if it is not signed, or not by one of them. See docs/signatures.md.
Of an encrypted one, checksums are checked without a key, and everything with --identity.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from shlex import quote
from typing import TYPE_CHECKING

from agentrec.cli.common import add_file, add_json, damage_lines, found, print_json, spooled
from agentrec.cli.inspect.signature_text import signature_facts, signature_lines
from agentrec.cli.progress import progress
from agentrec.errors import ExitCode, InputError
from agentrec.recording import packing_queue
from agentrec.recording.encryption.encrypted_input import is_encrypted
from agentrec.recording.encryption.identities import EncryptedError, is_named, option_for
from agentrec.recording.reader import Recording, open_input
from agentrec.recording.verify import examine, examine_outside
from agentrec.signatures.check import check
from agentrec.signatures.statement_files import write_statements
from agentrec.snapshots.lookup import recorded_snapshots
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from agentrec.recording.verify import VerifyReport
    from agentrec.signatures.check import SignatureReport

_MEANING = {
    "whole": "whole: it ends where its recorder ended it, and every checksum matches",
    "closed": "encrypted: every checksum matches; a private key (--identity) is needed to check the rest",
    "live": "intact so far, and still being recorded",
    "torn": "torn: the recorder was stopped; what is there is intact",
    "damaged": "damaged: parts of it cannot be read",
    "altered": "altered: its checksums match, but its parts do not belong together",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument(
        "--chain", metavar="HEX", help="the chain value it must have, from an earlier verify"
    )
    parser.add_argument(
        "--signers",
        metavar="FILE",
        help="who may have signed it: an allowed_signers file, as of ssh-keygen",
    )
    parser.add_argument(
        "--statements",
        metavar="DIR",
        help="write what was signed and the signatures to this new directory",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    with _local(args.file) as (file, path):
        try:
            report, signatures, snapshots = _examined(file, path, args)
        except EncryptedError:
            if is_named() or args.chain or args.signers or args.statements:
                raise
            report = _examined_outside(file)
            signatures, snapshots = None, []
        with open_input(file, decrypt=False) as raw:
            option = option_for(encrypted=is_encrypted(raw))
    packing = os.path.realpath(path) in packing_queue.waiting(os.environ)
    same = args.chain is None or args.chain.strip().lower() == report.chain
    if args.json:
        print_json(
            {
                "file": path,
                "state": report.state,
                "events": report.events,
                "events_lost": report.lost,
                "segments": report.segments,
                "chain": report.chain,
                "chain_matches": same if args.chain else None,
                "signatures": signature_facts(signatures) if signatures else None,
                "packing": packing,
                "notes": report.notes,
                "snapshots": snapshots,
                "damage": [[item.offset, item.length, item.reason] for item in report.damage],
            }
        )
    else:
        lines = [
            *_lines(path, report, same, option),
            *(signature_lines(signatures) if signatures else ()),
            *(f"  snapshot {text}" for text in snapshots),
        ]
        if packing:
            lines.append(
                "  it is being packed in the background: after that its chain value is another"
            )
        print("\n".join(map(printable, lines)))
    if not same or (signatures and not signatures.sound_or_unsigned):
        return ExitCode.NO
    if signatures and signatures.signed and report.state in ("whole", "torn"):
        return ExitCode.OK if signatures.completeness == "complete" else ExitCode.INCOMPLETE
    return ExitCode.OK if report.state in ("whole", "closed", "live") else ExitCode.NO


@contextmanager
def _local(name: str) -> Iterator[tuple[str, str]]:
    """A file with the recording that ``name`` means, and what to call it."""
    if name == "-":
        with spooled() as path:
            yield path, "standard input"
    else:
        path = found(name)
        yield path, path


def _examined(
    file: str, name: str, args: argparse.Namespace
) -> tuple[VerifyReport, SignatureReport, list[str]]:
    """What was found, what its signatures say, and what its snapshots lack."""
    signers = _readable(args.signers)
    with open_input(file, name=name) as raw, Recording(raw, name) as recording:
        if args.statements:
            write_statements(recording, args.statements)
        with progress("checking", recording.file_size) as advance:
            report = examine(recording, advance)
        missed = [one.missed_text for one in recorded_snapshots(recording) if one.missed_text]
        return report, check(recording, signers), missed


def _examined_outside(file: str) -> VerifyReport:
    """The same for an encrypted recording, without a key."""
    with (
        Recording.outside(file) as recording,
        progress("checking", recording.file_size) as advance,
    ):
        return examine_outside(recording, advance)


def _readable(path: str | None) -> str:
    """A file of signers. Raises InputError: ssh-keygen would say that nobody is in it."""
    if path is None:
        return ""
    name = os.path.expanduser(path)
    if os.path.isdir(name):
        raise InputError(f"{path} is a directory", "--signers takes an allowed_signers file")
    with open_input(name):
        return name


def _lines(path: str, report: VerifyReport, same: bool, option: str) -> list[str]:
    lost = f", {plural(report.lost, 'event')} missing" if report.lost else ""
    events = f"{plural(report.events, 'event')} in " if report.chain else ""  # or nobody knows
    lines = [
        f"{path}: {_MEANING[report.state]}",
        f"  {events}{plural(report.segments, 'segment')}{lost}",
    ]
    lines += [f"  chain {report.chain}"] if report.chain else []
    lines += [f"  {note}" for note in report.notes]
    damage = ((item.offset, item.length, item.reason) for item in report.damage)
    lines += [f"  {line}" for line in damage_lines(damage)]
    if not same:
        lines.append("  the chain value differs from yours: this is not the same recording")
    if report.state in ("damaged", "torn"):
        name = quote(path) if os.path.exists(path) else "FILE"
        lines.append(f"  `agentrec repair{option} {name}` writes a copy of what is readable")
    return lines
