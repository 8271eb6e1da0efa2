"""List the files of a snapshot: agentrec files FILE@SNAP"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.cli.common import print_json
from agentrec.cli.snapshots.snapshot_names import SYNTAX, below, named, paths_of
from agentrec.errors import ExitCode
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse

    from agentrec.snapshots.manifest import Contents


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = SYNTAX
    parser.add_argument("snapshot", metavar="FILE@SNAP")
    parser.add_argument("-l", "--long", action="store_true", help="show permissions")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "-0", "--null", action="store_true", help="end names with NUL, and do not escape them"
    )
    how.add_argument("--json", action="store_true", help="as one JSON object")


def run(args: argparse.Namespace) -> int:
    name = named(args.snapshot)
    contents = _part(name.store.contents(name.snapshot), paths_of(name))
    name.store.close()
    if args.json:
        print_json(_as_json(contents))
        return ExitCode.OK
    if args.null:
        import sys

        raw = [path.encode(errors="surrogateescape") + b"\0" for path in sorted(contents.files)]
        sys.stdout.buffer.write(b"".join(raw))
        return ExitCode.OK
    for path in sorted(contents.files):
        entry = contents.files[path]
        mode = f"{'l' if entry.is_link else '-'}{entry.mode & 0o7777:04o}  " if args.long else ""
        print(mode + printable(path))
    for path, why in sorted(contents.left.items()):
        print(f"{printable(path)}  (left out: {why})")
    return ExitCode.OK


def _part(contents: Contents, wanted: list[str]) -> Contents:
    return contents._replace(
        files={path: entry for path, entry in contents.files.items() if below(path, wanted)},
        folders={path: mode for path, mode in contents.folders.items() if below(path, wanted)},
        left={path: why for path, why in contents.left.items() if below(path, wanted)},
    )


def _as_json(contents: Contents) -> dict[str, object]:
    return {
        "files": {
            path: {"mode": f"{entry.mode:o}", "blob": entry.sha}
            for path, entry in sorted(contents.files.items())
        },
        "folders": {path: f"{mode:o}" for path, mode in sorted(contents.folders.items())},
        "left": contents.left,
    }
