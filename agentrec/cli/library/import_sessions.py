"""Make recordings of conversations that agents have stored on this machine.

agentrec import claude               all sessions of Claude Code
agentrec import --all --since 30d    every agent, the last 30 days
agentrec import codex --list         only list them
agentrec import --all --watch        keep importing what changes, until Ctrl-C

The recordings have no screen; search, summary, cost, compare, branch and the page work on them. Sessions
that have not changed are not read again, and the agents' files are never changed. Secrets are masked.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING

from agentrec.cli.common import json_text, print_json, warn
from agentrec.cli.progress import progress
from agentrec.errors import AgentrecError, ExitCode, UsageError, why_of
from agentrec.imports.session_import import NEW, UPDATED, import_session, path_of
from agentrec.imports.stored_sessions import FINDERS, StoredSession, stored_sessions
from agentrec.recording.encryption.recipients import refuse_setting
from agentrec.text import format_size, plural, printable
from agentrec.times import NS_PER_SECOND, parse_date

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

_LOOK_SECONDS = 2.0
_BUSY_SECONDS = 60.0
_FAILED = "failed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("agents", nargs="*", metavar="AGENT", help=f"{', '.join(FINDERS)}")
    add("--all", action="store_true", help="every agent")
    add("--since", metavar="WHEN", help="only sessions that changed since then: 2026-01-31, 7d")
    add("--watch", action="store_true", help="go on with what changes, until Ctrl-C")
    add("--list", action="store_true", help="list the sessions, import none")
    add("--json", action="store_true", help="as a JSON array; with --watch, an object a line")


def run(args: argparse.Namespace) -> int:
    if not args.list:
        refuse_setting("`agentrec import`", os.environ)
    if args.watch:
        if args.list:
            raise UsageError("choose --list or --watch, not both")
        return _watch(args)
    sessions = _chosen(args)
    if args.list:
        _list(sessions, as_json=args.json)
        return ExitCode.OK if sessions else ExitCode.NO
    done: list[JsonObject] = []
    with progress("importing", sum(session.size for session in sessions)) as advance:
        read = 0
        for session in sessions:
            done.append(_import_one(session))
            read += session.size
            advance(read)
    if args.json:
        print_json(done)
    else:
        print(_counts(done) or "no sessions found")
    has_failed = any(one["state"] == _FAILED for one in done)
    return ExitCode.NO if has_failed or not sessions else ExitCode.OK


def _watch(args: argparse.Namespace) -> int:
    """Import what changes, a line for each; one that is written to all the time once in a minute."""
    seen: dict[tuple[str, str], tuple[int, int]] = {}
    done: dict[tuple[str, str], tuple[tuple[int, int], float]] = {}
    warn("importing what changes; Ctrl-C ends this")
    try:
        while True:
            for session in _chosen(args):
                key, state = (session.agent, session.id), (session.size, session.modified)
                is_quiet = seen.get(key, state) == state
                seen[key] = state
                last, at = done.get(key, ((0, 0), -_BUSY_SECONDS))
                now = time.monotonic()
                if state != last and (is_quiet or now - at >= _BUSY_SECONDS):
                    done[key] = state, now
                    _say(_import_one(session), as_json=args.json)
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        return ExitCode.OK


def _import_one(session: StoredSession) -> JsonObject:
    """What became of a session, as an object; the reason of a failure goes to standard error."""
    try:
        result = import_session(session, os.environ)
    except (AgentrecError, OSError) as error:
        why = why_of(error) if isinstance(error, OSError) else error
        warn(f"cannot import {session.path}: {why}")
        return {"state": _FAILED, "file": None, "session": session.id}
    return {"state": result.state, "file": result.path, "session": session.id}


def _say(data: JsonObject, *, as_json: bool) -> None:
    """A line about a recording that was made or renewed."""
    if data["state"] in (NEW, UPDATED):
        line = f"{data['state']}: {printable(str(data['file']))}"
        print(json_text(data) if as_json else line, flush=True)


def _chosen(args: argparse.Namespace) -> list[StoredSession]:
    names = list(FINDERS) if args.all else list(dict.fromkeys(args.agents))
    unknown = [name for name in names if name not in FINDERS]
    if unknown:
        raise UsageError(f"cannot import from {unknown[0]!r}", f"use {', '.join(FINDERS)} or --all")
    if not names:
        raise UsageError("missing AGENT", f"use {', '.join(FINDERS)} or --all")
    since = parse_date(args.since, time.time()) if args.since else 0
    found = [session for name in names for session in stored_sessions(name, os.environ)]
    return [session for session in found if session.modified >= since]


def _counts(done: list[JsonObject]) -> str:
    states = [str(one["state"]) for one in done]
    counts = {state: states.count(state) for state in dict.fromkeys(states)}
    told = [f"{count:,} {state}" for state, count in counts.items()]
    return f"{plural(len(done), 'session')}: {', '.join(told)}" if done else ""


def _list(sessions: list[StoredSession], *, as_json: bool) -> None:
    if as_json:
        print_json([_as_data(session) for session in sessions])
        return
    for session in sessions:
        day = time.strftime("%Y-%m-%d %H:%M", time.localtime(session.modified / NS_PER_SECOND))
        size = format_size(session.size)
        mark = "imported" if os.path.exists(path_of(session, os.environ)) else ""
        print(f"{day}  {size:>9}  {session.agent:<11}  {mark:<8}  {printable(session.path)}")


def _as_data(session: StoredSession) -> JsonObject:
    target = path_of(session, os.environ)
    return {**session._asdict(), "file": target if os.path.exists(target) else None}
