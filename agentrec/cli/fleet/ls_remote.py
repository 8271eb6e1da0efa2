"""`agentrec ls --remote`: what is in a remote, the newest first."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING

from agentrec.cli.common import print_json, warn
from agentrec.cli.fleet.remote_options import remote_of
from agentrec.columns import columns, cut, padded
from agentrec.errors import ExitCode
from agentrec.fleet.bucket.remote_listing import read_newest, remote_recordings, version_data
from agentrec.json_values import amount, count, text, words
from agentrec.library.resolve import known_recordings
from agentrec.text import format_size, plural, printable
from agentrec.times import NS_PER_SECOND, format_duration

if TYPE_CHECKING:
    from agentrec.fleet.bucket.remote_listing import RemoteRecording
    from agentrec.json_values import JsonObject

_HEADINGS = ("ID", "STARTED", "LENGTH", "SIZE", "PROGRAM", "HERE", "TITLE")
# Left out on a narrow screen, the first one first. The id names the recording.
_DISPENSABLE = ("SIZE", "LENGTH", "PROGRAM", "STARTED")
_MAX_COLUMNS = 48  # of an id, a program
_TITLE_COLUMNS = 20  # at least
_MAX_TITLE_COLUMNS = 1000


def list_remote(
    url: str, limit: int | None, since: int | None, until: int | None, *, as_json: bool
) -> int:
    """Print the newest ``limit`` recordings of a remote that began between two times, ns."""
    remote = remote_of(url)
    every = [one for one in remote_recordings(remote).values() if _is_within(one, since, until)]
    every.sort(key=lambda one: (one.newest.created, one.id), reverse=True)
    shown = every if limit is None else every[:limit]
    here = {name: path for path, name in known_recordings(os.environ).items()}
    newest = read_newest(remote, shown)
    rows = [version_data(one, version, here.get(one.id, "")) for one, version in newest]
    if as_json:
        print_json(rows)
    elif rows:
        _print(shown, rows)
        if len(every) > len(shown):
            warn(f"{len(shown)} of {plural(len(every), 'recording')}; --all shows the rest")
    else:
        print(printable(f"no recordings in {remote.url}"))
    return ExitCode.OK if rows else ExitCode.NO


def _is_within(recording: RemoteRecording, since: int | None, until: int | None) -> bool:
    created = recording.newest.created
    # A name has whole seconds.
    return (since is None or created + NS_PER_SECOND > since) and (
        until is None or created <= until
    )


def _print(recordings: list[RemoteRecording], rows: list[JsonObject]) -> None:
    table = [_HEADINGS, *(_cells(one, row) for one, row in zip(recordings, rows, strict=True))]
    widths = [max(columns(line[at]) for line in table) for at in range(len(_HEADINGS) - 1)]
    screen = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for name in _DISPENSABLE:
        if screen and _taken(widths) + _TITLE_COLUMNS > screen:
            widths[_HEADINGS.index(name)] = 0
    room = max(screen - _taken(widths), 0) if screen else _MAX_TITLE_COLUMNS
    for *cells, title in table:
        filled = zip(cells, widths, strict=True)
        line = [padded(cell, width) for cell, width in filled if width]
        text_line = "  ".join([*line, cut(title, room)]).rstrip()
        print(cut(text_line, screen) if screen else text_line)
    for row in rows:
        if row["fault"]:
            warn(printable(f"{row['id']}: {row['fault']}"))


def _taken(widths: list[int]) -> int:
    """The columns before the title."""
    return sum(width + 2 for width in widths if width)


def _cells(recording: RemoteRecording, row: JsonObject) -> tuple[str, ...]:
    created = recording.newest.created / NS_PER_SECOND
    command = words(row.get("command"))
    program = os.path.basename(command[0]) if command else ""
    seconds = amount(row.get("duration"))
    return (
        cut(printable(recording.id), _MAX_COLUMNS),
        time.strftime("%Y-%m-%d %H:%M", time.localtime(created)),
        "" if seconds is None else format_duration(round(seconds * NS_PER_SECOND)),
        "" if row["fault"] else format_size(count(row["size"])),
        cut(printable(program), _MAX_COLUMNS),
        "yes" if row["file"] else "",
        printable(text(row.get("title")) or " ".join([program, *command[1:]])),
    )
