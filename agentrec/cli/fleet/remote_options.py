"""What the commands about a remote share: the option --remote, and opening what it names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import warn
from agentrec.errors import AgentrecError, UsageError
from agentrec.fleet.bucket.remote import EXAMPLES, open_remote
from agentrec.fleet.fleet_settings import fleet_settings
from agentrec.fleet.seen_ids import SeenIds
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from agentrec.fleet.bucket.remote import Remote


REMOTE_HELP = "s3://, gs://, az:// or file:// (default: the setting fleet.remote)"


def add_remote(parser: argparse.ArgumentParser) -> None:
    """The option --remote."""
    parser.add_argument("--remote", default="", metavar="URL", help=REMOTE_HELP)


def add_redact(parser: argparse.ArgumentParser) -> None:
    """The option --redact."""
    parser.add_argument(
        "--redact",
        action="store_true",
        help="push masked copies, without snapshots and conversations",
    )


def remote_of(url: str, *, create: bool = False, check: bool = True) -> Remote:
    """The remote of the option, else of the settings; with ``check`` it can be read.

    Raises UsageError, RemoteError.
    """
    url = url or fleet_settings(os.environ).remote
    if not url:
        raise UsageError(
            "no remote to use",
            f"pass --remote, or set one: `agentrec config set fleet.remote URL`; {EXAMPLES}",
        )
    remote = open_remote(url, create=create)
    if check:
        remote.check()
    return remote


def note_seen(remote: Remote, ids: Iterable[str]) -> None:
    """Note what is here and in the remote now, for `sync`."""
    try:
        SeenIds(remote.url, os.environ).add(ids)
    except AgentrecError as error:
        warn(str(error))


def warn_failed(name: str, error: AgentrecError) -> None:
    """One line about a recording that could not be moved."""
    hint = f" ({error.hint})" if error.hint else ""
    warn(printable(f"{name}: {error}{hint}"))
