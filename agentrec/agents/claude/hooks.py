"""Hooks for Claude Code, passed in a settings file of our own. On the start path: light imports.

Hooks report what the transcript does not: its path, that a permission is asked for, and how long a
tool really ran. They run beside the agent (`async`), each a shell and a `cat` that append
one line to a file; whatever goes wrong there, they exit with 0, for another status could stop a tool.
"""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

EVENTS = ("SessionStart", "PermissionRequest", "Notification", "PostToolUse", "PostToolUseFailure")
EDITING_TOOLS = "Edit|MultiEdit|Write"
OPTION = "--settings"
# At its end, newer versions of Claude Code say how to resume, with the options of the command line, but with
# none if ours is one of them. So they are told which to show, the user's, as when they start again.
# They check the value, show nothing of one that they do not understand, and hand it to no child.
HINT_VARIABLE = "CLAUDE_CODE_RELAUNCH_RESUME_HINT_FLAGS"
# What they leave out there, with or without a value.
_NOT_IN_HINT = ("-c", "--continue", "-r", "--resume", "--fork-session", "--session-id")


def with_hooks(argv: list[str], folder: str, cwd: str, guard: str = "") -> tuple[list[str], str]:
    """``argv`` with our settings, merged with those it names; and the file that hooks will append to.

    ``guard`` is the command that tells the agent of findings. The user's file is only read. Raises OSError
    or ValueError when that is not possible.
    """
    events = os.path.join(folder, "events")
    index, settings = _user_settings(argv, cwd)
    merged = merge(settings, events, guard)
    file = os.path.join(folder, "settings.json")
    for path, text in ((events, ""), (file, json.dumps(merged))):
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text)
    if index is None:
        return [argv[0], OPTION, file, *argv[1:]], events
    changed = list(argv)
    changed[index] = f"{OPTION}={file}" if argv[index].startswith(OPTION + "=") else file
    return changed, events


def _user_settings(argv: list[str], cwd: str) -> tuple[int | None, JsonObject]:
    """Which word is, or holds, the value of the user's own --settings; and the settings it means."""
    found = None
    value = ""
    for index, word in enumerate(argv):
        if word == "--":
            break
        if word == OPTION and index + 1 < len(argv):
            found, value = index + 1, argv[index + 1]
        elif word.startswith(OPTION + "="):
            found, value = index, word.partition("=")[2]
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


def merge(settings: JsonObject, events: str, guard: str = "") -> JsonObject:
    """A copy of ``settings`` whose hooks also append to the file ``events``; the user's come first.

    After edits and turns they run the command ``guard``, too, if there is one.
    """
    users = settings.get("hooks")
    hooks: JsonObject = dict(users) if isinstance(users, dict) else {}
    entry: JsonObject = {"hooks": [{"type": "command", "command": command(events), "async": True}]}
    added = [(name, entry) for name in EVENTS]
    if guard:
        run: JsonObject = {"hooks": [{"type": "command", "command": guard, "timeout": 30}]}
        added += [("PostToolUse", {"matcher": EDITING_TOOLS, **run}), ("Stop", run)]
    for name, one in added:
        before = hooks.get(name)
        hooks[name] = [*before, one] if isinstance(before, list) else [one]
    return {**settings, "hooks": hooks}


def command(events: str) -> str:
    """The shell command of a hook: append standard input to ``events``, always succeed."""
    quoted = "'" + events.replace("'", "'\\''") + "'"
    return f"2>/dev/null cat >>{quoted} || cat >/dev/null; exit 0"


def hint_flags(argv: list[str]) -> str:
    """Return the options of ``argv`` that Claude Code would show; nothing if it would show none."""
    flags: list[str] = []
    keeps = False
    for word in argv[1:]:
        name = word.partition("=")[0]
        if name == OPTION or word == "--":
            return "" if name == OPTION else " ".join(flags)
        if word.startswith("-"):
            keeps = name not in _NOT_IN_HINT
        elif " " in word or not flags:
            keeps = False  # a prompt
        if keeps:
            flags.append(word)
    return " ".join(flags)
