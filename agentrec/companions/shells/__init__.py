"""Shells that mark where each command begins and ends (OSC 133), with the user's own files respected.

An interactive bash, zsh or fish that is recorded directly gets a few lines of its own language
after what it reads anyway. They print marks that terminals do not show, with a nonce that tells
them from those of others. A shell started with options that change what it reads is left alone.
"""

from __future__ import annotations

import os

from agentrec.capture.companion_host import Companion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Integrate = Callable[[list[str], dict[str, str]], list[str]]

NONCE = "AGENTREC_NONCE"  # the scripts take it out of the environment
_FOLDER = os.path.dirname(os.path.abspath(__file__))


def _bash(argv: list[str], _env: dict[str, str]) -> list[str]:
    return [argv[0], "--rcfile", os.path.join(_FOLDER, "marks.bash"), *argv[1:]]


def _zsh(argv: list[str], env: dict[str, str]) -> list[str]:
    if "ZDOTDIR" in env:
        env["AGENTREC_ZDOTDIR"] = env["ZDOTDIR"]
    env["ZDOTDIR"] = os.path.join(_FOLDER, "zsh")
    return argv


def _fish(argv: list[str], _env: dict[str, str]) -> list[str]:
    return [argv[0], "-C", "source " + _fish_quote(os.path.join(_FOLDER, "marks.fish")), *argv[1:]]


def _fish_quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# For each shell how its command line and environment change, and the options with which they may: bash
# reads no --rcfile in a login shell.
SHELLS: dict[str, tuple[Integrate, frozenset[str]]] = {
    "bash": (_bash, frozenset({"-i"})),
    "zsh": (_zsh, frozenset({"-i", "-l", "--interactive", "--login", "-il", "-li"})),
    "fish": (_fish, frozenset({"-i", "-l", "--interactive", "--login", "-il", "-li"})),
}


class ShellIntegration(Companion):
    """The companion that changes how a shell is started; its marks are read from the recording."""

    name = "shell"

    def prepare(
        self,
        argv: list[str],
        env: dict[str, str],
        cwd: str,  # noqa: ARG002
    ) -> tuple[list[str], dict[str, str]]:
        """With the marks, unless the shell has options of other kinds."""
        integrate, allowed_options = SHELLS[os.path.basename(argv[0])]
        if not allowed_options.issuperset(argv[1:]):
            return argv, env
        env[NONCE] = os.urandom(8).hex()
        return integrate(argv, env), env
