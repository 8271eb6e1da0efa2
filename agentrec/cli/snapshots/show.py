"""Print a file as it was, or the details of a snapshot.

agentrec show run.ahr@s3:src/main.py
agentrec show run.ahr@s3
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from agentrec.cli.snapshots.snapshot_names import SYNTAX, Named, named
from agentrec.errors import ExitCode
from agentrec.recording.events.fs import missed_text
from agentrec.text import format_size, printable

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = SYNTAX
    parser.add_argument("snapshot", metavar="FILE@SNAP[:PATH]")


def run(args: argparse.Namespace) -> int:
    name = named(args.snapshot)
    try:
        if name.path is None:
            print("\n".join(_about(name)))
            return ExitCode.OK
        data = name.store.read(name.snapshot, name.path.removeprefix("./"))
    finally:
        name.store.close()
    if not sys.stdout.isatty():
        sys.stdout.buffer.write(data)
        return ExitCode.OK
    # A terminal would act on control characters in a file.
    for line in data.decode(errors="replace").split("\n"):
        print("\t".join(printable(part) for part in line.split("\t")))
    return ExitCode.OK


def _about(name: Named) -> list[str]:
    one = name.snapshot
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(one.created / 1e9))
    rows = [
        *(("snapshot", one.id), ("label", one.label), ("reason", one.reason), ("taken", when)),
        *(("recording", one.recording), ("directory", one.workspace), ("cwd", one.cwd)),
        (
            "files",
            f"{one.files:,}, {format_size(one.bytes)}; {one.changed:,} changed since the previous one",
        ),
        ("missed", missed_text(one.more)),
        *(("commit", one.commit), ("tree", one.tree), ("store", name.store.git_dir)),
    ]
    contents = name.store.contents(one)
    rows += [("left out", f"{path}: {why}") for path, why in sorted(contents.left.items())]
    rows += [("late", path) for path in contents.late]
    return [f"{key:<10} {printable(value)}" for key, value in rows if value]
