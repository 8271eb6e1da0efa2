"""One side of a comparison: everything about a run that is compared, read in one pass."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentrec.compare.same_text import HERE, HOME, SameText
from agentrec.compare.steps import COMMAND, RESULT, SHELLS, Step, StepReader
from agentrec.json_values import JsonObject, amount, table, tables, text
from agentrec.moments.line_rules import LineMatcher
from agentrec.recording.events.agent import AgentMessage, AgentSession
from agentrec.recording.events.decode import decode
from agentrec.recording.events.mark import MarkMoment
from agentrec.recording.events.tool import ToolResult
from agentrec.recording.exit_text import exit_text
from agentrec.recording.format.work_limit import WorkLimit
from agentrec.recording.markers import happened
from agentrec.report.summary import Summary
from agentrec.snapshots.lookup import find_snapshot, named_time, recorded_snapshots
from agentrec.snapshots.model import SnapshotError
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.snapshots.lookup import RecordedSnapshot
    from agentrec.snapshots.manifest import Contents

PASSED, FAILED = "passed", "failed"
_TRACKS = frozenset(("agent", "llm", "tool", "sys", "term", "mark"))
# Of a tool's output, the last ones: where the result of tests is.
_MAX_LINES = 100
_SAYS_TESTS = re.compile(r"(?i)pass|fail|error|examples?\b|\bok\b")


@dataclass(slots=True)
class TestRun:
    """The last test run of a kind: ``status`` is passed or failed, ``label`` in words, ``t`` in ns.

    ``counts`` are numbers of tests by outcome, as far as they are known.
    """

    rule: str
    status: str
    label: str
    t: int
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def failing(self) -> int:
        """How many tests failed."""
        return self.counts.get("failed", 0) + self.counts.get("errors", 0)


@dataclass(slots=True)
class ComparedRun:
    """A run up to a point. ``name`` is what the user called it, ``end`` the time up to which it counts (ns).

    ``first`` and ``last`` are its first and last snapshot, ``tests`` the last test run by kind of test,
    ``handoff`` the last message of its agent.
    """

    name: str
    path: str
    header: JsonObject
    end: int
    facts: JsonObject
    steps: list[Step]
    tests: dict[str, TestRun] = field(default_factory=dict)
    first: RecordedSnapshot | None = None
    last: RecordedSnapshot | None = None
    whole: bool = True
    branch: str = ""
    handoff: str = ""

    @property
    def agent(self) -> str:
        """The agent's name; empty without one."""
        return next((text(it.get("agent")) for it in tables(self.facts["sessions"])), "")

    @property
    def exit(self) -> str:
        """How it ended, in words."""
        if not self.whole:
            return "goes on after this point"
        return exit_text(table(self.facts["exit"])) if self.facts["exit"] else "no exit status"

    @property
    def succeeded(self) -> bool:
        """Whether it ended with exit code 0."""
        status = table(self.facts["exit"])
        return status.get("code") == 0 and not status.get("signal")

    @property
    def tests_status(self) -> str:
        """``passed``, ``failed``, or empty without tests: what the last run of each kind of test says."""
        statuses = {it.status for it in self.tests.values()}
        return FAILED if FAILED in statuses else PASSED if PASSED in statuses else ""

    @property
    def failing_share(self) -> float | None:
        """The part of its tests that failed, from 0 to 1; None without tests."""
        if not self.tests:
            return None
        ran = sum(it.failing + it.counts.get("passed", 0) for it in self.tests.values())
        if not ran:
            return float(self.tests_status == FAILED)
        return sum(it.failing for it in self.tests.values()) / ran

    def figures(self) -> dict[str, float | None]:
        """Its figures by name; None where one is not known."""
        counts = {kind: amount(count) or 0 for kind, count in table(self.facts["tokens"]).items()}
        tools = [table(it) for it in table(self.facts["tools"]).values()]
        return {
            "turns": amount(self.facts["turns"]),
            "tools": sum(amount(it.get("calls")) or 0 for it in tools),
            "errors": amount(self.facts["errors"]),
            "tokens": sum(counts.values()),
            "cost": amount(self.facts["cost_usd"]),
            "duration": self.end / NS_PER_SECOND,
        }

    def commands(self) -> dict[str, Step]:
        """How each command ended the last time it ran, by its text."""
        ended = [step for step in self.steps if step.kind == COMMAND or _is_shell_result(step)]
        return {step.text if step.kind == COMMAND else step.about: step for step in ended}

    def contents(self, which: RecordedSnapshot | None, env: Mapping[str, str]) -> Contents | None:
        """The files in a snapshot; None if they are not on this machine."""
        if which is None:
            return None
        try:
            store, snapshot = which.open(env)
        except SnapshotError:
            return None
        try:
            return store.contents(snapshot)
        except SnapshotError:
            return None
        finally:
            store.close()


