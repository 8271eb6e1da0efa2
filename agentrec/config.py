"""Where things live, and what the user has set: flag > environment > project file > user file."""

from __future__ import annotations

import errno
import os
import stat

from agentrec.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, BinaryIO

PROJECT_FILE = ".agentrec.toml"

# Settings of `[record]`: name -> type. A project's file comes with somebody's repository, so it may
# only set what cannot make a recording hold more of its user's secrets.
_RECORD: dict[str, type] = {
    "prefix-key": str,
    "env": list,
    "model-calls": bool,
    "network": bool,
    "encrypt-to": list,
    "sign": str,
}
# Variables that set one instead. Lists have commas between their items.
VARIABLES = {"prefix-key": "AGENTREC_PREFIX_KEY", "encrypt-to": "AGENTREC_ENCRYPT_TO"}
_PROJECT_MAY_SET = frozenset({"prefix-key"})


class NoHomeError(UsageError):
    """Neither a home directory nor the variable that would replace it is known."""


def home_of(env: Mapping[str, str]) -> str:
    """The user's home; without a HOME, or with an empty one, that of the password database, or empty."""
    if env.get("HOME"):
        return env["HOME"]
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ""


def data_home(env: Mapping[str, str]) -> str:
    """The directory of our data. Raises NoHomeError."""
    return os.path.join(_own_base(env, "XDG_DATA_HOME", ".local/share"), "agentrec")


def state_home(env: Mapping[str, str]) -> str:
    """The directory of what is remembered but can be lost. Raises NoHomeError."""
    return os.path.join(_own_base(env, "XDG_STATE_HOME", ".local/state"), "agentrec")


def cache_home(env: Mapping[str, str]) -> str:
    """The directory of what can be made again. Raises NoHomeError."""
    return os.path.join(_own_base(env, "XDG_CACHE_HOME", ".cache"), "agentrec")


def config_file(env: Mapping[str, str]) -> str:
    """The user's configuration file, which need not exist. Raises NoHomeError."""
    return os.path.join(_base(env, "XDG_CONFIG_HOME", ".config"), "agentrec", "config.toml")


def _base(env: Mapping[str, str], variable: str, under_home: str) -> str:
    named = env.get(variable, "")
    if os.path.isabs(named):
        return named
    home = home_of(env)
    if not os.path.isabs(home):
        raise NoHomeError(
            "could not find the home directory",
            f"set HOME or {variable}, or pass --out-file",
        )
    return os.path.join(home, under_home)


def _own_base(env: Mapping[str, str], variable: str, under_home: str) -> str:
    """Like ``_base``, for writing: root never uses another user's directories.

    With ``sudo -E`` the variables are the user's, who could not write into what root makes there.
    """
    base = _base(env, variable, under_home)
    if os.geteuid() != 0 or _owner(base) == 0:
        return base
    return os.path.join(home_of({}), under_home)


def _owner(path: str) -> int:
    """Who owns ``path`` or, where it does not exist, the directory it would be in."""
    while path != "/":
        try:
            return os.stat(path).st_uid
        except OSError:
            path = os.path.dirname(path)
    return 0


def make_folders(path: str) -> None:
    """Make the directory ``path`` and those it is in, for their owner only. Raises OSError.

    See :func:`give_to_owner`.
    """
    missing = []
    while path != os.curdir and not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path) or os.curdir
    for folder in reversed(missing):
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:  # somebody else was faster; a file is in the way
            if not os.path.isdir(folder):
                raise
            continue
        give_to_owner(folder)


def give_to_owner(path: str) -> None:
    """What root has made in another user's directory (``sudo``) belongs to that user. Raises OSError."""
    if os.geteuid() == 0:
        parent = os.stat(os.path.dirname(path) or os.curdir)
        os.chown(path, parent.st_uid, parent.st_gid, follow_symlinks=False)


def open_plain(path: str) -> BinaryIO:
    """A file to read. Raises OSError, also for anything but a plain file.

    In somebody's directory a file to be read may be a pipe, or a link to a terminal: nobody waits.
    """
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "not a plain file", path)
    return os.fdopen(fd, "rb")


def read_plain(path: str, limit: int) -> bytes:
    """The first ``limit`` bytes of a file. Raises OSError as ``open_plain`` does."""
    with open_plain(path) as file:
        return file.read(limit)


def record_settings(env: Mapping[str, str], folder: str = ".") -> dict[str, Any]:
    """The ``[record]`` settings that apply in ``folder``. Raises UsageError for a broken file."""
    try:
        settings = _read(config_file(env), frozenset(_RECORD))
    except NoHomeError:
        settings = {}
    settings.update(_read(os.path.join(folder, PROJECT_FILE), _PROJECT_MAY_SET))
    for name, variable in VARIABLES.items():
        if value := env.get(variable):
            settings[name] = value if _RECORD[name] is str else value.split(",")
    return settings


def _read(path: str, allowed: frozenset[str]) -> dict[str, Any]:
    try:
        raw = read_plain(path, 1 << 20)
    except OSError:
        return {}
    import tomllib

    try:
        table = tomllib.loads(raw.decode()).get("record", {})
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    if not isinstance(table, dict):
        raise UsageError(f"{path}: record must be a table")
    for name, value in table.items():
        _check(path, name, value, allowed)
    return table


def check_record_setting(path: str, name: str, value: object, *, is_project: bool) -> None:
    """Raises UsageError if the file ``path``, of a project or of the user, may not have this setting."""
    _check(path, name, value, _PROJECT_MAY_SET if is_project else frozenset(_RECORD))


def _check(path: str, name: str, value: object, allowed: frozenset[str]) -> None:
    if name not in allowed:
        raise UsageError(
            f"{path}: record.{name} cannot be set here", f"use one of {', '.join(sorted(allowed))}"
        )
    fits = isinstance(value, _RECORD[name])
    if isinstance(value, list):
        fits = fits and all(isinstance(item, str) for item in value)
    if not fits:
        raise UsageError(f"{path}: record.{name} must be {_wanted(name)}")


def _wanted(name: str) -> str:
    return {list: "a list of strings", bool: "true or false"}.get(_RECORD[name], "a string")
