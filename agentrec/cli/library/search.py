"""Search all recordings for what was said, done or shown.

agentrec search "connection refused"              both words, anywhere
agentrec search '"connection refused"'            this phrase
agentrec search "migrate -down" --agent claude    without the second word, one agent
agentrec search pytest --tool Bash --exit failed  failed tool calls
agentrec search --kind note --since 7d            all notes of the last week

A word matches words that begin with it; case and accents do not matter.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from agentrec.cli.common import add_color, add_identity, print_json, wants_color, warn
from agentrec.cli.library.selection import (
    add_filters,
    date,
    ending,
    filters_of,
    library,
    limit,
    progress,
    typed,
)
from agentrec.errors import ExitCode, UsageError
from agentrec.library.filters import STATES
from agentrec.library.index.entries import KINDS
from agentrec.library.listing import title_of
from agentrec.library.locations import short_path
from agentrec.library.opened_search import search_opened
from agentrec.library.search import (
    DEFAULT_HITS,
    DEFAULT_HITS_PER_RECORDING,
    MAX_HITS,
    Hit,
    LeftOut,
    SearchQuery,
    SearchResult,
    search,
)
from agentrec.recording.encryption.identities import is_named
from agentrec.text import plural, printable
from agentrec.times import NS_PER_MS, format_clock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.library.filters import Filters
    from agentrec.library.index.library_db import RecordingRow


MARK = "moment"  # the kind of a mark, in JSON and the index


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_query(parser)
    add_identity(parser)
    add_filters(parser)
    add_search_options(parser)


def add_query(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "query",
        nargs="*",
        metavar="QUERY",
        help='words to find; "in quotes": a phrase; -word: not this word',
    )


def add_search_options(parser: argparse.ArgumentParser) -> None:
    """What limits hits, and how they are shown."""
    add = parser.add_argument
    add(
        "--tool",
        action="append",
        default=[],
        metavar="NAME",
        help="only calls of this tool (repeatable)",
    )
    add(
        "--kind",
        action="append",
        default=[],
        type=_kind,
        choices=KINDS,
        metavar="KIND",
        help=f"only this kind (repeatable): {', '.join(map(_shown, KINDS))}",
    )
    add(
        "--exit",
        type=ending,
        metavar="CODE",
        help="with this exit status: a number, ok or failed (of the command or call, else of the recording)",
    )
    add("--state", choices=STATES, default="", help="only recordings in this state")
    add("--limit", type=limit, metavar="N", help=f"show at most N hits (default: {DEFAULT_HITS})")
    add(
        "--per-recording",
        type=limit,
        metavar="N",
        help=f"at most N hits of each recording (default: {DEFAULT_HITS_PER_RECORDING})",
    )
    add("-C", "--context", type=int, default=1, metavar="N", help="lines around a hit (default: 1)")
    add_color(parser)
    add(
        "--json",
        action="store_true",
        help=f"as a JSON array, last what was not searched; default limit {MAX_HITS}",
    )


def _kind(text: str) -> str:
    return MARK if text == "mark" else text


def _shown(kind: str) -> str:
    """What users call it."""
    return "mark" if kind == MARK else kind


def run(args: argparse.Namespace) -> int:
    wanted = search_query(args, filters_of(args), alone=_one(args))
    with library(wanted.filters) as store:
        if is_named():
            with progress() as show:
                result = search_opened(store, wanted, show)
        else:
            result = search(store, wanted)
    if args.json:
        hits = [as_data(hit, args.identity or ()) for hit in result.hits]
        print_json([*hits, *left_out_data(result.left_out)])
    else:
        shown = partial(_typed_opener, identities=args.identity or ())
        print_hits(result, shown, colors=wants_color(args.color))
    _warn_of_left_out(result.left_out)
    return ExitCode.OK if result.hits else ExitCode.NO


def search_query(args: argparse.Namespace, filters: Filters, *, alone: bool) -> SearchQuery:
    """What the options ask for; ``alone`` if a single recording is searched. Raises UsageError."""
    query = " ".join(args.query)
    narrowed = args.tool or args.kind or args.exit is not None or args.state
    narrowed = narrowed or args.agent or args.project
    if not query.strip() and not (narrowed or args.since is not None or args.until is not None):
        raise UsageError(
            "nothing to search for",
            "pass a word, or narrow the search with --kind, --tool or --since",
        )
    if args.context < 0:
        raise UsageError("invalid --context: use 0 or more")
    return SearchQuery(
        query,
        filters._replace(exit=args.exit, state=args.state),
        tuple(args.kind),
        tuple(args.tool),
        args.limit or (MAX_HITS if args.json else DEFAULT_HITS),
        args.per_recording or (MAX_HITS if alone else DEFAULT_HITS_PER_RECORDING),
        args.context,
    )


def _one(args: argparse.Namespace) -> bool:
    """Whether a single recording is searched: then none can crowd out another."""
    return len(args.folder) == 1 and not os.path.isdir(args.folder[0])


def opener(hit: Hit, identities: Sequence[str] = ()) -> list[str]:
    """The command that opens the player where the hit is, with the files ``identities``."""
    later = -(-hit.t // NS_PER_MS) * NS_PER_MS  # rounded up: the hit is on the screen by then
    return [
        "agentrec",
        "replay",
        hit.recording["path"],
        "--since",
        format_clock(later, fraction=True),
        *(word for name in identities for word in ("--identity", name)),
    ]


def as_data(hit: Hit, identities: Sequence[str] = ()) -> JsonObject:
    """A hit as a JSON object, with the command that opens the player there."""
    return {**hit.as_data(), "open": opener(hit, identities)}


def left_out_data(left_out: LeftOut) -> list[JsonObject]:
    """What the index does not cover, as a last object, if there is something."""
    return [{"left_out": left_out.as_data()}] if left_out.recordings else []


def _typed_opener(hit: Hit, identities: Sequence[str]) -> str:
    command = opener(hit, identities)
    command[2] = short_path(command[2], os.environ)
    return typed(command)


def print_hits(result: SearchResult, open_command: Callable[[Hit], str], *, colors: bool) -> None:
    """Print hits, each with the command that opens it."""
    paint = _Paint(colors)
    last = None
    for hit in result.hits:
        recording = hit.recording["id"], hit.recording["session"]
        if recording != last:
            if last is not None:
                print()
            last = recording
            print(paint.bold(_heading(hit.recording)))
        for line in _lines(hit, open_command(hit), paint):
            print(line)
    shown = len(result.hits)
    if not shown:
        warn("no matches")
    elif shown < result.total and sys.stdout.isatty():
        option = "--limit" if shown < result.available else "--per-recording"
        total = f"{'' if result.counted else 'more than '}{plural(result.total, 'hit')}"
        warn(f"{shown:,} of {total} shown; use {option} for more")


def _warn_of_left_out(left_out: LeftOut) -> None:
    """Say if the index does not cover everything: what was not found may still be there."""
    if left_out.paths:
        _warn_of_limits(left_out)
    if left_out.encrypted:
        what = plural(left_out.encrypted, "encrypted recording")
        warn(f"not searched: {what}; --identity FILE opens those that its key is for")
    if left_out.growing:
        paths = left_out.growing
        first = printable(short_path(paths[0], os.environ))
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        warn(
            f"not searched: the last {left_out.behind:.0f} s of {first}{more}, still being recorded"
        )


def _warn_of_limits(left_out: LeftOut) -> None:
    missing = [f"{left_out.chars:,} characters"] if left_out.chars else []
    missing += ["some output"] if left_out.unread else []
    first = printable(short_path(left_out.paths[0], os.environ))
    others = left_out.recordings - len(left_out.growing) - left_out.encrypted - 1
    warn(
        f"not searched: {' and '.join(missing)} of {first} and {others} more; "
        "they are too long for the index, so search them in the player"
        if others > 0
        else f"not searched: {' and '.join(missing)} of {first}, which is too long for the index; "
        f"search it in the player: {typed(['agentrec', 'replay', first])}, then /"
    )


def _heading(row: RecordingRow) -> str:
    name = row["agent"] or row["program"]
    return "  ".join(
        printable(part) for part in (date(row["created"]), name, title_of(row)) if part
    )


def _lines(hit: Hit, command: str, paint: _Paint) -> Iterator[str]:
    ended = "" if hit.failed is None else "failed" if hit.failed else "ok"
    code = f"exit {hit.exit}" if hit.exit is not None else ended
    who = hit.tool or (hit.actor if hit.actor != hit.kind else "")
    about = "  ".join(
        printable(word)
        for word in (format_clock(hit.t, fraction=True), _shown(hit.kind), who, code)
        if word
    )
    yield f"  {about}"
    yield from (f"    {paint.dim(printable(line))}" for line in hit.before)
    found = (paint.hit(printable(text)) if it else printable(text) for text, it in hit.line)
    yield f"    {''.join(found)}"
    yield from (f"    {paint.dim(printable(line))}" for line in hit.after)
    yield f"    {paint.dim(command)}"


class _Paint:
    def __init__(self, colors: bool) -> None:
        self._colors = colors

    def bold(self, text: str) -> str:
        return self._in("1", text)

    def dim(self, text: str) -> str:
        return self._in("2", text)

    def hit(self, text: str) -> str:
        return self._in("1;31", text)

    def _in(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colors else text
