"""List the rules of your own that say what else is a secret, and the packs there are.

agentrec redact                  the rules that apply in this directory
agentrec redact --json           the same as one JSON object
agentrec redact test notes.txt   what they and agentrec's own rules mask in a file

Yours are in redact.toml beside your config.toml, a project's in .agentrec/redact.toml. See docs/redaction.md.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.cli.common import add_json, print_json
from agentrec.errors import ExitCode
from agentrec.text import plural, printable, shorten

if TYPE_CHECKING:
    import argparse

    from agentrec.json_values import JsonObject
    from agentrec.redact.own.own_rule import OwnRule


_MAX_CHARS = 45  # of a pattern


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from agentrec.redact.own.active import own_rules, rule_files
    from agentrec.redact.own.rule_file import pack_names
    from agentrec.redact.secret_rules import RULE_NAMES

    rules = own_rules()
    own = rules.rules if rules else ()
    files = [path for path, _ in rule_files(os.environ, os.curdir) if os.path.lexists(path)]
    if args.json:
        described = [_described(rule) for rule in own]
        built_in = list(RULE_NAMES)
        print_json(
            {"files": files, "rules": described, "packs": pack_names(), "built_in": built_in}
        )
        return ExitCode.OK
    for path in files:
        print(f"file      {printable(path)}")
    for rule in own:
        print(f"rule      {rule.name:<18} {printable(_summary(rule))}".rstrip())
    if not own:
        print("no rules of your own")
    print(f"packs     {', '.join(pack_names())}")
    print(f"built in  {plural(len(RULE_NAMES), 'rule')}")
    return ExitCode.OK


def _described(rule: OwnRule) -> JsonObject:
    return {
        "name": rule.name,
        "pattern": rule.pattern.text if rule.pattern else None,
        "keywords": list(rule.keywords),
        "min_length": rule.min_chars,
        "max_length": rule.max_chars,
        "by_path": rule.paths is not None,
    }


def _summary(rule: OwnRule) -> str:
    parts = [shorten(rule.pattern.text, _MAX_CHARS)] if rule.pattern else []
    if rule.keywords:
        parts.append(f"keyword {', '.join(rule.keywords)}")
    return "  ".join([*parts, *(["in some files"] if rule.paths else [])])
