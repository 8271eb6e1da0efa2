"""Show what would be masked in a file, by which rule and where; secrets themselves are not printed.

agentrec redact test notes.txt                what is masked in it
git log -p | agentrec redact test -           in what a command prints
agentrec redact test x --path src/app.env     as if it were that file, for rules with paths
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from agentrec.cli.common import add_json, print_json
from agentrec.errors import ExitCode, InputError
from agentrec.recording.format.frames import MAGIC
from agentrec.text import format_size, plural, printable

if TYPE_CHECKING:
    import argparse

    from agentrec.json_values import JsonObject
    from agentrec.redact.rules.secret_rule import SecretMatch

_MAX_BYTES = 64 << 20
# Of a line that is printed, before and after the mask.
_AROUND_CHARS = 30


class _Text(NamedTuple):
    """A text, and where its lines begin."""

    text: str
    lines: list[int]

    def place(self, at: int) -> tuple[int, int]:
        """Line and column, from 1."""
        line = bisect_right(self.lines, at)
        return line, at - self.lines[line - 1] + 1

    def around(self, hit: SecretMatch) -> str:
        """What stands before and after a secret in its lines."""
        before = self.text[max(0, hit.start - _AROUND_CHARS) : hit.start].rpartition("\n")[2]
        after = self.text[hit.stop : hit.stop + _AROUND_CHARS].partition("\n")[0]
        return f"{before}***{after}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="PATH", help="a text file; - reads standard input")
    parser.add_argument("--path", metavar="NAME", help="as if the file had this path")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from agentrec.redact.secret_rules import find_secrets

    text = _read(args.file)
    path = args.path or ("" if args.file == "-" else args.file)
    hits = find_secrets(text, path)
    shown = _Text(_without(text, hits), _line_starts(text))
    if args.json:
        rows = [_row(shown, hit) for hit in hits]
        print_json({"file": args.file, "masked": rows, "rules": _counts(hits)})
        return ExitCode.OK
    for hit in hits:
        line, column = shown.place(hit.start)
        print(printable(f"{args.file}:{line}:{column}: {hit.rule}: {shown.around(hit)}"))
    rules = ", ".join(f"{count} {rule}" for rule, count in _counts(hits).items())
    print(f"{plural(len(hits), 'secret')}{': ' if rules else ''}{rules}")
    return ExitCode.OK


def _read(path: str) -> str:
    try:
        if path == "-":
            data = sys.stdin.buffer.read(_MAX_BYTES + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    name = "standard input" if path == "-" else path
    if data.startswith(MAGIC):
        raise InputError(
            f"{name} is a recording, not a text", "use `agentrec scrub FILE --dry-run`"
        )
    if len(data) > _MAX_BYTES:
        raise InputError(f"{name} is too large", f"pass at most {format_size(_MAX_BYTES)}")
    return data.decode("utf-8", "replace")


def _without(text: str, hits: list[SecretMatch]) -> str:
    """``text`` with stars for its secrets, so that nothing around one shows another."""
    parts, at = [], 0
    for hit in hits:
        secret = text[hit.start : hit.stop]
        parts += [text[at : hit.start], "".join("\n" if char == "\n" else "*" for char in secret)]
        at = hit.stop
    return "".join([*parts, text[at:]])


def _line_starts(text: str) -> list[int]:
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def _counts(hits: list[SecretMatch]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for hit in hits:
        counts[hit.rule] = counts.get(hit.rule, 0) + 1
    return counts


def _row(text: _Text, hit: SecretMatch) -> JsonObject:
    line, column = text.place(hit.start)
    end_line, end_column = text.place(hit.stop)
    return {
        "rule": hit.rule,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "characters": hit.stop - hit.start,
    }
