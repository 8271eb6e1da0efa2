"""Mask the secrets of a recording that exists: terminal, events, snapshots, kept conversations, index.

agentrec scrub last --dry-run     what would be masked, and where
agentrec scrub last               mask it in place; this cannot be undone
agentrec scrub last -o copy.ahr   write a masked copy, and leave the recording as it is

Files of snapshots that other recordings share are masked for all of them. The agent's own files and your
working directory are not touched. If it is interrupted, the recording is as before, or the next scrub
finishes it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import (
    RECORDING_FILE,
    add_identity,
    add_json,
    found,
    output_file,
    print_json,
    warn,
)
from agentrec.cli.progress import progress
from agentrec.errors import AgentrecError, ExitCode, InputError, UsageError
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse

    from agentrec.json_values import JsonObject
    from agentrec.scrub.scrub_run import ScrubResult

# The file is read so often: to find secrets, to count them, and to write it.
_READS = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_identity(parser)
    parser.add_argument("file", metavar="FILE", help=RECORDING_FILE)
    parser.add_argument(
        "-o",
        "--out-file",
        type=output_file,
        metavar="COPY",
        help="write a copy, and leave FILE as it is",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace COPY if it exists")
    parser.add_argument("-n", "--dry-run", action="store_true", help="show what would be masked")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from agentrec.scrub import scrub_run
    from agentrec.scrub.copy_scrub import scrub_to_copy

    if args.file == "-":
        raise UsageError("cannot scrub standard input", "pass a FILE")
    if not args.dry_run:
        for name in scrub_run.finish_interrupted(os.environ):
            warn(f"finished an interrupted scrub of {name}")
    path = found(args.file, say=True)
    if os.path.exists(path) and not os.path.isfile(path):
        raise InputError(f"{path} is not a file", "pass a recording")
    with progress("looking for secrets", _READS * _size(path)) as bar:
        advance = _Sum(bar)
        if args.dry_run:
            result = scrub_run.survey(path, os.environ, advance)
        elif args.out_file:
            result = scrub_to_copy(
                path, args.out_file, os.environ, advance, overwrite=args.overwrite
            )
        else:
            result = scrub_run.scrub(path, os.environ, advance)
    if not args.dry_run and not args.out_file and result.findings:
        _pack_again(path)
    _report(args, path, result)
    _say_signatures(args.out_file or path, dry_run=args.dry_run, masked=bool(result.findings))
    return ExitCode.OK


def _say_signatures(path: str, *, dry_run: bool, masked: bool) -> None:
    """Say which parts of a signed recording differ from what was signed."""
    from agentrec.cli.inspect.signature_text import broken_signature
    from agentrec.recording.info import signed_by
    from agentrec.recording.reader import Recording

    if not masked:
        return
    with Recording.open(path) as recording:
        signer = signed_by(recording)
    if dry_run and signer:
        warn(f"it is signed by {signer}: its signature will not hold for what is masked")
    for line in broken_signature(path) if signer and not dry_run else ():
        warn(line)


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


class _Sum:
    """Adds up what several readings of one file have read."""

    def __init__(self, bar: object) -> None:
        self._bar = bar
        self._before = self._last = 0

    def __call__(self, at: int) -> None:
        if at < self._last:
            self._before += self._last
        self._last = at
        if callable(self._bar):
            self._bar(self._before + at)


def _pack_again(path: str) -> None:
    """What makes seeking fast is derived from the terminal, and is made anew."""
    from agentrec.recording import packing_queue
    from agentrec.recording.reader import Recording

    try:
        with Recording.outside(path) as recording:
            if recording.encrypted:
                return
        packing_queue.add(path, os.environ)
        packing_queue.start_worker(os.environ)
    except (AgentrecError, OSError):
        return


def _report(args: argparse.Namespace, path: str, result: ScrubResult) -> None:
    if args.json:
        print_json(_as_json(args, path, result))
        return
    for line in result.findings.lines():
        print(line)
    count = plural(result.findings.total, "secret")
    written = args.out_file or path
    if args.dry_run:
        print(f"{count} would be masked" if result.findings else "no secrets found")
    elif args.out_file:
        print(printable(f"{count} masked in {written}"))
    else:
        print(printable(f"{count} masked in {written}") if result.findings else "no secrets found")
    for other in result.others:
        print(printable(f"also rewritten, it has the same files: {other}"))
    for store in result.missing:
        warn(f"snapshots in the store {store} are not on this machine")


def _as_json(args: argparse.Namespace, path: str, result: ScrubResult) -> JsonObject:
    return {
        "file": path,
        "copy": args.out_file,
        "dry_run": args.dry_run,
        "masked": result.findings.as_json(),
        "total": result.findings.total,
        "others": result.others,
        "stores_missing": result.missing,
    }
