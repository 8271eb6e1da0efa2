"""Runs the members of a group, several at a time, and stops them all at a limit or a signal.

Each member is an `agentrec record` in a session of its own: Ctrl-C reaches only this process, which ends
them. If this process is killed, the kernel ends them.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from agentrec.branches.create import recorder
from agentrec.branches.journal import BranchJournal
from agentrec.errors import AgentrecError
from agentrec.json_values import amount, text, words
from agentrec.recording.reader import Recording
from agentrec.recording_registry import default_path
from agentrec.report.summary import summarize
from agentrec.rerun.groups import ENDED, STARTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from agentrec.json_values import JsonObject

_POLL_INTERVAL_SECONDS = 0.1
_COST_INTERVAL_SECONDS = 2.0
_COST_READING_SHARE = 10  # reading recordings may take a tenth of the time
_STOP_TIMEOUT_SECONDS = 15.0
_PR_SET_PDEATHSIG = 1


class Limits(NamedTuple):
    """When to stop everything: dollars of all runs, and seconds; None for no limit."""

    cost: float | None = None
    seconds: float | None = None


class Ended(NamedTuple):
    """How a run ended. ``code`` is None if it was stopped, ``cost`` if it is not known."""

    name: str
    code: int | None
    seconds: float
    cost: float | None
    file: str


@dataclass(slots=True)
class _Running:
    entry: JsonObject
    process: subprocess.Popen[bytes]
    began: float
    file: str
    cost: float | None = None

    @property
    def name(self) -> str:
        return member_name(self.entry)


@dataclass(slots=True)
class GroupRunner:
    """Runs journal entries. ``say(ended, running, waiting)`` is called after each start and end.

    ``options`` are more options for `record`, of each run.
    """

    env: Mapping[str, str]
    parallel: int
    limits: Limits
    say: Callable[[Ended | None, list[str], int], None]
    options: Sequence[str] = ()
    ended: list[Ended] = field(default_factory=list)
    stopped: str = ""
    _running: list[_Running] = field(default_factory=list)
    _cost_due: float = 0.0

    def run(self, entries: Iterable[JsonObject]) -> None:
        """Run them all, or until a limit is reached; then ``stopped`` says which. Raises AgentrecError."""
        waiting, began = list(entries), time.monotonic()
        try:
            while (waiting or self._running) and not self.stopped:
                while waiting and len(self._running) < self.parallel:
                    self._start(waiting.pop(0))
                    self.say(None, [it.name for it in self._running], len(waiting))
                time.sleep(_POLL_INTERVAL_SECONDS)
                for it in [it for it in self._running if it.process.poll() is not None]:
                    self._end(it, len(waiting))
                self.stopped = self._limit(time.monotonic() - began)
        finally:
            self._stop_all()

    def cost(self) -> float:
        """Dollars so far, of what is known."""
        costs = [*(it.cost for it in self.ended), *(it.cost for it in self._running)]
        return sum(cost for cost in costs if cost is not None)

    def _start(self, entry: JsonObject) -> None:
        journal = BranchJournal(self.env)
        journal.put({**entry, STARTED: True})
        argv = words(entry.get("argv"))
        cwd = text(entry.get("cwd"))
        try:
            process = subprocess.Popen(
                recorder(journal.path(str(entry["id"])), [*self.options, *argv]),
                env={**self.env, "PWD": cwd},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_EndWithParent(),  # noqa: PLW1509 - there are no threads
            )
        except OSError as error:
            raise AgentrecError(f"could not start {member_name(entry)}: {error}") from None
        file = default_path(str(entry["id"]), self.env)
        self._running.append(_Running(entry, process, time.monotonic(), file))

    def _end(self, run: _Running, waiting: int) -> None:
        self._running.remove(run)
        code = run.process.returncode
        BranchJournal(self.env).put({**run.entry, STARTED: True, ENDED: code})
        self._add(run, code, waiting)

    def _add(self, run: _Running, code: int | None, waiting: int) -> None:
        seconds = time.monotonic() - run.began
        ended = Ended(run.name, code, seconds, cost_of(run.file), run.file)
        self.ended.append(ended)
        self.say(ended, [it.name for it in self._running], waiting)

    def _limit(self, seconds: float) -> str:
        """Which limit is reached, in words; empty for none."""
        if self.limits.seconds is not None and seconds > self.limits.seconds:
            return "--max-time"
        if self.limits.cost is None:
            return ""
        now = time.monotonic()
        if now >= self._cost_due:
            for run in self._running:
                run.cost = cost_of(run.file)
            took = time.monotonic() - now
            self._cost_due = now + max(_COST_INTERVAL_SECONDS, took * _COST_READING_SHARE)
        return "--max-cost" if self.cost() > self.limits.cost else ""

    def _stop_all(self) -> None:
        """End what still runs; a second signal does not keep us from it."""
        stopped, self._running = self._running, []
        for run in stopped:
            run.process.send_signal(signal.SIGTERM)
        until = time.monotonic() + _STOP_TIMEOUT_SECONDS
        for run in stopped:
            try:
                run.process.wait(max(0.1, until - time.monotonic()))
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                run.process.kill()
                run.process.wait()
            self._add(run, None, 0)


class _EndWithParent:
    """Called in the child: it gets SIGTERM if its parent is killed. Linux only; elsewhere it runs on."""

    def __init__(self) -> None:
        self._prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def __call__(self) -> None:
        if self._prctl is not None:
            self._prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def member_name(entry: JsonObject) -> str:
    """What a run is called."""
    parent = entry.get("parent")
    return text(parent.get("name")) if isinstance(parent, dict) else ""


def cost_of(path: str) -> float | None:
    """Dollars of a recording so far; None if that is not known."""
    if not os.path.isfile(path):
        return None
    try:
        with Recording.open(path) as recording:
            return amount(summarize(recording)["cost_usd"])
    except AgentrecError:
        return None
