"""Files that are there whole or not at all: written under another name beside their place, then renamed.

On the start path of `record`: imports are light here.
"""

import os
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

PART = ".part"  # ends the name of a file that is being written


def create_part(path: str, folder: str = "") -> tuple[str, int]:
    """A new file, for its owner only, that :func:`os.replace` can put at ``path``: its path and a descriptor.

    It is beside ``path`` or in ``folder`` (of the same file system). Raises OSError.
    """
    name = f"{os.path.basename(path)}.{os.getpid()}.{os.urandom(4).hex()}{PART}"
    part = os.path.join(folder or os.path.dirname(path), name)
    return part, os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


@contextmanager
def replacing(
    path: str, folder: str = "", *, overwrite: bool = True, durable: bool = False
) -> "Iterator[int]":
    """A descriptor to write to; the file takes its name when the block ends without an exception.

    ``durable`` waits until the disk has it. Raises OSError, without ``overwrite`` FileExistsError when
    the name is taken; then ``path`` is what it was before.
    """
    part, fd = create_part(path, folder)
    try:
        try:
            yield fd
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)
        publish(part, path, overwrite=overwrite)
    except BaseException:
        try:
            os.unlink(part)
        except OSError:
            pass  # somebody cleaned up
        raise


def publish(part: str, path: str, *, overwrite: bool) -> None:
    """Give a finished file its name. Raises OSError, without ``overwrite`` FileExistsError."""
    if overwrite:
        os.replace(part, path)
        return
    try:
        os.link(part, path)  # unlike a rename, it fails if the name is taken
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        os.replace(part, path)
    else:
        os.unlink(part)


def touch_folder(path: str) -> None:
    """Let the folder of a file that was changed in place look changed: some look at folders alone."""
    try:
        os.utime(os.path.dirname(os.path.realpath(path)))
    except OSError:
        pass  # it is not ours


def empty(fd: int, path: str) -> None:
    """Make the regular file ``fd``, at ``path``, as good as a new one of its owner's. Raises OSError."""
    os.ftruncate(fd, 0)
    os.fchmod(fd, 0o600)
    # The next time that anybody closes it, ext4 looks for room for what is in it: now that is nothing.
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK))
    except OSError:
        pass  # it lost its name meanwhile
    touch_folder(path)


def write_atomic(path: str, data: bytes, folder: str = "") -> None:
    """Write a file whole or not at all. Raises OSError."""
    with replacing(path, folder) as fd:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
