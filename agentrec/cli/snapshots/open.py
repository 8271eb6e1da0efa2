"""Write the files of a snapshot into a directory, read-only, and print its path.

cd "$(agentrec open run.ahr@s3)"
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from agentrec.cli.common import warn
from agentrec.cli.snapshots.snapshot_names import SYNTAX, Named, named
from agentrec.config import cache_home, make_folders
from agentrec.errors import ExitCode, OutputError, UsageError
from agentrec.snapshots.restore.checkout import checkout

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = SYNTAX
    parser.add_argument("snapshot", metavar="FILE@SNAP")
    parser.add_argument(
        "directory",
        metavar="DIR",
        nargs="?",
        help="a new or empty directory (default: in the cache)",
    )
    parser.add_argument(
        "--writable", action="store_true", help="keep the permissions recorded in the snapshot"
    )


def run(args: argparse.Namespace) -> int:
    name = named(args.snapshot)
    try:
        if name.path:
            raise UsageError("cannot open a single file", "`agentrec show` prints one")
        target = args.directory or _cached(name, writable=args.writable)
        if args.directory is None and os.path.isdir(target):
            print(target)
            return ExitCode.OK
        troubles = _write(name, os.path.abspath(target), read_only=not args.writable)
    finally:
        name.store.close()
    for path, why in troubles:
        warn(f"cannot write {path}: {why}")
    print(target)
    return ExitCode.NO if troubles else ExitCode.OK


def _cached(name: Named, *, writable: bool) -> str:
    folder = f"{name.store.name}-{name.snapshot.commit[:12]}" + ("-writable" if writable else "")
    return os.path.join(cache_home(os.environ), "open", folder)


def _write(name: Named, target: str, *, read_only: bool) -> list[tuple[str, str]]:
    """Write under another name and rename, so that a directory that exists is complete."""
    if os.path.exists(target) and os.listdir(target):
        raise OutputError(f"{target} already exists and is not empty")
    try:
        make_folders(os.path.dirname(target))
    except OSError as error:
        raise OutputError(f"cannot create {target}: {error.strerror}") from None
    new = f"{target}.{os.getpid()}.new"
    try:
        troubles = checkout(name.store, name.snapshot, new, read_only=read_only)
        os.rename(new, target)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    if read_only:
        os.chmod(target, 0o555)  # noqa: S103 - to look at
    return troubles
