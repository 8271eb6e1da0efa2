"""Values of arguments, as they are at this moment, in the order to show."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.completion import recordings, snapshots
from agentrec.cli.completion.candidate import Candidate, Candidates, words
from agentrec.errors import AgentrecError
from agentrec.json_values import text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from agentrec.cli.completion.candidate import CompletionRequest


def values(action: argparse.Action, request: CompletionRequest) -> Candidates:
    """What the argument can be; words that do not match may be among them."""
    metavar = str(action.metavar)
    name = action.option_strings[-1] if action.option_strings else action.dest
    source = _BY_METAVAR.get(metavar) or _BY_NAME.get(name)
    try:
        return source(request) if source else Candidates((), _PATHS.get(metavar, "none"))
    except (AgentrecError, OSError):
        return Candidates()


def _programs(_: CompletionRequest) -> Candidates:
    """Of recordings: agents, and programs that were recorded."""
    from agentrec.agents import AGENTS
    from agentrec.library.index.glance import known_programs

    return words([*known_programs(os.environ), *(agent.name for agent in AGENTS.values())])


def _agents(_: CompletionRequest) -> Candidates:
    """Programs that are agents."""
    from agentrec.agents import AGENTS

    return words(AGENTS)


def _projects(_: CompletionRequest) -> Candidates:
    """By name, or by path if several have the same name."""
    from agentrec.library.index.glance import known_projects

    paths = known_projects(os.environ)
    names = [os.path.basename(path) for path in paths]
    short = zip(paths, names, strict=True)
    return Candidates(
        [Candidate(name if names.count(name) == 1 else path, path) for path, name in short]
    )


def _tools(_: CompletionRequest) -> Candidates:
    from agentrec.library.index.glance import known_tools

    return words(known_tools(os.environ))


def _variables(_: CompletionRequest) -> Candidates:
    return words(sorted(os.environ))


def _settings(_: CompletionRequest) -> Candidates:
    from agentrec.cli.config import settings

    return words(one.name for one in settings(os.environ))


def _remotes(_: CompletionRequest) -> Candidates:
    from agentrec.fleet.bucket.remote import SCHEMES
    from agentrec.fleet.fleet_settings import fleet_settings

    starts = (f"{scheme}://" for scheme in SCHEMES)
    return words(filter(None, (fleet_settings(os.environ).remote, *starts)))


def _models(_: CompletionRequest) -> Candidates:
    from agentrec.report.pricing import known_models

    return words(known_models())


def _branches(_: CompletionRequest) -> Candidates:
    from agentrec.branches.journal import BranchJournal

    ids = [str(entry["id"]) for entry in BranchJournal(os.environ).all()]
    return words(reversed(ids))


def _endings(_: CompletionRequest) -> Candidates:
    return words(("ok", "failed"))


def _golden_runs(_: CompletionRequest) -> Candidates:
    from agentrec.golden.golden_store import GoldenStore

    return Candidates([Candidate(one.name, one.task) for one in GoldenStore(os.environ).every()])


def _groups(_: CompletionRequest) -> Candidates:
    """Of `rerun`, the newest first."""
    from agentrec.branches.journal import BranchJournal, parent_of

    groups = [text(parent_of(entry).get("group")) for entry in BranchJournal(os.environ).all()]
    return words(filter(None, reversed(groups)))


def _transactions(_: CompletionRequest) -> Candidates:
    """The open ones, the newest first."""
    from agentrec.transactions.transaction_log import TransactionLog

    entries = reversed(TransactionLog(os.environ).unfinished())
    named = [Candidate(text(entry["id"]), text(entry.get("name"))) for entry in entries]
    return Candidates(named)


def _savepoints(_: CompletionRequest) -> Candidates:
    """Of the transaction around this directory, or the only open one."""
    from agentrec.transactions.savepoint import read_savepoints
    from agentrec.transactions.transaction_log import TransactionLog

    log = TransactionLog(os.environ)
    here = os.path.join(os.path.realpath(os.getcwd()), "")
    every = log.unfinished()
    inside = [one for one in every if here.startswith(os.path.join(text(one["worktree"]), ""))]
    if len(chosen := inside or every) != 1:
        return Candidates()
    points = read_savepoints(log.folder_of(text(chosen[0]["id"])))
    return Candidates([Candidate(str(one.number), one.name) for one in points])


def _tracks(_: CompletionRequest) -> Candidates:
    return words(("agent", "llm", "tool", "step", "sys", "fs", "mark", "guard", "term"))


def _rules(_: CompletionRequest) -> Candidates:
    from agentrec.guard.finding import RULES

    return Candidates([Candidate(name, about) for name, about in RULES.items()])


def _keys(_: CompletionRequest) -> Candidates:
    """The user's SSH keys."""
    from agentrec.signatures.user_key import keys_at_home

    return Candidates([Candidate(path) for path in keys_at_home(os.environ)], "files")


# metavar -> where values are from
_BY_METAVAR: dict[str, Callable[[CompletionRequest], Candidates]] = {
    "FILE[@SNAP]": snapshots.maybe_snapshots,
    "FILE@SNAP": snapshots.snapshots,
    "FILE@SNAP[:PATH]": snapshots.snapshot_files,
    "FILE@A": snapshots.snapshots,
    "PROGRAM": _agents,
    "NAME[:MODEL]": _agents,
    "AGENT": _agents,
    "GROUP": _groups,
    "TX": _transactions,
    "SAVEPOINT": _savepoints,
    "SETTING": _settings,
    "RULE": _rules,
    "TARGET": snapshots.directories_or_snapshots,
}
# an option, or what an argument is called -> the same
_BY_NAME: dict[str, Callable[[CompletionRequest], Candidates]] = {
    "file": recordings.recordings,
    "files": recordings.recordings,
    "source": recordings.inputs,
    "where": recordings.recordings,
    "--against": recordings.baselines,
    "new": snapshots.other_snapshot,
    "--at": snapshots.points,
    "--agent": _programs,
    "--project": _projects,
    "--tool": _tools,
    "--track": _tracks,
    "--env": _variables,
    "name": _golden_runs,
    "models": _models,
    "--model": _models,
    "--remove": _branches,
    "--remove-group": _groups,
    "--group": _groups,
    "--exit": _endings,
    "--remote": _remotes,
    "--sign": _keys,
}
# metavar -> what the shell offers
_PATHS = dict.fromkeys(("FILE", "RECIPIENT|FILE", "IN", "OUT", "PATH", "GLOB"), "files") | {
    "DIR": "folders"
}
