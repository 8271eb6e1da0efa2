"""The file that a recording is written to. On the start path of `record`: imports are light here."""

import os
import stat

from agentrec.errors import OutputError
from agentrec.locks import try_lock

# A reader that checks whether the file is locked holds the lock for a moment.
LOCK_TRIES = 5


def create_file(path: str, *, overwrite: bool) -> int:
    """Create and lock the file ``path`` (0600); its descriptor. Raises OutputError, also if it exists."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | (0 if overwrite else os.O_EXCL)
    try:
        fd = os.open(path, flags, 0o600)
    except FileExistsError:
        raise OutputError(
            f"{path} already exists", "choose another file, or use --overwrite"
        ) from None
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None
    if not try_lock(fd, tries=LOCK_TRIES):
        os.close(fd)
        raise OutputError(f"{path} is being recorded right now", "choose another file")
    if overwrite and stat.S_ISREG(os.fstat(fd).st_mode):
        os.ftruncate(fd, 0)
        os.fchmod(fd, 0o600)
    return fd


def remove_file(path: str, fd: int) -> None:
    """Remove a file that could not be begun, but no device or pipe."""
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode) and os.path.samestat(os.stat(path), os.fstat(fd)):
            os.unlink(os.path.realpath(path))  # what a link points to, not the link
    except OSError:
        pass  # an empty file remains
