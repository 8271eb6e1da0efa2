"""States as they come out of a recording, from what :mod:`agentrec.sdk.states.state_chain` has stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.errors import FormatError, InputError
from agentrec.sdk.states.state_patch import patched

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class StoredStates:
    """Where the states of one chain are: ``positions[i]`` is the key of the event that holds state ``i``.

    A key is whatever the caller can find the event by.
    """

    def __init__(self) -> None:
        self._at: dict[int, tuple[int, str]] = {}
        self._whole: list[int] = []

    def add(self, stored: Mapping[str, object], seq: int, field: str) -> int | None:
        """Note a stored state that is in ``field`` of event ``seq``; returns its number."""
        number = stored.get("i")
        if type(number) is not int or number < 0:
            return None
        self._at[number] = (seq, field)
        if "full" in stored:
            self._whole.append(number)
        return number

    def needed(self, number: int) -> list[tuple[int, str]]:
        """The events, as ``(seq, field)``, from which state ``number`` is made. Raises InputError."""
        from bisect import bisect_right

        at = bisect_right(self._whole, number) - 1
        numbers = range(self._whole[at], number + 1) if at >= 0 else ()
        if not numbers or any(one not in self._at for one in numbers):
            raise InputError(
                "the state cannot be read: a part of the recording that it depends on is lost"
            )
        return [self._at[one] for one in numbers]


def rebuilt(stored: Iterable[Mapping[str, object]]) -> object:
    """The last of these stored states; the first is a whole one. Raises InputError."""
    value: object = None
    try:
        for one in stored:
            if "full" in one:
                value = one["full"]
            elif "patch" in one:
                value = patched(value, one["patch"])
    except FormatError as error:
        raise InputError(f"the state cannot be read: {error}") from None
    return value
