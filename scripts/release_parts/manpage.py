"""The man page, made from the parsers of the commands."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from importlib import import_module

from agentrec import __version__
from agentrec.cli.commands import GROUPS, SUBCOMMANDS

_END = """\
.SH EXIT STATUS
.B agentrec record
exits with the status of the program it ran, 128 + N when signal N ended it.
.TP
.B 0
fine
.TP
.B 1
negative result: damage found, nothing matched
.TP
.B 2
the command line is not valid
.TP
.B 3
a file cannot be read, or is not a recording
.TP
.B 4
a file cannot be written
.TP
.B 125
the recording could not be made, or is incomplete although the program succeeded
.TP
.BR 126 ", " 127
the program cannot be run, or does not exist
.SH FILES
.TP
.I $XDG_DATA_HOME/agentrec
recordings, snapshots and the index over them
.TP
.I $XDG_CONFIG_HOME/agentrec/config.toml
the user's settings
.TP
.I .agentrec.toml
settings of a project
"""


def page() -> str:
    """Return the page as roff, dated by SOURCE_DATE_EPOCH if it is set."""
    now = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    date = time.strftime("%Y-%m-%d", time.gmtime(now))
    lines = [
        f'.TH AGENTREC 1 "{date}" "agentrec {__version__}" "User Commands"',
        ".SH NAME",
        r"agentrec \- flight recorder and time machine for coding agents that run in a terminal",
        ".SH SYNOPSIS",
        ".B agentrec",
        ".I COMMAND",
        "[options]",
        ".br",
        ".B agentrec",
        r".B \-\-version",
        ".SH COMMANDS",
    ]
    for heading, group in GROUPS.items():
        lines.append(f".SS {_quoted(heading)}")
        for name, (module, summary) in group.items():
            lines += _command(name, module, summary)
            for inner, (inner_module, about) in SUBCOMMANDS.get(name, {}).items():
                lines += _command(f"{name} {inner}", inner_module, about)
    return "\n".join(lines) + "\n" + _END


def _command(name: str, module: str, summary: str) -> Iterator[str]:
    command = import_module(f"agentrec.cli.{module}")
    parser = argparse.ArgumentParser(f"agentrec {name}", add_help=False)
    command.add_arguments(parser)
    actions = [action for action in parser._actions if action.help != argparse.SUPPRESS]  # noqa: SLF001
    options = [action for action in actions if action.option_strings]
    operands = [action for action in actions if not action.option_strings]
    words = [*(["[options]"] if options else []), *(_operand(action) for action in operands)]
    if getattr(command, "TAKES_REST", False):
        words.append("[-- COMMAND ...]")
    yield ".TP"
    yield f".B {_text(parser.prog)} {_roman(' '.join(words))}".rstrip()
    yield from _prose(command.__doc__ or summary)
    if not any(action.help for action in actions):
        return
    yield ".RS"
    for action in actions:
        if action.help:
            yield ".TP"
            yield _option(action) if action.option_strings else f".I {_text(_operand(action))}"
            yield _line(_help(parser, action))
    yield ".RE"


def _option(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else f" {_metavar(action)}"
    names = ", ".join(rf"\fB{_text(name)}\fR" for name in action.option_strings)
    return names + _text(value)


def _operand(action: argparse.Action) -> str:
    name = _metavar(action)
    several = {"*": f"[{name} ...]", "+": f"{name} ...", "?": f"[{name}]"}
    return several.get(str(action.nargs), name)


def _metavar(action: argparse.Action) -> str:
    if isinstance(action.metavar, tuple):
        return " ".join(action.metavar)
    if action.metavar:
        return action.metavar
    if action.choices:
        return "|".join(map(str, action.choices))
    return action.dest.upper()


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    return parser._get_formatter()._expand_help(action)  # noqa: SLF001 - fills in defaults


def _prose(text: str) -> Iterator[str]:
    """Format paragraphs; those with examples keep their line breaks."""
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        lines = paragraph.splitlines()
        if number:
            yield ".sp"
        if any(line.startswith(("agentrec ", " ")) for line in lines):
            yield from (".nf", *map(_line, lines), ".fi")
        else:
            yield from map(_line, lines)


def _roman(text: str) -> str:
    return rf"\fR{_text(text)}" if text else ""


def _quoted(text: str) -> str:
    return '"' + _text(text).replace('"', '""') + '"'


def _line(text: str) -> str:
    """Escape a line so that roff does not take it for a request."""
    return rf"\&{_text(text)}" if text.startswith((".", "'")) else _text(text)


def _text(text: str) -> str:
    return text.replace("\\", r"\e").replace("-", r"\-").replace("`", r"\(ga").replace("^", r"\(ha")
