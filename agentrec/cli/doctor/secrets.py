"""`agentrec doctor --secrets`: which recordings of the library hold secrets, of which kinds."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, NamedTuple

from agentrec.cli.common import print_json, warn
from agentrec.cli.progress import progress
from agentrec.errors import AgentrecError, ExitCode
from agentrec.library.locations import short_path
from agentrec.library.resolve import known_recordings
from agentrec.text import plural, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agentrec.scrub.findings import Findings

# A recording is read so often to find and count what is in it.
_READS = 4


class _Looked(NamedTuple):
    """A recording, and what is in it, or why that is not known."""

    path: str
    findings: Findings | None
    fault: str = ""


def run_secrets(*, as_json: bool) -> int:
    """Look through all recordings, and print which hold secrets and how to mask them."""
    paths = sorted({os.path.realpath(path) for path in known_recordings(os.environ)})
    looked = list(_looked(paths))
    found = [one for one in looked if one.findings]
    if as_json:
        print_json(_as_json(looked))
        return ExitCode.NO if found else ExitCode.OK
    for one in found:
        _print(one)
    for one in looked:
        if one.fault:
            warn(f"not searched: {one.fault}")
    print(_total(len(found), len(looked), sum(bool(one.fault) for one in looked)))
    return ExitCode.NO if found else ExitCode.OK


def _total(found: int, looked: int, unread: int) -> str:
    read = looked - unread
    total = f"{plural(found, 'recording')} of {read} with secrets"
    total = total if found else f"no secrets in {plural(read, 'recording')}"
    return total + (f"; {plural(unread, 'recording')} not searched" if unread else "")


def _looked(paths: list[str]) -> Iterator[_Looked]:
    from agentrec.scrub.scrub_run import survey

    sizes = {path: _size(path) for path in paths}
    done = 0
    with progress("looking for secrets", _READS * sum(sizes.values())) as bar:
        for path in paths:
            try:
                yield _Looked(path, survey(path, os.environ, _from(done, bar)).findings)
            except (AgentrecError, OSError) as error:
                yield _Looked(path, None, str(error))
            done += _READS * sizes[path]
            bar(done)


def _from(done: int, bar: Callable[[int], object]) -> Callable[[int], object]:
    return lambda at: bar(done + at)


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def _print(one: _Looked) -> None:
    assert one.findings is not None
    print(printable(short_path(one.path, os.environ)))
    for line in one.findings.lines():
        print(f"  {line}")
    print(printable(f"  agentrec scrub {shlex.quote(one.path)}"))


def _as_json(looked: list[_Looked]) -> dict[str, object]:
    rows = [
        {
            "file": one.path,
            "masked": one.findings.as_json(),
            "total": one.findings.total,
            "command": ["agentrec", "scrub", one.path],
        }
        for one in looked
        if one.findings
    ]
    faults = [{"file": one.path, "fault": one.fault} for one in looked if one.fault]
    return {"recordings": rows, "looked": len(looked), "faults": faults}
