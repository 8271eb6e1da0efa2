"""Tells the processes of one recording from others, in the log of an agent that does not say its process.

opencode and its forks log the path of each configuration file that they look for, whether it exists or not.
So a file that does not exist, named after the recording, marks what they log. On the start path of `record`.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

PROGRAMS = ("opencode", "kilo")
_NAME = "agentrec-run-"


def with_marks(env: dict[str, str], programs: Iterable[str] = PROGRAMS) -> dict[str, str]:
    """``env`` where these programs look for the file; not where the user has named one."""
    # The directory of the socket is the user's alone: nobody else can make the file.
    folder, session = (
        os.path.dirname(env.get("AGENTREC_SOCKET", "")),
        env.get("AGENTREC_SESSION", ""),
    )
    if not folder or not session:
        return env
    names = [variable(program) for program in programs]
    mark = os.path.join(folder, f"{_NAME}{session}.json")
    return env | {name: mark for name in names if not env.get(name) or mark_in(env, name)}


def mark_in(env: dict[str, str], name: str) -> str:
    """The mark that is the value of the variable ``name``; empty if it is none."""
    value = env.get(name, "")
    return value if os.path.basename(value).startswith(_NAME) else ""


def variable(program: str) -> str:
    """The variable that names a configuration file of ``program``."""
    return f"{program.upper()}_CONFIG"
