"""One row of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Literal

    State = Literal["ok", "warn", "missing"]


class Row(NamedTuple):
    """The result of a check. ``missing``: agentrec needs it; ``warn``: agentrec does less without it."""

    name: str
    state: State
    text: str
    hint: str = ""


if TYPE_CHECKING:
    # Gets the environment.
    Check = Callable[[Mapping[str, str]], Row]
