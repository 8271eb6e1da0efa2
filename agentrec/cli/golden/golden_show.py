"""Show what is known of a golden run: its task, agent, files at the start, and what it took.

agentrec golden show fix-tests
agentrec golden show --task "fix the tests" --json
"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json
from agentrec.cli.golden.golden_run import add_name, golden_named
from agentrec.cli.library.selection import date
from agentrec.errors import ExitCode
from agentrec.golden.golden_store import GoldenStore
from agentrec.golden.ledger import spent_by
from agentrec.recording.reader import Recording
from agentrec.report.event_text import dollars
from agentrec.snapshots.lookup import recorded_snapshots
from agentrec.text import plural, printable

if TYPE_CHECKING:
    import argparse

    from agentrec.golden.golden_store import GoldenRun
    from agentrec.golden.ledger import Spent
    from agentrec.snapshots.lookup import RecordedSnapshot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_name(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    store = GoldenStore(os.environ)
    golden = golden_named(store, args)
    file = store.file_of(golden)
    with Recording.open(file) as recording:
        snapshots, spent = recorded_snapshots(recording), spent_by(recording)
    start = snapshots[0] if snapshots else None
    if args.json:
        files = start.as_json(os.environ) if start else None
        print_json({**golden.as_json(), "file": file, "start": files, "spent": spent.as_data()})
    else:
        rows = _rows(golden, file, start, spent)
        print("\n".join(f"{name:<10} {printable(value)}" for name, value in rows if value))
    return ExitCode.OK


def _rows(
    golden: GoldenRun, file: str, start: RecordedSnapshot | None, spent: Spent
) -> list[tuple[str, str]]:
    cost = dollars(spent.cost_usd) or "unknown cost"
    return [
        ("name", golden.name),
        ("task", golden.task),
        ("agent", f"{golden.agent} {golden.version}".strip()),
        ("command", shlex.join(golden.command)),
        ("files", _files(start)),
        ("took", f"{spent.tokens:,} tokens, {cost}, {spent.seconds:,.1f} s"),
        ("saved", date(golden.saved)),
        ("recording", file),
        ("id", golden.id),
    ]


def _files(start: RecordedSnapshot | None) -> str:
    if start is None:
        return "no snapshot"
    row = start.as_json(os.environ)
    count = row.get("files")
    text = (
        f"{start.id}, {plural(count if isinstance(count, int) else 0, 'file')}, {start.commit[:12]}"
    )
    return text + ("" if row["here"] else ", not on this machine")
