"""What is run on each file, and which exit codes are right."""

from __future__ import annotations

from typing import NamedTuple

# Exit codes: done, a finding (verify, gates), usage, a file that cannot be read, output, Ctrl-C of nobody.
_FINE = (0, 1, 2, 3, 5)


class Command(NamedTuple):
    """A command line; FILE, DIR and OUT stand for the file, its folder and what is written."""

    name: str
    argv: tuple[str, ...]
    codes: tuple[int, ...] = _FINE
    converts: bool = False


def _one(name: str, *more: str) -> Command:
    return Command(" ".join((name, *more)), (*name.split(), "FILE", *more))


def _convert(extension: str, *more: str) -> Command:
    argv = ("convert", "FILE", f"OUT.{extension}", "--overwrite", *more)
    return Command(f"convert to {extension} {' '.join(more)}".rstrip(), argv, converts=True)


ON_RECORDINGS = (
    _one("info"),
    _one("info", "--json"),
    _one("summary"),
    _one("summary", "--json"),
    _one("context"),
    _one("events"),
    _one("events", "--json", "--all"),
    _one("cat"),
    _one("replay", "--fast"),
    _one("replay", "--plain", "--speed", "1000", "--idle-limit", "0"),
    _one("replay", "--print-meta"),
    _one("verify"),
    _one("verify", "--json"),
    _one("branch-points"),
    _one("branch-points", "--json"),
    _one("snapshots list"),
    _one("snapshots list", "--json"),
    Command("snapshots show", ("snapshots", "show", "FILE@s3:x.py")),
    Command("snapshots files", ("snapshots", "files", "FILE@first")),
    Command("compare", ("compare", "FILE", "FILE")),
    Command("compare --json", ("compare", "FILE", "FILE", "--json")),
    _one("branch", "-m", "x", "--dry-run"),
    _one("ghost", "--explain"),
    Command("repair", ("repair", "FILE", "-o", "OUT.repaired.ahr", "--overwrite"), converts=True),
    Command("ls", ("ls", "--folder", "DIR")),
    Command("ls --json", ("ls", "--folder", "DIR", "--json")),
    Command("search", ("search", "word", "--folder", "DIR")),
    Command("search --json", ("search", "text", "--folder", "DIR", "--json")),
    Command("cost", ("cost", "--folder", "DIR")),
    Command("stats", ("stats", "--folder", "DIR")),
    Command("stats --json", ("stats", "--folder", "DIR", "--json")),
    Command("branches", ("branches",)),
    Command("du", ("du",)),
    _convert("jsonl"),
    _convert("txt"),
    _convert("cast"),
    _convert("cast", "--to", "asciicast3"),
    _convert("html"),
    _convert("ahr"),
    _convert("ahr1"),
    _convert("jsonl", "--redact"),
)
ON_IMPORTS = (_convert("ahr"), _convert("txt"), _convert("jsonl"))

# A snapshot that cannot be read is an error of output (4); the agent may not be installed (127).
_STORE_CODES = (*_FINE, 4, 127)


def _store(name: str, *argv: str, converts: bool = False) -> Command:
    return Command(name, argv, _STORE_CODES, converts)


ON_STORES = (
    _store("snapshots list", "snapshots", "list", "FILE"),
    _store("snapshots list --json", "snapshots", "list", "FILE", "--json"),
    _store("snapshots files", "snapshots", "files", "FILE@s1"),
    _store("snapshots show", "snapshots", "show", "FILE@s1"),
    _store("snapshots show of a file", "snapshots", "show", "FILE@s1:x.py"),
    _store("snapshots diff", "snapshots", "diff", "FILE@s1", "s1"),
    _store("snapshots blame", "snapshots", "blame", "x.py:1", "FILE@s1"),
    _store("snapshots open", "snapshots", "open", "FILE@s1", "OUT.opened"),
    _store("compare of snapshots", "compare", "FILE@s1", "FILE@s1"),
    _store("branch", "branch", "FILE", "--at", "s1", "-m", "x", "--dry-run"),
    _store("guard scan", "guard", "scan", "FILE@s1..s1"),
    _store("bundle", "bundle", "FILE", "-o", "OUT.bundle.json"),
    _store("push", "push", "FILE", "--remote", "file://OUT.remote"),
    # All that a snapshot holds is searched, however long it takes: nothing may be left out.
    _store("scrub", "scrub", "FILE", "--dry-run", converts=True),
    _store("du", "du"),
)
ON_BUNDLES = (
    _store("rerun", "rerun", "FILE"),
    _store("rerun --json", "rerun", "FILE", "--json"),
    _store("compare of bundles", "compare", "FILE", "FILE"),
)
# The recordings beside FILE are those that it comes from.
ON_LINEAGES = (
    _store("branches of a file", "branches", "FILE"),
    _store("branches --json", "branches", "FILE", "--json"),
    _store("ls", "ls", "--folder", "DIR"),
    _store("info", "info", "FILE"),
    _store("cut", "cut", "FILE", "--until", "1", "-o", "OUT.ahr"),
    _store("join", "join", "FILE", "FILE", "-o", "OUT.ahr"),
    _store("rerun", "rerun", "FILE"),
    _store("golden save", "golden", "save", "x", "FILE"),
)
