"""Values of arguments, as they are at this moment, in the order to show."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.completion import recordings, snapshots
from agentrec.cli.completion.candidate import Candidate, Candidates, words
from agentrec.errors import AgentrecError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from agentrec.cli.completion.candidate import CompletionRequest


def values(action: argparse.Action, request: CompletionRequest) -> Candidates:
    """What the argument can be; words that do not match may be among them."""
    metavar = str(action.metavar)
    source = _BY_METAVAR.get(metavar) or _BY_NAME.get(action.dest)
    try:
        return source(request) if source else Candidates((), _PATHS.get(metavar, "none"))
    except (AgentrecError, OSError):
        return Candidates()


def _programs(_: CompletionRequest) -> Candidates:
    """Of recordings: agents, and programs that were recorded."""
    from agentrec.agents import AGENTS
    from agentrec.library.glance import known_programs

    return words([*known_programs(os.environ), *(agent.name for agent in AGENTS.values())])


def _agents(_: CompletionRequest) -> Candidates:
    """Programs that are agents."""
    from agentrec.agents import AGENTS

    return words(AGENTS)


def _projects(_: CompletionRequest) -> Candidates:
    """By name, or by path if several have the same name."""
    from agentrec.library.glance import known_projects

    paths = known_projects(os.environ)
    names = [os.path.basename(path) for path in paths]
    short = zip(paths, names, strict=True)
    return Candidates(
        [Candidate(name if names.count(name) == 1 else path, path) for path, name in short]
    )


def _tools(_: CompletionRequest) -> Candidates:
    from agentrec.library.glance import known_tools

    return words(known_tools(os.environ))


def _variables(_: CompletionRequest) -> Candidates:
    return words(sorted(os.environ))


def _settings(_: CompletionRequest) -> Candidates:
    from agentrec.cli.config import settings

    return words(one.name for one in settings(os.environ))


def _models(_: CompletionRequest) -> Candidates:
    from agentrec.report.pricing import known_models

    return words(known_models())


def _branches(_: CompletionRequest) -> Candidates:
    from agentrec.branches.journal import BranchJournal

    ids = [str(entry["id"]) for entry in BranchJournal(os.environ).all()]
    return words(reversed(ids))


def _endings(_: CompletionRequest) -> Candidates:
    return words(("ok", "failed"))


# metavar, or what an argument is called -> where its values are from
_BY_METAVAR: dict[str, Callable[[CompletionRequest], Candidates]] = {
    "FILE[@SNAP]": snapshots.maybe_snapshots,
    "FILE@SNAP": snapshots.snapshots,
    "FILE@SNAP[:PATH]": snapshots.snapshot_files,
    "FILE@A": snapshots.snapshots,
    "PROGRAM": _agents,
}
_BY_NAME: dict[str, Callable[[CompletionRequest], Candidates]] = {
    "file": recordings.recordings,
    "files": recordings.only_ids,
    "source": recordings.inputs,
    "where": recordings.recordings,
    "against": recordings.baselines,
    "new": snapshots.other_snapshot,
    "at": snapshots.points,
    "agent": _programs,
    "project": _projects,
    "tool": _tools,
    "env": _variables,
    "name": _settings,
    "models": _models,
    "remove": _branches,
    "exit": _endings,
}
# metavar -> what the shell offers
_PATHS = dict.fromkeys(("FILE", "IN", "OUT", "PATH", "GLOB"), "files") | {"DIR": "folders"}