def read_run(recording: Recording, point: str = "", name: str = "") -> ComparedRun:
    """Read a run up to ``point``, a snapshot, mark or time as `agentrec snapshots` knows them.

    Raises InputError for a point that is not there.
    """
    recording.work = WorkLimit(recording.file_size, files=2)  # at least two are compared
    snapshots = recorded_snapshots(recording)
    end, last = recording.duration, snapshots[-1] if snapshots else None
    if point:
        end, last = _at(recording, point, snapshots)
    reader = _RunReader(recording)
    for event in recording.events(tracks=_TRACKS):
        if happened(event) <= end:
            reader.feed(event)
    return ComparedRun(
        name or recording.path,
        recording.path,
        recording.header,
        end,
        reader.summary.as_data(),
        reader.steps.steps(),
        reader.tests,
        first=snapshots[0] if snapshots else None,
        last=last,
        whole=not point or end >= recording.duration,
        branch=reader.branch,
        handoff=reader.handoff,
    )


def _at(
    recording: Recording, point: str, snapshots: list[RecordedSnapshot]
) -> tuple[int, RecordedSnapshot | None]:
    t = named_time(recording, point)
    if not snapshots and t is not None:
        return t, None
    snapshot, _ = find_snapshot(recording, point, snapshots)
    return (snapshot.t if t is None else t), snapshot


class _RunReader:
    """Sums, steps and tests of the events of a run."""

    def __init__(self, recording: Recording) -> None:
        self._same = SameText()
        self._same.add_place(text(recording.header.get("cwd")), HERE)
        self.summary = Summary()
        self.steps = StepReader(self._same)
        self.tests: dict[str, TestRun] = {}
        self.branch = ""
        self.handoff = ""
        self._agent = ""

    def feed(self, event: Event) -> None:
        """Take the next event."""
        record = decode(event)
        match record:
            case AgentSession():
                self.branch = self.branch or record.git_branch
                self._agent = self._agent or record.agent
                self._same.add_place(record.cwd, HERE)
                self._same.add_place(text(record.home.get("HOME")), HOME)
            case AgentMessage(role="assistant") if event.actor == self._agent:
                self.handoff = self.handoff if record.thinking else record.text
            case ToolResult() if isinstance(record.output, str):
                self._lines(happened(event), record.output)
            case MarkMoment(kind="tests") as mark:
                counts = {name: int(amount(n) or 0) for name, n in mark.counts.items()}
                self._tested(mark.rule, mark.status, mark.label, happened(event), counts)
        if event.track != "mark":
            self.summary.feed(event, record)
            self.steps.feed(event, record)

    def _lines(self, t: int, output: str) -> None:
        """A headless agent shows the output of its tools nowhere: look for tests there, too."""
        if not _SAYS_TESTS.search(output):
            return
        matcher = LineMatcher()
        for line in output.splitlines()[-_MAX_LINES:]:
            found = matcher.feed(t, line)
            if found and found.kind == "tests":
                self._tested(found.rule, found.status, found.label, t, found.counts)

    def _tested(
        self, rule: str, status: str, label: str, t: int, counts: Mapping[str, int]
    ) -> None:
        before = self.tests.get(rule)
        if status in (PASSED, FAILED) and (before is None or before.t <= t):
            self.tests[rule] = TestRun(rule, status, label, t, counts)


def _is_shell_result(step: Step) -> bool:
    return step.kind == RESULT and step.name in SHELLS and bool(step.about)
