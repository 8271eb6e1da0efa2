"""Show what changed between two snapshots, or between one and now.

agentrec diff run.ahr@s3          from s3 to the files as they are now
agentrec diff run.ahr@s3 s5       from s3 to s5
agentrec diff run.ahr@s3 s5 -- src/main.py
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from agentrec.cli.common import add_color, add_json, print_json, wants_color
from agentrec.cli.snapshots.snapshot_names import (
    SYNTAX,
    Named,
    below,
    check_paths,
    named,
    paths_of,
    same_recording,
)
from agentrec.columns import columns as columns_of
from agentrec.columns import padded
from agentrec.errors import ExitCode, UsageError
from agentrec.snapshots.diff.diff import (
    DiffSide,
    FileDiff,
    file_diffs,
    mode_and_folder_changes,
    unified_diff,
)
from agentrec.snapshots.diff.workspace_side import workspace_side
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse

_COLORS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_HEADS = (
    "diff ",
    "index ",
    "--- ",
    "+++ ",
    "new file",
    "deleted file",
    "rename ",
    "similarity",
    "old mode",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = SYNTAX
    parser.add_argument("old", metavar="FILE@A")
    parser.add_argument("new", nargs="?", default="now", metavar="B", help="a snapshot, or now")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="only these files")
    parser.add_argument(
        "--stat", action="store_true", help="only the names of files and numbers of lines"
    )
    add_json(parser, "the changed files, as JSON")
    parser.add_argument(
        "--exit-code", action="store_true", help="exit with 1 when something differs"
    )
    add_color(parser)


def run(args: argparse.Namespace) -> int:
    name = named(args.old)
    try:
        return _run(args, name)
    finally:
        name.store.close()


def _run(args: argparse.Namespace, name: Named) -> int:
    store = name.store
    old = DiffSide(name.snapshot.tree, store.contents(name.snapshot))
    new = workspace_side(store, old, os.environ) if args.new == "now" else _other(args, name)
    paths = paths_of(name, args.paths)
    if args.new == "now":
        check_paths(name, paths)
    files = [item for item in file_diffs(store, old, new) if below(item.path, paths)]
    more = [] if paths else mode_and_folder_changes(old, new)
    color = wants_color(args.color)
    if args.json:
        print_json([item._asdict() for item in files])
    else:
        _print_stat(files, more, color=color)
        if not args.stat and files:
            print()
            _print_diff(unified_diff(store, old, new, paths), color=color)
    return ExitCode.NO if args.exit_code and (files or more) else ExitCode.OK


def _other(args: argparse.Namespace, name: Named) -> DiffSide:
    other = same_recording(args.old, args.new)
    other.store.close()
    if other.store.folder != name.store.folder:
        raise UsageError("the snapshots are of different directories")
    return DiffSide(other.snapshot.tree, name.store.contents(other.snapshot))


def _print_stat(files: list[FileDiff], more: list[str], *, color: bool) -> None:
    if not files and not more:
        print("no differences")
    wide = max((columns_of(printable(item.path)) for item in files), default=0)
    for item in files:
        if item.added is None:
            count = "binary"
        else:
            plus, minus = f"+{item.added}", f"-{item.removed}"
            count = f"{_paint(plus, '+', color=color)} {_paint(minus, '-', color=color)}"
        print(f"{item.what:<8} {padded(printable(item.path), min(wide, 80))}  {count}")
    for line in more:
        print(printable(line))


def _print_diff(data: bytes, *, color: bool) -> None:
    if not sys.stdout.isatty():
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        return
    for line in data.decode(errors="replace").removesuffix("\n").split("\n"):
        text = "\t".join(printable(part) for part in line.split("\t"))
        if color and line.startswith(_HEADS):
            print(f"{_BOLD}{text}{_PLAIN}")
        else:
            print(_paint(text, line[:1], color=color))


def _paint(text: str, kind: str, *, color: bool) -> str:
    return f"{_COLORS[kind]}{text}{_PLAIN}" if color and kind in _COLORS else text
