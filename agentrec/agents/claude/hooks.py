"""Hooks for Claude Code, handed over in a settings file of our own. On the start path: light imports.

Hooks tell what the transcript does not: where the transcript is, that a permission is asked for, and
how long a tool really ran. They run beside the agent (`async`), each a shell and a `cat` that append
one line to a file; whatever goes wrong there, they exit with 0, for another status could stop a tool.
"""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EVENTS = ("SessionStart", "PermissionRequest", "Notification", "PostToolUse", "PostToolUseFailure")
OPTION = "--settings"


def private_folder(runtime: str) -> str:
    """A new directory in ``runtime`` that only we may enter; its name tells our process. Raises OSError."""
    path = os.path.join(runtime, f"hooks-{os.getpid()}-{os.urandom(4).hex()}")
    os.mkdir(path, 0o700)
    return path


def sweep(runtime: str) -> None:
    """Remove what recorders that were killed have left."""
    for name in os.listdir(runtime):
        kind, _, rest = name.partition("-")
        pid = rest.partition("-")[0]
        if kind == "hooks" and pid.isdecimal() and not _alive(int(pid)):
            remove(os.path.join(runtime, name))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def remove(folder: str) -> None:
    """Remove a directory of ``private_folder``; it holds files only."""
    try:
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
    except OSError:
        return


def with_hooks(argv: list[str], folder: str, cwd: str) -> tuple[list[str], str]:
    """``argv`` with our settings, merged over those it names; and the file that hooks will append to.

    The user's file is only read. Raises OSError or ValueError when that is not possible.
    """
    events = os.path.join(folder, "events")
    place, settings = _given(argv, cwd)
    merged = merge(settings, events)
    file = os.path.join(folder, "settings.json")
    for path, text in ((events, ""), (file, json.dumps(merged))):
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text)
    if place is None:
        return [argv[0], OPTION, file, *argv[1:]], events
    index, joined = place
    changed = list(argv)
    changed[index] = f"{OPTION}={file}" if joined else file
    return changed, events


def _given(argv: list[str], cwd: str) -> tuple[tuple[int, bool] | None, dict[str, Any]]:
    """Where the value of the user's own --settings stands, and the settings it means."""
    found = None
    value = ""
    for index, word in enumerate(argv):
        if word == "--":
            break
        if word == OPTION and index + 1 < len(argv):
            found, value = (index + 1, False), argv[index + 1]
        elif word.startswith(OPTION + "="):
            found, value = (index, True), word.partition("=")[2]
    if found is None:
        return None, {}
    text = value.strip()
    if not text.startswith("{"):
        with open(os.path.join(cwd, os.path.expanduser(value)), encoding="utf-8") as file:
            text = file.read()
    settings = json.loads(text)
    if not isinstance(settings, dict):
        raise ValueError("settings are not an object")
    return found, settings


def merge(settings: dict[str, Any], events: str) -> dict[str, Any]:
    """A copy of ``settings`` whose hooks also append to the file ``events``; theirs come first."""
    theirs = settings.get("hooks")
    hooks: dict[str, Any] = dict(theirs) if isinstance(theirs, dict) else {}
    entry = {"hooks": [{"type": "command", "command": command(events), "async": True}]}
    for name in EVENTS:
        before = hooks.get(name)
        hooks[name] = [*before, entry] if isinstance(before, list) else [entry]
    return {**settings, "hooks": hooks}


def command(events: str) -> str:
    """The shell command of a hook: append standard input to ``events``, always succeed."""
    quoted = "'" + events.replace("'", "'\\''") + "'"
    return f"2>/dev/null cat >>{quoted} || cat >/dev/null; exit 0"
