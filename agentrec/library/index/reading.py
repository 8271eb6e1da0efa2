"""Read a recording for the index. What cannot be read has a reason there, and does not hide the others."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import AgentrecError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.library.index.digest import Digest


class Reading(NamedTuple):
    """What reading a file gave: when (Unix time), how many seconds it took, and what failed."""

    contents: Digest | None
    looked: float
    took: float
    fault: str


def read_recording(
    path: str, modified: int, advance: Callable[[int], object] = int, *, opened: bool = False
) -> Reading:
    """Read a recording that was ``modified`` then (ns of Unix time).

    ``advance`` is called with how many bytes of it were read; ``opened``: with a key if it is encrypted.
    """
    # Slow to import, and not needed if the index is up to date.
    from agentrec.library.index.digest import digest

    began = time.time()
    contents: Digest | None = None
    fault = ""
    try:
        contents = digest(path, modified, advance, opened=opened)
    except AgentrecError as error:
        fault = str(error)
    except Exception as error:  # noqa: BLE001 - one bad file must not hide the others
        fault = f"cannot list {path}: {type(error).__name__}: {error}"
    return Reading(contents, began, time.time() - began, fault)
