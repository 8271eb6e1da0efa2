"""What the guard is to do while recording."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


# Rules about what is right or wrong at once. The rest may be half-written until the turn ends.
AT_ONCE = frozenset({
    "duplicate-function", "secret", "protected-path", "outside-allowed", "binary-file", "huge-file",
})  # fmt: skip


class GuardOptions:
    """``tells``: the agent hears of findings. ``stop_on``: rules and levels that end the run."""

    def __init__(self, *, tells: bool = False, stop_on: Sequence[str] = ()) -> None:
        self.tells, self.stop_on = tells, tuple(stop_on)
