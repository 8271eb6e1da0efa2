"""Every command: the module that runs it and its line in ``agentrec --help``. Light: `record` loads this.

A module is named relative to this package and has ``add_arguments(parser)`` and ``run(args) -> int``.
With ``TAKES_REST`` set, what follows ``--`` is not parsed; it becomes ``args.rest``.
With ``HANDLES_SIGNALS`` set, it deals with SIGTERM and SIGHUP itself.
With ``PASSES_SIGNALS_ON`` set, SIGCHLD stays ignored where our parent ignores it.
If it has ``begin(argv)``, that runs before the command line is parsed, and its result becomes ``args.begun``.
If it has ``parse_simple(argv)``, that may return the arguments; if it does not, argparse parses them.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Final

_OVERVIEW_COLUMNS = 80

# Of what is needed less often, the overview has the names alone.
MORE = "More"

# heading in the overview -> command -> (module, summary)
GROUPS: "Final[dict[str, dict[str, tuple[str, str]]]]" = {
    "Record": {
        "record": ("capture.record", "run and record a command"),
        "ci": ("capture.ci", "record in a CI job"),
        "mark": ("capture.mark", "mark this point in time"),
        "note": ("capture.note", "add a note"),
        "watch": ("play.watch", "follow a live recording"),
        "resume": ("branches.resume_run", "record again, or go on"),
    },
    "One recording": {
        "replay": ("play.replay", "play it"),
        "ghost": ("branches.ghost", "replay without a model"),
        "info": ("inspect.info", "show times, sizes, status"),
        "summary": ("inspect.summary", "sum up turns, tools, cost"),
        "events": ("inspect.events", "list messages and calls"),
        "cat": ("inspect.cat", "print the text it showed"),
        "branch-points": ("inspect.branch_points", "list marks and snapshots"),
        "convert": ("inspect.convert", "change its format"),
    },
    "All recordings": {
        "ls": ("library.ls", "list them, newest first"),
        "search": ("library.search", "search all of them"),
        "cost": ("library.cost", "show dollars and tokens"),
        "compare": ("library.compare", "show how runs differ"),
        "stats": ("library.stats", "count tools and failures"),
        "serve": ("library.serve", "serve them over HTTP"),
        "prune": ("library.prune", "remove old recordings"),
        "pin": ("library.pin", "protect one from prune"),
    },
    "Files and branches": {
        "snapshots": ("snapshots.snapshots", "list, diff, restore …"),
        "snapshot": ("snapshots.snapshot", "save the current files"),
        "branch": ("branches.branch", "continue from a point"),
        "branches": ("branches.branches", "list and remove branches"),
        "rerun": ("branches.rerun", "run a task again, varied"),
        "bundle": ("branches.bundle", "share a task as a file"),
    },
    "Setup": {
        "doctor": ("doctor.doctor", "check this machine"),
        "config": ("config", "show and change settings"),
    },
    MORE: {
        "shot": ("inspect.shot", "save the screen as a picture"),
        "steps": ("inspect.run_steps", "show steps and states of a run"),
        "context": ("inspect.context", "print it for a model"),
        "event": ("capture.event", "add an event"),
        "pause": ("capture.pause", "stop recording for a while"),
        "discard": ("capture.discard", "delete a running recording"),
        "cut": ("cuts.cut", "cut out a stretch as a new recording"),
        "trim": ("cuts.trim", "copy it without long pauses"),
        "speed": ("cuts.speed", "copy it faster or slower"),
        "join": ("cuts.join", "copy several into one"),
        "golden": ("golden.golden_list", "keep and replay good runs"),
        "title": ("upkeep.title", "change a recording's title"),
        "tag": ("upkeep.tag", "give a recording tags"),
        "rm": ("upkeep.rm", "remove recordings"),
        "verify": ("inspect.verify", "check that it is intact"),
        "repair": ("inspect.repair", "save what is readable"),
        "redact": ("redact.redact_list", "show and test rules for secrets"),
        "scrub": ("redact.scrub", "mask the secrets of a recording"),
        "import": ("library.import_sessions", "import what agents have stored"),
        "export-otel": ("inspect.export_otel", "send runs as OpenTelemetry traces"),
        "push": ("fleet.push", "upload recordings to object storage"),
        "pull": ("fleet.pull", "download recordings from there"),
        "sync": ("fleet.sync", "push and pull what is missing"),
        "fleet": ("fleet.fleet_ls", "search and total up a remote"),
        "prices": ("library.prices", "show model prices"),
        "du": ("library.du", "show disk usage"),
        "guard": ("guard.guard_scan", "find what rules forbid"),
        "tx": ("transactions.tx_status", "work that is merged whole or not"),
        "mcp": ("mcp", "serve recordings to agents"),
        "shell-init": ("shell_init", "record every shell"),
        "completion": ("completion.completion", "print shell completion"),
    },
}

# Commands of a group: ``agentrec snapshots show …``. Those of one can be called without its name, too.
SUBCOMMANDS: "Final[dict[str, dict[str, tuple[str, str]]]]" = {
    "snapshots": {
        "list": ("snapshots.snapshots", "list the snapshots of a recording"),
        "files": ("snapshots.files", "list the files in a snapshot"),
        "show": ("snapshots.show", "print a file as it was"),
        "diff": ("snapshots.diff", "show what changed between two snapshots, or since one"),
        "blame": ("snapshots.blame", "find when a line of a file was written"),
        "open": ("snapshots.open", "write a snapshot's files to a directory"),
        "restore": ("snapshots.restore", "restore the directory to a snapshot"),
        "undo": ("snapshots.undo", "undo the last restore"),
    },
    "golden": {
        "list": ("golden.golden_list", "list golden runs"),
        "save": ("golden.golden_save", "give a good run a name, and keep it"),
        "run": ("golden.golden_run", "play one again, and show what that saved"),
        "show": ("golden.golden_show", "show what is known of one"),
        "remove": ("golden.golden_remove", "forget a name; the recording stays"),
    },
    "fleet": {
        "ls": ("fleet.fleet_ls", "list the recordings in the index of a remote"),
        "search": ("fleet.fleet_search", "search all of them"),
        "cost": ("fleet.fleet_cost", "show dollars and tokens"),
        "stats": ("fleet.fleet_stats", "count tools and failures"),
        "compact": ("fleet.fleet_compact", "put the small files of the index together"),
        "index": ("fleet.fleet_index", "add what was pushed without an index"),
        "table": ("fleet.fleet_table", "print the SQL for a ClickHouse server"),
    },
    "guard": {
        "scan": ("guard.guard_scan", "check a directory, a snapshot or what a run has changed"),
        "baseline": ("guard.guard_baseline", "allow the findings that there are"),
        "rules": ("guard.guard_rules", "list the rules"),
    },
    "redact": {
        "list": ("redact.redact_list", "list the rules of your own, and the packs"),
        "test": ("redact.redact_test", "show what would be masked in a file"),
    },
    "tx": {
        "status": ("transactions.tx_status", "show open transactions and savepoints"),
        "begin": ("transactions.tx_begin", "begin one, in a worktree of its own"),
        "savepoint": ("transactions.tx_savepoint", "keep the files as they are now"),
        "rollback": ("transactions.tx_rollback", "go back to a savepoint"),
        "commit": ("transactions.tx_commit", "merge it into the branch it began on"),
        "abort": ("transactions.tx_abort", "end it without merging"),
        "open": ("transactions.tx_open", "write a savepoint's files to a directory"),
    },
}

COMMANDS: "Final[dict[str, tuple[str, str]]]" = {
    name: entry for group in GROUPS.values() for name, entry in group.items()
}
SHORT: "Final[dict[str, tuple[str, str]]]" = {
    name: entry for name, entry in SUBCOMMANDS["snapshots"].items() if name != "list"
}


def find(argv: list[str]) -> tuple[str, str, list[str]] | None:
    """The command that ``argv`` names: what to call it, its module, and its own arguments."""
    name, rest = argv[0], argv[1:]
    nested = SUBCOMMANDS.get(name, {})
    if rest and rest[0] in nested:
        return f"{name} {rest[0]}", nested[rest[0]][0], rest[1:]
    entry = COMMANDS.get(name) or SHORT.get(name)
    return (name, entry[0], rest) if entry else None


def overview(columns: int = _OVERVIEW_COLUMNS) -> str:
    """What ``agentrec --help`` prints: it fits a terminal of 80 columns and 24 rows.

    In fewer ``columns`` it has one command a line.
    """
    if columns < _OVERVIEW_COLUMNS:
        return "\n".join(_narrow_overview(columns))
    lines = [
        "usage: agentrec COMMAND [options]     a flight recorder for coding agents",
    ]
    for heading, group in GROUPS.items():
        if heading == MORE:
            continue
        lines.append(f"{heading}:")
        cells = [f"{name:<13} {summary}" for name, (_, summary) in group.items()]
        half = -(-len(cells) // 2)
        for at in range(half):
            right = cells[half + at] if half + at < len(cells) else ""
            lines.append(f"  {cells[at]:<40}{right}".rstrip())
    lines += _in_rows(f"{MORE}:", GROUPS[MORE])
    return "\n".join(lines)


def _in_rows(row: str, names: "Iterable[str]") -> "Iterator[str]":
    for name in names:
        if len(row) + 1 + len(name) > _OVERVIEW_COLUMNS:
            yield row
            row = " "
        row += f" {name}"
    yield row


def _narrow_overview(columns: int) -> "Iterator[str]":
    from agentrec.cli.help_text import fitted

    yield from fitted("usage: agentrec COMMAND [options]", columns)
    for heading, group in GROUPS.items():
        yield f"{heading}:"
        for name, (_, summary) in group.items():
            line = f"  {name:<13} {summary}"
            yield from [line] if len(line) <= columns else fitted(f"  {name}    {summary}", columns)


def subcommand_help(name: str) -> str:
    """The commands of a group, for the end of its help; empty for a command that has none."""
    rows = SUBCOMMANDS.get(name, {})
    if not rows:
        return ""
    lines = [f"  {command:<10} {summary}" for command, (_, summary) in rows.items()]
    return "\n".join([f"commands (`agentrec {name} COMMAND --help`):", *lines])
