"""Where agentrec keeps things: data directory, disk, control sockets, settings."""

from __future__ import annotations

import os
from importlib.util import find_spec
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from agentrec.cli.doctor.programs import find
from agentrec.cli.doctor.row import Row
from agentrec.config import (
    PROJECT_FILE,
    VARIABLES,
    NoHomeError,
    config_file,
    data_home,
    record_settings,
)
from agentrec.errors import UsageError
from agentrec.recording import packing_queue
from agentrec.text import format_size, plural

if TYPE_CHECKING:
    from collections.abc import Mapping

LITTLE_BYTES = 1_000_000_000


def data_directory(env: Mapping[str, str]) -> Row:
    """Check the directory of recordings and snapshots, which should be private."""
    name = "data directory"
    try:
        path = data_home(env)
    except NoHomeError as error:
        return Row(name, "missing", str(error), error.hint)
    there = _existing(path)
    try:
        TemporaryFile(dir=there).close()
    except OSError as error:
        hint = "set XDG_DATA_HOME to a directory that you own, or use --out-file"
        text = f"{there} cannot be written: {error.strerror or error}"
        return Row(name, "missing", text, hint)
    if there != path:
        return Row(name, "ok", f"{path} (the first recording creates it)")
    info = os.stat(path)
    if info.st_uid != os.getuid():
        return Row(name, "warn", f"{path} belongs to another user", "recordings hold secrets")
    if info.st_mode & 0o077:
        return Row(name, "warn", f"{path} is open to other users", f"chmod 700 {path}")
    return Row(name, "ok", path)


def packing(env: Mapping[str, str]) -> Row:
    """Check that finished recordings get packed in the background."""
    count = len(packing_queue.waiting(env))
    if not count:
        return Row("packing", "ok", "nothing to do")
    text = f"{plural(count, 'recording')} waiting"
    if packing_queue.is_running(env):
        return Row("packing", "ok", f"{text}, at work")
    return Row(
        "packing", "warn", text, "the next recording continues with them; they play as they are"
    )


def disk(env: Mapping[str, str]) -> Row:
    """Check the free space for recordings."""
    try:
        folder = _existing(data_home(env))
    except NoHomeError:
        folder = "."
    space = os.statvfs(folder)
    free = space.f_bavail * space.f_frsize
    text = f"{format_size(free)} free"
    if free < LITTLE_BYTES:
        return Row(
            "disk",
            "warn",
            text,
            "`agentrec du` shows disk usage, `agentrec prune` removes old recordings",
        )
    return Row("disk", "ok", text)


def sockets(env: Mapping[str, str]) -> Row:
    """Check the directory of control sockets, by which `mark`, `note` and `event` reach a recorder."""
    from agentrec.capture.control.socket_dir import candidates, prepare

    variables = dict(env)
    if folder := prepare(variables):
        return Row("sockets", "ok", folder)
    tried = ", ".join(candidates(variables))
    hint = "`mark`, `note` and `event` cannot reach a recorder; set XDG_RUNTIME_DIR to a private directory"
    return Row("sockets", "warn", f"no private directory: {tried}", hint)


def settings(env: Mapping[str, str]) -> Row:
    """Check the settings that apply here, and name their sources."""
    try:
        values = record_settings(env)
    except UsageError as error:
        hint = error.hint or "`agentrec record` fails until the file is fixed or removed"
        return Row("settings", "missing", str(error), hint)
    try:
        user = config_file(env)
    except NoHomeError:
        user = ""
    files = [path for path in (user, PROJECT_FILE) if os.path.isfile(path)]
    sources = [*files, *(variable for variable in VARIABLES.values() if env.get(variable))]
    if not sources:
        return Row("settings", "ok", f"defaults; no {user or 'settings file'}")
    return Row("settings", "ok", f"{', '.join(sorted(values)) or 'none'} from {', '.join(sources)}")


def signing(env: Mapping[str, str]) -> Row:
    """Check what the setting `record.sign` needs."""
    try:
        key = str(record_settings(env).get("sign", ""))
    except UsageError:
        key = ""  # the row of the settings says so
    if not key:
        return Row(
            "signing", "ok", "no setting record.sign: recordings are signed with --sign only"
        )
    hint = "`agentrec record` fails; `agentrec config unset record.sign` records without signatures"
    if not os.path.isfile(os.path.expanduser(key)):
        return Row("signing", "missing", f"record.sign: no key {key}", hint)
    if not find_spec("cryptography"):
        return Row("signing", "missing", "cryptography is not installed", hint)
    if not find("ssh-keygen", env):
        return Row("signing", "missing", "ssh-keygen is not on PATH", hint)
    return Row("signing", "ok", f"with {key}")


def _existing(path: str) -> str:
    """Return ``path`` or its nearest ancestor that exists."""
    while not os.path.lexists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path
