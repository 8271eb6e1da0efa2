"""poll() with a handler for every descriptor."""

from __future__ import annotations

import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[int], None]

IN, OUT = select.POLLIN, select.POLLOUT


class Poller:
    """Calls handlers of ready descriptors. ``arm`` is cheap when nothing changes."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._handlers: dict[int, Handler] = {}
        self._masks: dict[int, int] = {}

    def watch(self, fd: int, events: int, handler: Handler | None) -> None:
        """Call ``handler(ready)`` whenever ``fd`` is ready for ``events``; None forgets the descriptor."""
        if handler:
            self._handlers[fd] = handler
            self.arm(fd, events)
        elif fd in self._handlers:
            self.arm(fd, 0)
            del self._handlers[fd]
            self._masks.pop(fd, None)

    def arm(self, fd: int, events: int) -> None:
        """Change what a watched descriptor is watched for; with 0 not even its closing is noticed."""
        if self._masks.get(fd, 0) == events:
            return
        self._masks[fd] = events
        if events:
            self._poll.register(fd, events)
        else:
            self._poll.unregister(fd)

    def wait(self, milliseconds: int | None) -> None:
        """Call the handlers of what is ready; wait for it at most so long (None: for ever)."""
        for fd, ready in self._poll.poll(milliseconds):
            if handler := self._handlers.get(fd):  # an earlier handler may have forgotten it
                handler(ready)

    def is_only(self, fd: int, milliseconds: int) -> bool:
        """Whether within so long ``fd`` can be read, and nothing else is ready. Calls no handler."""
        return self._poll.poll(milliseconds) == [(fd, IN)]
