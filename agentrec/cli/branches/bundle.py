"""Put tasks and what came of them into one JSON file, to compare, share and run elsewhere.

  agentrec bundle run.ahr -o task.bundle.json
  agentrec bundle a.ahr b.ahr c.ahr --full -o swarm.bundle.tar      with the recordings, masked
  agentrec bundle task.bundle.json --format kodelyth -o out.json    between the two formats
  agentrec bundle swarm.bundle.tar --extract DIR
  agentrec rerun task.bundle.json --execute

A bundle has for each recording the task, the agent and model, the files that differ from the commit it
started at, its last message and its outcome. Secrets are masked; what was masked is reported.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import TYPE_CHECKING

from agentrec.atomic import replacing
from agentrec.cli.common import found, print_json, warn
from agentrec.errors import ExitCode, OutputError, UsageError
from agentrec.rerun.bundles.bundle import Bundle, bundle_text
from agentrec.rerun.bundles.bundle_archive import (
    extract_archive,
    is_archive,
    read_archive,
    write_archive,
)
from agentrec.rerun.bundles.bundle_reader import is_bundle, read_bundle
from agentrec.rerun.bundles.collect import collect
from agentrec.rerun.bundles.scrub import scrub
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from agentrec.rerun.bundles.scrub import Masked

AGENTREC, KODELYTH = "agentrec", "kodelyth"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help="recordings, or one bundle")
    add("-o", "--out-file", metavar="FILE", help="the bundle (default, and -: standard output)")
    add("--name", default="", help="what the session is called (default: the first task)")
    add("--format", choices=(AGENTREC, KODELYTH), default=AGENTREC, help="the format")
    add("--full", action="store_true", help="a tar that also has the recordings")
    add("--no-files", dest="with_files", action="store_false", help="leave out the files")
    add("--extract", metavar="DIR", help="write what is in a bundle with recordings into DIR")
    add("--overwrite", action="store_true", help="replace the file if it exists")
    add("--json", action="store_true", help="what was written and masked as a JSON object")


def run(args: argparse.Namespace) -> int:
    if args.extract:
        return _extract(args)
    args.out_file = args.out_file if args.out_file != "-" else None
    _check_usage(args)
    paths = [found(name) for name in args.files]
    if any(is_bundle(path) or is_archive(path) for path in paths):
        bundle, notes = _read_one(args, paths), list[str]()
    else:
        bundle, notes = collect(paths, os.environ, files=args.with_files)
    report = scrub(bundle)
    bundle.session = args.name or bundle.session
    notes += _write(args, bundle, paths)
    _report(args, bundle, report, notes)
    return ExitCode.OK


def _check_usage(args: argparse.Namespace) -> None:
    if args.full and (not args.out_file or args.format != AGENTREC):
        raise UsageError("--full needs -o, and cannot be used with --format kodelyth")
    if args.json and not args.out_file:
        raise UsageError("--json needs -o: the bundle itself goes to standard output")


def _read_one(args: argparse.Namespace, paths: Sequence[str]) -> Bundle:
    if len(paths) > 1 or args.full:
        raise UsageError("a bundle can only be converted alone, and without --full")
    return read_any(paths[0])


def read_any(path: str) -> Bundle:
    """The bundle in a file, JSON or tar. Raises InputError."""
    return read_archive(path) if is_archive(path) else read_bundle(path)


def _extract(args: argparse.Namespace) -> int:
    if len(args.files) > 1:
        raise UsageError("--extract takes one bundle")
    files = extract_archive(args.files[0], args.extract)
    if args.json:
        print_json({"files": files})
    else:
        for path in files:
            print(printable(path))
    return ExitCode.OK


def _write(args: argparse.Namespace, bundle: Bundle, paths: Sequence[str]) -> list[str]:
    """Write the bundle; returns what of its recordings was left out."""
    notes: list[str] = []
    text = bundle_text(bundle.as_data() if args.format == AGENTREC else bundle.as_kodelyth())
    if not args.out_file:
        sys.stdout.write(text)
        return notes
    try:
        with (
            tempfile.TemporaryDirectory(prefix="agentrec-bundle-") as place,
            replacing(args.out_file, overwrite=args.overwrite) as fd,
            open(fd, "wb", closefd=False) as out,
        ):
            if args.full:
                write_archive(out, text, _masked_recordings(bundle, paths, place, notes))
            else:
                out.write(text.encode(errors="surrogatepass"))
    except FileExistsError:
        raise OutputError(
            f"{args.out_file} already exists (use --overwrite to replace it)"
        ) from None
    except OSError as error:
        raise OutputError(f"cannot write {args.out_file}: {error.strerror}") from None
    return notes


def _masked_recordings(
    bundle: Bundle, paths: Sequence[str], place: str, notes: list[str]
) -> dict[str, str]:
    """Copies of the recordings without secrets, by slug."""
    from agentrec.export.masked_copy import write_masked

    copies: dict[str, str] = {}
    for worker, path in zip(bundle.workers, paths, strict=True):
        copy = os.path.join(place, f"{len(copies)}.ahr")
        made = write_masked(path, copy)
        for rule, count in made.masked.items():
            bundle.masked[rule] = bundle.masked.get(rule, 0) + count
        notes += [f"{path}: {note}" for note in made.notes]
        copies[worker.slug] = copy
    return copies


def _report(
    args: argparse.Namespace, bundle: Bundle, report: Sequence[Masked], notes: Sequence[str]
) -> None:
    if args.json:
        masked = [it.as_data() for it in report]
        slugs = [worker.slug for worker in bundle.workers]
        print_json(
            {"file": args.out_file, "workers": slugs, "masked": masked, "notes": list(notes)}
        )
        return
    for note in notes:
        warn(note)
    for it in report:
        warn(f"masked {plural(it.times, it.rule)} in {it.place}")
    if args.out_file:
        warn(f"wrote {args.out_file}: {plural(len(bundle.workers), 'task')}")
