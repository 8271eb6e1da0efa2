"""The same work for many things, a few at a time; one that fails does not stop the others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from agentrec.errors import AgentrecError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

AT_ONCE = 4


def in_parallel(
    items: Iterable[_Item], work: Callable[[_Item], _Result], at_once: int = AT_ONCE
) -> Iterator[tuple[_Item, _Result | AgentrecError]]:
    """Each item with what ``work`` returned, or with its error, in order."""

    def attempt(item: _Item) -> _Result | AgentrecError:
        try:
            return work(item)
        except AgentrecError as error:
            return error
        except OSError as error:
            return AgentrecError(error.strerror or str(error))

    pool = ThreadPoolExecutor(at_once, "work")
    is_done = False
    try:
        items = list(items)
        yield from zip(items, pool.map(attempt, items), strict=True)
        is_done = True
    finally:
        # After Ctrl-C nobody waits for what is on its way.
        pool.shutdown(wait=is_done, cancel_futures=True)
