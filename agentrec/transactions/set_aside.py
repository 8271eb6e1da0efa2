"""Moves files away that no snapshot has, such as large, ignored and built ones, and moves them back."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from agentrec.branches.create import remove_tree
from agentrec.errors import OutputError
from agentrec.snapshots.gitstore.git import query_repository

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable

_ASIDE = "aside-"


def others_in(tree: str) -> list[str]:
    """Untracked files, and directories with only such; those end with a slash. Ignored or not."""
    listed = query_repository(tree, "ls-files", "--others", "--directory", "-z") or b""
    return [os.fsdecode(name) for name in listed.split(b"\0") if name]


def new_paths(tree: str, others: Collection[str], known: Container[str]) -> list[str]:
    """What was made since a savepoint that saw ``others``; ``known`` are the files in its snapshot."""
    folders = tuple(path for path in others if path.endswith("/"))
    untracked = [path for path in others_in(tree) if path not in others]
    listed = query_repository(tree, "ls-files", "-z") or b""
    tracked = {os.fsdecode(name) for name in listed.split(b"\0") if name}
    added = [path for path in sorted(tracked) if path not in known and path not in others]
    return untracked + [path for path in added if not path.startswith(folders)]


def move_aside(tree: str, paths: Iterable[str], folder: str) -> None:
    """Move ``paths`` of ``tree`` into ``folder``, and remove directories that are empty then.

    Raises OutputError.
    """
    for path in paths:
        _move(os.path.join(tree, path), os.path.join(folder, path))
        _remove_empty(tree, os.path.dirname(path.rstrip("/")))


def aside_folder(folder: str, number: int) -> str:
    """Where a transaction with that ``folder`` has what the savepoint of that number set aside."""
    return os.path.join(folder, f"{_ASIDE}{number}")


def discard_asides(folder: str) -> None:
    """Remove everything that a transaction has set aside: it has ended."""
    try:
        names = [name for name in os.listdir(folder) if name.startswith(_ASIDE)]
    except FileNotFoundError:
        return
    for name in names:
        try:
            remove_tree(os.path.join(folder, name))
        except OSError:
            continue  # only space is lost


def move_back(tree: str, folder: str) -> None:
    """Move everything in ``folder`` back into ``tree``, except where something is now. Raises OutputError."""
    for at, folders, files in os.walk(folder):
        below = os.path.relpath(at, folder)
        for name in [*folders, *files]:
            target = os.path.normpath(os.path.join(tree, below, name))
            if os.path.lexists(target):
                continue
            _move(os.path.join(at, name), target)
            if name in folders:
                folders.remove(name)  # moved as a whole


def _remove_empty(tree: str, folder: str) -> None:
    while folder:
        try:
            os.rmdir(os.path.join(tree, folder))
        except OSError:
            return
        folder = os.path.dirname(folder)


def _move(source: str, target: str) -> None:
    source, target = source.rstrip("/"), target.rstrip("/")
    if os.path.isdir(target) and os.path.isdir(source) and not os.path.islink(source):
        # A killed move has left some of it there; a move onto a directory would go into it.
        for name in os.listdir(source):
            _move(os.path.join(source, name), os.path.join(target, name))
        os.rmdir(source)
        return
    try:
        os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
        shutil.move(source, target)
    except FileNotFoundError:
        return  # it is gone
    except OSError as error:
        raise OutputError(f"cannot move {source}: {error.strerror}") from None
