"""Show the disk usage of recordings and snapshots."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from agentrec.cli.common import add_json, print_json
from agentrec.config import data_home
from agentrec.errors import ExitCode
from agentrec.snapshots.conversations.shelf import Shelf
from agentrec.snapshots.pruning import all_stores, disk_usage, snapshot_chains
from agentrec.text import format_size, plural, printable

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    recordings = os.path.join(data_home(os.environ), "recordings")
    told: dict[str, Any] = {"recordings": {"path": recordings, "bytes": disk_usage(recordings)}}
    told["snapshots"] = []
    for store in all_stores(os.environ):
        found = snapshot_chains(store)
        store.close()
        told["snapshots"].append(
            {
                "workspace": store.workspace,
                "there": os.path.isdir(store.workspace),
                "store": store.folder,
                "bytes": disk_usage(store.folder),
                "conversations": disk_usage(Shelf(store).folder),
                "recordings": len(found),
                "snapshots": sum(chain.number for chain in found),
            }
        )
    told["bytes"] = told["recordings"]["bytes"] + sum(one["bytes"] for one in told["snapshots"])
    if args.json:
        print_json(told)
        return ExitCode.OK
    print(f"{format_size(told['recordings']['bytes']):>9}  recordings in {printable(recordings)}")
    for one in sorted(told["snapshots"], key=lambda one: -int(one["bytes"])):
        gone = "" if one["there"] else ", which is gone"
        count = plural(one["snapshots"], "snapshot")
        talk = one["conversations"]
        more = f" ({format_size(talk)} of conversations)" if talk else ""
        print(
            f"{format_size(one['bytes']):>9}  {count} of {printable(one['workspace'])}{gone}{more}"
        )
    print(f"{format_size(told['bytes']):>9}  total")
    return ExitCode.OK
