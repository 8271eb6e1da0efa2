"""Print lines for a shell's startup file that record every interactive shell.

  eval "$(agentrec shell-init bash)"          in ~/.bashrc
  eval "$(agentrec shell-init zsh)"           in ~/.zshrc
  agentrec shell-init fish | source           in ~/.config/fish/config.fish

Put the line last. A shell inside a recording is not recorded again. If nothing can be recorded, you get
your shell all the same. `AGENTREC_SHELL_INIT=0` in the environment turns it off.
"""

from __future__ import annotations

import os
import sys
from shlex import quote
from typing import TYPE_CHECKING

from agentrec.errors import ExitCode

if TYPE_CHECKING:
    import argparse

# 125 to 127: the recorder could not start the shell, so this one stays.
_POSIX = """\
if [ -z "${{AGENTREC_SESSION-}}" ] && [ "${{AGENTREC_SHELL_INIT-}}" != 0 ] && [ -t 0 ] && [ -t 1 ]; then
  case $- in *i*)
    {command} record -q -- {shell}
    _agentrec_code=$?
    [ "$_agentrec_code" -lt 125 ] || [ "$_agentrec_code" -gt 127 ] && exit "$_agentrec_code"
    unset _agentrec_code ;;
  esac
fi
"""
_FISH = """\
if status is-interactive; and not set -q AGENTREC_SESSION; and test "$AGENTREC_SHELL_INIT" != 0
  if isatty stdin; and isatty stdout
    {command} record -q -- (status fish-path)
    set -l agentrec_code $status
    if test $agentrec_code -lt 125; or test $agentrec_code -gt 127
      exec sh -c "exit $agentrec_code" # `exit` in a startup file ends only that file
    end
  end
end
"""
_SCRIPTS = {
    "bash": _POSIX.replace("{shell}", '"$BASH" $(shopt -q login_shell && echo --login)'),
    "zsh": _POSIX.replace("{shell}", "zsh $([[ -o login ]] && echo --login)"),
    "fish": _FISH,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=tuple(_SCRIPTS))


def run(args: argparse.Namespace) -> int:
    print(_SCRIPTS[args.shell].format(command=_agentrec()), end="")
    return ExitCode.OK


def _agentrec() -> str:
    """How a shell runs this agentrec, whatever its PATH."""
    program = os.path.join(os.path.dirname(sys.executable), "agentrec")
    if os.access(program, os.X_OK):
        return quote(program)
    return f"{quote(sys.executable)} -m agentrec"
