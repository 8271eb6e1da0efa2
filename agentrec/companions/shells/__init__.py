"""Shells that say where each command begins and ends (OSC 133), with the user's own files respected.

An interactive bash, zsh or fish that is recorded directly gets a few lines of its own language
after what it reads anyway. They print marks that terminals do not show, with a nonce that tells
them from those of others. A shell started with options that change what it reads is left alone.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.capture.companion_host import Emit

    Change = Callable[[list[str], dict[str, str]], list[str]]

NONCE = "AGENTREC_NONCE"  # the scripts take it out of the environment
_HERE = os.path.dirname(os.path.abspath(__file__))


def _bash(argv: list[str], _env: dict[str, str]) -> list[str]:
    return [argv[0], "--rcfile", os.path.join(_HERE, "marks.bash"), *argv[1:]]


def _zsh(argv: list[str], env: dict[str, str]) -> list[str]:
    if "ZDOTDIR" in env:
        env["AGENTREC_ZDOTDIR"] = env["ZDOTDIR"]
    env["ZDOTDIR"] = os.path.join(_HERE, "zsh")
    return argv


def _fish(argv: list[str], _env: dict[str, str]) -> list[str]:
    return [argv[0], "-C", "source " + _fish_word(os.path.join(_HERE, "marks.fish")), *argv[1:]]


def _fish_word(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# For each shell how it is started, and the options with which it still is what it would be: bash
# reads --rcfile in no login shell.
_SHELLS: dict[str, tuple[Change, frozenset[str]]] = {
    "bash": (_bash, frozenset({"-i"})),
    "zsh": (_zsh, frozenset({"-i", "-l", "--interactive", "--login", "-il", "-li"})),
    "fish": (_fish, frozenset({"-i", "-l", "--interactive", "--login", "-il", "-li"})),
}


class ShellIntegration:
    """The companion that changes how a shell is started; its marks are read from the recording."""

    name = "shell"

    def prepare(
        self,
        argv: list[str],
        env: dict[str, str],
        cwd: str,  # noqa: ARG002
    ) -> tuple[list[str], dict[str, str]]:
        """See :class:`agentrec.capture.companion_host.Companion`."""
        change, harmless = _SHELLS[os.path.basename(argv[0])]
        if not harmless.issuperset(argv[1:]):
            return argv, env
        env[NONCE] = os.urandom(8).hex()
        return change(argv, env), env

    def start(self, emit: Emit, pid: int) -> None:
        """Nothing: the shell does the work."""

    def tick(self) -> None:
        """Never again."""

    def stop(self) -> None:
        """Nothing to clean up."""


def companion_for(argv: list[str]) -> ShellIntegration | None:
    """The companion for the shell that ``argv`` starts, or None for any other program."""
    return ShellIntegration() if argv and os.path.basename(argv[0]) in _SHELLS else None
