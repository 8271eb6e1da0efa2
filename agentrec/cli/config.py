"""Show and change settings.

  agentrec config list                              all settings, with where each comes from
  agentrec config get record.prefix-key
  agentrec config set snapshots.largest "100 MB"
  agentrec config set snapshots.out "*.bin" "data/"  a list: all its values
  agentrec config unset snapshots.largest
  agentrec config path                              the file, which need not exist

With --project, `set`, `unset` and `path` are about .agentrec.toml in this directory, which can only set
what is safe to take from somebody's repository.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from agentrec.atomic import write_atomic
from agentrec.capture import prefix_key
from agentrec.cli.common import add_json, print_json
from agentrec.config import (
    PROJECT_FILE,
    VARIABLES,
    NoHomeError,
    check_record_setting,
    config_file,
    give_to_owner,
    make_folders,
    parse_toml,
    read_plain,
    record_settings,
)
from agentrec.errors import ExitCode, OutputError, UsageError
from agentrec.fleet.fleet_settings import DEFAULTS as FLEET_DEFAULTS
from agentrec.fleet.fleet_settings import check_fleet_setting, fleet_settings
from agentrec.recording.encryption.recipients import SETTING as ENCRYPT_TO
from agentrec.recording.encryption.recipients import checked_setting
from agentrec.snapshots.scan.snapshot_rules import check_setting, default_settings, load_rules
from agentrec.text import format_size, plural, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    import tomlkit

_MAX_FILE_BYTES = 1 << 20
_SIZES = ("snapshots.small", "snapshots.largest", "snapshots.most-bytes")
_DEFAULT_RECORD: dict[str, object] = {
    "prefix-key": "ctrl-\\",
    "env": [],
    "model-calls": False,
    "network": True,
    "encrypt-to": [],
    "sign": "",
}


_CHECKS = {
    "record": check_record_setting,
    "snapshots": check_setting,
    "fleet": check_fleet_setting,
}


class Setting(NamedTuple):
    """``name`` as in ``record.prefix-key``; ``source``: the file or variable it is from, or ``default``."""

    name: str
    value: object
    source: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    add_json(actions.add_parser("list", help="all settings (the default)"))
    get = actions.add_parser("get", help="print the value of one")
    change = actions.add_parser("set", help="change one")
    unset = actions.add_parser("unset", help="remove one from the file")
    for one in (get, change, unset):
        one.add_argument("name", metavar="SETTING", help="such as record.prefix-key")
    add_json(get)
    change.add_argument("value", nargs="+", metavar="VALUE")
    for one in (change, unset, actions.add_parser("path", help="print the file's path")):
        one.add_argument(
            "--project",
            action="store_true",
            help=f"{PROJECT_FILE} in this directory, not your own file",
        )


def run(args: argparse.Namespace) -> int:
    if args.action == "path":
        print(_path(is_project=args.project))
    elif args.action == "get":
        _get(args.name, as_json=args.json)
    elif args.action in ("set", "unset"):
        _change(args.name, getattr(args, "value", None), is_project=args.project)
    else:
        _list(as_json=args.json)
    return ExitCode.OK


def settings(env: Mapping[str, str], folder: str = ".") -> Iterator[Setting]:
    """All settings as they apply in ``folder``. Raises UsageError for a broken file."""
    record, tables = record_settings(env, folder), _tables(env, folder)
    for name, default in _DEFAULT_RECORD.items():
        source = _source(tables, "record", name)
        if env.get(VARIABLES.get(name, "")):
            source = VARIABLES[name]
        yield Setting(f"record.{name}", record.get(name, default), source)
    rules = load_rules(env, folder)._asdict()
    for name in default_settings():
        value = rules[name.replace("-", "_")]
        value = list(value) if isinstance(value, tuple) else value
        yield Setting(f"snapshots.{name}", value, _source(tables, "snapshots", name))
    fleet = fleet_settings(env)._asdict()
    own = {path: table for path, table in tables.items() if path != _project_file(folder)}
    for name in FLEET_DEFAULTS:
        yield Setting(f"fleet.{name}", fleet[name], _source(own, "fleet", name))


def _tables(env: Mapping[str, str], folder: str) -> dict[str, dict[str, object]]:
    """The settings files there are, the last first, and what they hold."""
    paths = [_project_file(folder)]
    try:
        paths.append(config_file(env))
    except NoHomeError:
        pass
    found = {}
    for path in paths:
        try:
            found[path] = parse_toml(read_plain(path, _MAX_FILE_BYTES))
        except OSError:
            continue
    return found


def _project_file(folder: str) -> str:
    return os.path.join(folder, PROJECT_FILE).removeprefix("./")


def _source(tables: Mapping[str, Mapping[str, object]], group: str, name: str) -> str:
    sources = [
        path
        for path, table in tables.items()
        if isinstance(inner := table.get(group), dict) and name in inner
    ]
    return ", ".join(sources) or "default"


def _list(*, as_json: bool) -> None:
    rows = list(settings(os.environ))
    if as_json:
        print_json([row._asdict() for row in rows])
        return
    width = max(len(row.name) for row in rows)
    values = [
        format_size(row.value)
        if row.name in _SIZES and isinstance(row.value, int)
        else _shown(row.value)
        for row in rows
    ]
    for row, value in zip(rows, values, strict=True):
        print(printable(f"{row.name:<{width}}  {value:<14}  {row.source}"))


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " ".join(value) if len(value) <= 2 else plural(len(value), "value")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _get(name: str, *, as_json: bool) -> None:
    row = next((row for row in settings(os.environ) if row.name == name), None)
    if row is None:
        raise _unknown(name)
    if as_json:
        print_json(row._asdict())
    else:
        values = row.value if isinstance(row.value, list) else [row.value]
        for value in values:
            print(printable(str(_shown(value))))


def _unknown(name: str) -> UsageError:
    return UsageError(f"unknown setting {name!r}", "`agentrec config list` shows all of them")


def _path(*, is_project: bool) -> str:
    return PROJECT_FILE if is_project else config_file(os.environ)


def _change(name: str, values: list[str] | None, *, is_project: bool) -> None:
    """Set it to ``values``, or remove it. Everything else in the file stays as it is, comments too."""
    import tomlkit

    group, _, key = name.partition(".")
    groups = {
        "record": _DEFAULT_RECORD,
        "snapshots": default_settings(),
        "fleet": FLEET_DEFAULTS,
    }
    defaults = groups.get(group, {})
    if key not in defaults:
        raise _unknown(name)
    path = _path(is_project=is_project)
    document = _document(path)
    if values is None:
        table = document.get(group, {})
        if key in table:
            del table[key]
    else:
        value = _parsed(name, values, defaults[key])
        check = _CHECKS[group]
        check(path, key, value, is_project=is_project)
        if key == "prefix-key":
            prefix_key.parse(str(value))
        if name == f"record.{ENCRYPT_TO}":
            value = checked_setting(values)
        if group not in document:
            document[group] = tomlkit.table()
        document[group][key] = value
    _write(path, tomlkit.dumps(document))


def _document(path: str) -> tomlkit.TOMLDocument:
    import tomlkit

    try:
        raw = read_plain(path, _MAX_FILE_BYTES)
        parse_toml(raw)
        return tomlkit.parse(raw.decode())
    except FileNotFoundError:
        return tomlkit.document()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}", "fix or remove it") from None


def _parsed(name: str, values: list[str], default: object) -> object:
    """The values as the setting's type: that of its default."""
    if isinstance(default, list):
        return values
    if len(values) > 1:
        raise UsageError(f"{name} takes one value, not {len(values)}", "quote a value with blanks")
    (text,) = values
    if isinstance(default, bool):
        if text not in ("true", "false"):
            raise UsageError(f"invalid value {text!r} for {name}: use true or false")
        return text == "true"
    if isinstance(default, int | float):
        try:
            return int(text) if text.lstrip("-").isdigit() else float(text)
        except ValueError:
            raise UsageError(f"invalid value {text!r} for {name}: use a number") from None
    return text


def _write(path: str, text: str) -> None:
    try:
        path = os.path.realpath(path)
        make_folders(os.path.dirname(path))
        write_atomic(path, text.encode())
        give_to_owner(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None
