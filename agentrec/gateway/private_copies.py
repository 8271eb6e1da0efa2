"""Files of the user's that an agent reads elsewhere while it is recorded: addresses in them are ours.

What the agent changes in them is the user's wish, so it is put back at the end, with the user's addresses.
On the path of `record --model-calls`: imports are light here.
"""

from __future__ import annotations

import os

from agentrec.agents.follow.agent import (
    make_private_folder,
    remove_private_folder,
    sweep_private_folders,
)
from agentrec.atomic import write_atomic
from agentrec.capture.control import socket_dir
from agentrec.config import read_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT_BYTES = 16 << 20


class PrivateCopies:
    """``files``: the name in ``folder``, and the path it stands for, digests of that file and of the copy."""

    def __init__(self, folder: str, files: dict[str, list[str]], urls: dict[str, str]) -> None:
        self.folder, self.files, self.urls = folder, files, urls

    def put_back(self) -> None:
        """Write what the agent changed to the user's own files, and remove the copies.

        A file that somebody else changed meanwhile stays as it is. A second call does nothing.
        """
        for name, (path, before, given) in self.files.items():
            copy = _read(os.path.join(self.folder, name))
            if copy is None or _digest(copy) == given or _digest(_read(path)) != before:
                continue
            # The longest first: one may begin another.
            for address, url in sorted(self.urls.items(), key=lambda it: -len(it[0])):
                copy = copy.replace(address.encode(), url.encode())
            try:
                write_atomic(os.path.realpath(path), copy)
            except OSError:
                continue
        remove_private_folder(self.folder)


def make(
    changed: Mapping[str, bytes | None], urls: dict[str, str], env: Mapping[str, str]
) -> PrivateCopies | None:
    """Copy files, with other content or (None) as they are. ``urls``: what stands for an address of ours.

    None where no directory is private enough. Raises OSError.
    """
    runtime = socket_dir.prepare(env)
    if not runtime:
        return None
    sweep_private_folders(runtime)
    copies = PrivateCopies(make_private_folder(runtime), {}, urls)
    for path, content in changed.items():
        before = _read(path)
        name = os.path.basename(path)
        data = before if content is None else content
        copies.files[name] = [path, _digest(before), _digest(data)]
        if data is not None:
            write_atomic(os.path.join(copies.folder, name), data)
    return copies


def _read(path: str) -> bytes | None:
    try:
        return read_plain(path, LIMIT_BYTES)
    except OSError:
        return None


def _digest(data: bytes | None) -> str:
    """A name for this content; empty for a file that is not there."""
    from hashlib import sha256

    return "" if data is None else sha256(data).hexdigest()
