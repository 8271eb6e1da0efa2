"""Between the relay, which must not wait, and what is made of its calls: a queue and a thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentrec.gateway.transport.exchange import Exchange

# What may wait for the thread; more is not recorded, and counted.
MAX_WAITING_BYTES = 64 << 20


class Tap:
    """Hands calls to ``on_request`` and ``on_response``, in order, in a thread of its own.

    What either raises goes to ``on_trouble``.
    """

    def __init__(
        self,
        on_request: Callable[[Exchange], None],
        on_response: Callable[[Exchange], None],
        on_trouble: Callable[[str], None],
    ) -> None:
        self._on_request, self._on_response = on_request, on_response
        self._on_trouble = on_trouble
        self._queue: queue.SimpleQueue[tuple[Callable[[Exchange], None], Exchange, int] | None]
        self._queue = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting = 0
        self._asked: set[str] = set()
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="calls", daemon=True)
        self._thread.start()

    def asked(self, exchange: Exchange) -> None:
        """The request is whole. A second call for the same one does nothing."""
        if exchange.span not in self._asked:
            self._asked.add(exchange.span)
            self._put(self._on_request, exchange, len(exchange.request.data))

    def ended(self, exchange: Exchange) -> None:
        """The call is over."""
        self.asked(exchange)
        self._asked.discard(exchange.span)
        self._put(self._on_response, exchange, len(exchange.response.data))

    def _put(self, what: Callable[[Exchange], None], exchange: Exchange, size: int) -> None:
        with self._lock:
            if self._waiting > MAX_WAITING_BYTES:
                self.dropped += 1
                return
            self._waiting += size
        self._queue.put((what, exchange, size))

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            what, exchange, size = job
            try:
                what(exchange)
            except Exception as error:  # noqa: BLE001 - later calls are to be recorded
                self._on_trouble(f"{exchange.span}: {type(error).__name__}: {error}")
            with self._lock:
                self._waiting -= size

    def close(self, timeout: float) -> None:
        """Wait until everything that was handed over is done."""
        self._queue.put(None)
        self._thread.join(timeout)
