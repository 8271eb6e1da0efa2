"""Records many runs of agents in one shell and counts them; see ``scripts/sessions``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.agents_env import ALL
from tests.agents_env.many import Tally, names, run_many

ROW = "{:<10} {:>5} {:>9} {:>7} {:>6} {:>8} {:>14} {:>14}"
TIMEOUT_SECONDS_PER_RUN = 60


def main() -> int:
    """Run all that are named; 1 if anything is missing or doubled."""
    parser = argparse.ArgumentParser(prog="scripts/sessions")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--loop", type=int, default=25, help="runs one after the other")
    parser.add_argument("--at-once", type=int, default=25, help="runs at the same time")
    args = parser.parse_args()
    if unknown := set(args.names) - set(ALL):
        parser.error(f"unknown agent {min(unknown)!r}: use {', '.join(ALL)}")
    heads = ("runs", "recorded", "missing", "twice", "sessions", "tokens", "of the server")
    print(ROW.format("agent", *heads), flush=True)
    return max(_row(name, args.loop, args.at_once) for name in args.names or ALL)


def _row(name: str, loop: int, beside: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        timeout = TIMEOUT_SECONDS_PER_RUN * (loop + beside)
        tally = run_many(ALL[name], Path(folder), loop, beside, timeout)
    wanted, found = names(loop, beside), tally.prompts
    calls_missing, calls_twice = _calls(tally)
    missing = (wanted - found).total() + calls_missing
    twice = (found - wanted).total() + calls_twice
    counts = (len(wanted), len(found & wanted), missing, twice, tally.sessions)
    print(ROW.format(name, *counts, *(f"{count:,}" for count in tally.tokens)), flush=True)
    return int(bool(missing or twice) or tally.tokens[0] != tally.tokens[1])


def _calls(tally: Tally) -> tuple[int, int]:
    """How many model calls are missing, and how many are there twice."""
    if tally.sent & tally.calls:
        return (tally.sent - tally.calls).total(), (tally.calls - tally.sent).total()
    # An agent that gives answers ids of its own: only their number can be compared.
    return max(0, tally.sent.total() - len(tally.calls)), tally.calls.total() - len(tally.calls)


if __name__ == "__main__":
    sys.exit(main())
