"""List the rules of the guard, with their levels and limits in this directory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json
from agentrec.errors import ExitCode
from agentrec.guard.finding import RULES
from agentrec.guard.guard_settings import load_settings, project_file

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser, "as one JSON object, with limits and patterns")


def run(args: argparse.Namespace) -> int:
    settings = load_settings(os.environ, project_file("."))
    if args.json:
        print_json(settings.as_json())
    else:
        wide = max(map(len, RULES))
        for rule, about in RULES.items():
            print(f"{rule:<{wide}}  {settings.level(rule):<7}  {about}")
    return ExitCode.OK
