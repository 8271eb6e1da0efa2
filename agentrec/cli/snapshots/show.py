"""Print a file as it was, or the details of a snapshot.

agentrec show run.ahr@s3:src/main.py
agentrec show run.ahr@s3
"""

from __future__ import annotations

import codecs
import re
import sys
import time
from typing import TYPE_CHECKING

from agentrec.cli.snapshots.snapshot_names import SYNTAX, Named, named
from agentrec.errors import ExitCode
from agentrec.recording.events.fs import missed_text, scanned_text
from agentrec.text import format_size, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

_KEPT = re.compile(r"[^\n\t]+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = SYNTAX
    parser.add_argument("snapshot", metavar="FILE@SNAP[:PATH]")


def run(args: argparse.Namespace) -> int:
    name = named(args.snapshot)
    try:
        if name.path is None:
            print("\n".join(_about(name)))
            return ExitCode.OK
        pieces = name.store.pieces(name.snapshot, name.path.removeprefix("./"))
        if sys.stdout.isatty():
            _show(pieces)
        else:
            sys.stdout.buffer.writelines(pieces)
    finally:
        name.store.close()
    return ExitCode.OK


def _show(pieces: Iterable[bytes]) -> None:
    """Print a file on a terminal, which would act on control characters."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = ""
    for text in filter(None, map(decoder.decode, pieces)):
        print(_KEPT.sub(lambda part: printable(part[0]), text), end="")
    print(decoder.decode(b"", final=True), end="" if text.endswith("\n") else "\n")


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
        ("slow", scanned_text(one.more)),
        *(("commit", one.commit), ("tree", one.tree), ("store", name.store.git_dir)),
    ]
    contents = name.store.contents(one)
    rows += [("left out", f"{path}: {why}") for path, why in sorted(contents.left.items())]
    rows += [("late", path) for path in contents.late]
    return [f"{key:<10} {printable(value)}" for key, value in rows if value]
