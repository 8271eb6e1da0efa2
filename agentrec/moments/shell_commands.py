"""Commands of shells, read from the marks (OSC 133) in terminal output.

``A`` a prompt begins, ``B`` it ends, ``C`` a command runs, ``D;exit`` it has ended. Shells that the
recorder started have its nonce in their marks; marks of others (the user's own shell integration, fish
4.0 and later, a shell on another machine) count too, but a command never counts twice.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

MAX_TEXT_CHARS = 4096
# Of an unfinished mark.
_MAX_CARRY_BYTES = 32_768
_MAX_NESTED_COMMANDS = 100

_MARK = re.compile(rb"\x1b\]133;([A-D])(?:;([^\x07\x1b]*))?(?:\x07|\x1b\\)")
_PARTIAL = re.compile(rb"\x1b(?:\](?:1(?:3(?:3(?:;[^\x07\x1b]*\x1b?)?)?)?)?)?\Z")
_ESCAPES = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|[\x00-\x1f]"
)
_QUOTED = re.compile(r"\$'((?:[^'\\]|\\.)*)'|'([^']*)'|\\(.)|([^;\\'$]+|\$)", re.DOTALL)
_ANSI_C = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|c(.)|(.))",
    re.DOTALL,
)
_LETTERS = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "v": "\v",
}


class ShellCommand(NamedTuple):
    """A command that a shell ran, from ``began`` to ``ended`` (ns).

    ``exit`` is None when the shell did not say (the last ``exit``). ``cwd`` and ``text`` are empty
    where they are unknown, or the user kept the command out of the history.
    """

    span: str
    text: str
    cwd: str
    began: int
    ended: int
    exit: int | None


class _Running:
    def __init__(self, span: str, t: int, fields: dict[str, str], *, ours: bool) -> None:
        self.span, self.began, self.ours = span, t, ours
        self.text = fields.get("cmdline", "")[:MAX_TEXT_CHARS]
        self.cwd = fields.get("cwd", "")


class CommandTracker:
    """Feed output with its times (ns), get the commands that have ended."""

    def __init__(self) -> None:
        self._nonce = ""
        self._carry = b""
        self._running: list[_Running] = []
        self._count = 0
        self.marks = 0  # how many have come
        self._prompted = False  # a foreign prompt came since the last command began
        self._typed = bytearray()  # what was shown since the prompt
        self._last = ""

    @property
    def is_within_sequence(self) -> bool:
        """Whether the output so far ends within a sequence that may become a mark."""
        return bool(self._carry)

    @property
    def running(self) -> str | None:
        """The span of the innermost command that is running."""
        return self._running[-1].span if self._running else None

    def feed(self, t: int, data: bytes) -> list[ShellCommand]:
        """Take output written at ``t``."""
        if self._carry:
            data, self._carry = self._carry + data, b""
        partial = _PARTIAL.search(data, max(0, len(data) - _MAX_CARRY_BYTES))
        if partial:
            self._carry, data = data[partial.start() :], data[: partial.start()]
        ended: list[ShellCommand] = []
        at = 0
        for match in _MARK.finditer(data):
            self.marks += 1
            self.echo(data[at : match.start()])
            ended += self._mark(t, match[1].decode(), (match[2] or b"").decode("utf-8", "replace"))
            at = match.end()
        self.echo(data[at:])
        return ended

    def finish(self, t: int) -> list[ShellCommand]:
        """The recording ends: commands that are still running."""
        return [self._end(t, None) for _ in self._running[:]]

    def echo(self, data: bytes) -> None:
        """Take output without marks."""
        if not self._running and len(self._typed) < MAX_TEXT_CHARS:
            self._typed += data

    def _mark(self, t: int, mark: str, rest: str) -> list[ShellCommand]:
        fields = parse_fields(rest)
        ours = "agentrec" in fields
        if ours and not self._nonce:
            self._nonce = fields["agentrec"]
        if ours and fields["agentrec"] != self._nonce:
            return []  # a recording that is shown within this one
        if mark == "A":
            return self._prompt(t, ours=ours)
        if mark == "B":
            self._typed.clear()
        elif mark == "C":
            self._begin(t, fields, ours=ours)
        elif mark == "D":
            return self._done(t, rest.partition(";")[0], ours=ours)
        return []

    def _prompt(self, t: int, *, ours: bool) -> list[ShellCommand]:
        self._typed.clear()
        if not ours:
            self._prompted = True
            return []
        return [self._end(t, None) for _ in self._running[:]]  # its end was lost

    def _begin(self, t: int, fields: dict[str, str], *, ours: bool) -> None:
        if not ours and self._nonce and not (self._prompted and self._running):
            return  # the same command, marked by the user's own integration, too
        if not ours and not self._nonce and self._running and not self._prompted:
            return
        if len(self._running) >= _MAX_NESTED_COMMANDS:
            return
        self._prompted = False
        self._count += 1
        running = _Running(f"cmd-{self._count}", t, fields, ours=ours)
        if fields.get("again") == "1" and not self._shown(running.text):
            running.text = ""
        if not running.text and not ours:
            running.text = _plain(bytes(self._typed))
        self._typed.clear()
        self._running.append(running)

    def _shown(self, text: str) -> bool:
        """Whether the command that was typed is that of the line before, which history keeps once."""
        return bool(text) and _plain(bytes(self._typed)).endswith(" ".join(text.split()))

    def _done(self, t: int, code: str, *, ours: bool) -> list[ShellCommand]:
        if not self._running:
            return []
        if not ours and (self._running[-1].ours or (self._nonce and len(self._running) == 1)):
            return []
        ended = []
        while ours and len(self._running) > 1:
            ended.append(self._end(t, None))
        return [*ended, self._end(t, int(code) if re.fullmatch(r"-?\d{1,9}", code) else None)]

    def _end(self, t: int, code: int | None) -> ShellCommand:
        command = self._running.pop()
        return ShellCommand(command.span, command.text, command.cwd, command.began, t, code)


def parse_fields(rest: str) -> dict[str, str]:
    """``key=value;...``: values as a shell quotes them (%q, $'...'), those of ``*_url`` percent-encoded."""
    fields: dict[str, str] = {}
    at = 0
    while at < len(rest):
        name = re.compile(r"([a-z_]+)=").match(rest, at)
        if not name:
            at = (rest.find(";", at) + 1) or len(rest)
            continue
        value, at = _word(rest, name.end())
        key = name[1]
        fields[key.removesuffix("_url")] = unquote(value) if key.endswith("_url") else value
    return fields


def _word(text: str, at: int) -> tuple[str, int]:
    """The quoted word at ``at``, and where the next field begins."""
    parts = []
    while at < len(text) and text[at] != ";":
        match = _QUOTED.match(text, at)
        if not match:
            at += 1
            continue
        ansi, plain, escaped, bare = match.groups()
        parts.append(_unescape(ansi) if ansi is not None else plain or escaped or bare or "")
        at = match.end()
    return "".join(parts), at + 1


def _unescape(text: str) -> str:
    """What stands in ``$'...'``. Octal and hexadecimal escapes are bytes of UTF-8."""

    def char(match: re.Match[str]) -> str:
        octal, hexa, short, long, control, other = match.groups()
        if octal or hexa:
            byte = int(octal, 8) & 255 if octal else int(hexa, 16)
            return chr(byte) if byte < 128 else chr(0xDC00 + byte)  # see surrogateescape
        if short or long:
            return _scalar(int(short or long, 16))
        return chr(ord(control) & 31) if control else _LETTERS.get(other, other)

    decoded = _ANSI_C.sub(char, text)
    return decoded.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _scalar(code: int) -> str:
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _plain(shown: bytes) -> str:
    """What was shown, without escape sequences; one line."""
    return " ".join(
        _ESCAPES.sub(b" ", shown.replace(b"\b", b"")).decode("utf-8", "replace").split()
    )
