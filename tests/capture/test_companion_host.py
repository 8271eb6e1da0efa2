"""Companions beside a recording: their order, and that nothing they do harms it."""

import os
import threading
import time

from agentrec.capture.companion_host import Companion, CompanionHost
from agentrec.capture.event_log import PAUSED
from agentrec.capture.io.child import Program
from agentrec.capture.io.user_terminal import UserTerminal
from agentrec.capture.recorder import run
from agentrec.capture.recording_plan import ChildSize, RecordingPlan
from agentrec.companions.limits import LimitsCompanion
from agentrec.recording.reader import Recording
from agentrec.recording.writer import Writer


class Telling(Companion):
    """Adds an event at each step and hands the child a variable."""

    name = "telling"

    def __init__(self):
        self.calls = []

    def prepare(self, argv, env, cwd):
        self.calls.append(("prepare", threading.current_thread()))
        return [*argv[:-1], argv[-1] + "; printf $TOLD"], env | {"TOLD": "yes"}

    def start(self, emit, pid):
        self.calls.append(("start", threading.current_thread()))
        self.emit = emit
        assert emit("agent", "hello", {"pid": pid}, span="s1", actor="me") >= 0

    def tick(self):
        self.calls.append(("tick", threading.current_thread()))
        return None if len(self.calls) > 4 else 0.001

    def stop(self):
        self.calls.append(("stop", threading.current_thread()))
        self.emit("agent", "bye", {})


class Failing(Companion):
    name = "failing"

    def prepare(self, argv, env, cwd):
        raise OSError("no room")

    def start(self, emit, pid):
        assert emit("agent", "bad", {"value": object()}) == -1
        raise ValueError("broken")

    def tick(self):
        raise IndexError("nothing")

    def stop(self):
        raise KeyError("gone")


class Hanging(Companion):
    name = "hanging"

    def start(self, emit, pid):
        threading.Event().wait(30)

    def tick(self):
        raise AssertionError("start has not returned")

    def stop(self):
        raise AssertionError("start has not returned")


def record(path, script, *companions):
    writer = Writer(str(path), {"id": "x", "cols": 80, "rows": 24, "command": ["sh"]})
    user = UserTerminal(headless=True)
    user.input = user.output = None
    program = Program(["sh", "-c", script], "/bin/sh", dict(os.environ))
    size = ChildSize(None, None, window=None, default=(80, 24))
    outcome = run(RecordingPlan("x", program, size), writer, user, companions)
    writer.close()
    with Recording.open(str(path)) as recording:
        return outcome, list(recording.events())


def test_they_prepare_and_add_events_before_the_exit(tmp_path):
    told = Telling()
    outcome, events = record(tmp_path / "a.ahr", "sleep 0.3; printf one", told)
    assert outcome.exit_code == 0
    assert b"".join(e.data for e in events if e.kind == "output") == b"oneyes"
    assert [e.kind for e in events if e.track == "agent"] == ["hello", "bye"]
    assert events[-1].name == ("term", "exit")
    hello = next(e for e in events if e.kind == "hello")
    assert (hello.span, hello.actor) == ("s1", "me")
    assert [name for name, _ in told.calls] == ["prepare", "start", "tick", "tick", "tick", "stop"]
    assert told.calls[0][1] is threading.main_thread()
    others = {thread for _, thread in told.calls[1:]}
    assert len(others) == 1
    assert others != {threading.main_thread()}


def test_what_they_raise_is_counted_in_the_file(tmp_path):
    told = Telling()
    outcome, events = record(tmp_path / "a.ahr", "printf one; exit 3", Failing(), told)
    assert outcome.exit_code == 3
    assert b"".join(e.data for e in events if e.kind == "output").startswith(b"one")
    troubles = [e.data["text"] for e in events if e.name == ("sys", "trouble")]
    assert len(troubles) >= 4
    for text in ("failing: OSError: no room", "agent/bad: FormatError", "failing: KeyError"):
        assert any(trouble.startswith(text) for trouble in troubles), text
    assert [e.kind for e in events if e.track == "agent"] == ["hello", "bye"]


def test_one_that_hangs_is_left_behind(tmp_path):
    before = time.monotonic()
    outcome, events = record(tmp_path / "a.ahr", "printf one", Hanging())
    assert outcome.exit_code == 0
    assert time.monotonic() - before < 15  # it hangs for 30
    assert any("did not stop in time" in e.data["text"] for e in events if e.kind == "trouble")


class Listening(Telling):
    def __init__(self):
        super().__init__()
        self.ears = []

    def on_event(self, seq, track, kind, data):
        self.ears.append((seq, track, kind, data))
        if kind == "hello":
            raise ValueError("deaf")

    def operations(self):
        return {"ears": lambda request: {"count": len(self.ears)}}


def test_those_who_listen_hear_every_event_with_its_number(tmp_path):
    told = Listening()
    _, events = record(tmp_path / "a.ahr", "sleep 0.3; printf one", told)
    said = [(e.seq, e.track, e.kind, e.data) for e in events if e.kind not in ("output", "input")]
    assert told.ears == said
    assert ("term", "exit") in {(track, kind) for _, track, kind, _ in told.ears}
    assert any("ValueError: deaf" in e.data["text"] for e in events if e.kind == "trouble")
    assert CompanionHost([told]).operations()["ears"]({}) == {"count": len(said)}


def test_they_are_stopped_when_the_child_never_starts():
    told = Telling()
    told.emit = lambda *_: 0
    companions = CompanionHost([told])
    companions.prepare(["sh", "-c", ":"], {}, "")
    companions.stop()
    companions.stop()
    assert [name for name, _ in told.calls] == ["prepare", "stop"]


class Last(Telling):
    name = "finale"
    stops_last = True

    def prepare(self, argv, env, cwd):
        return argv, env

    def stop(self):
        self.emit("agent", "finale", {})


class Slow(Telling):
    def prepare(self, argv, env, cwd):
        return argv, env

    def stop(self):
        time.sleep(0.2)
        super().stop()


def test_one_that_comes_last_is_stopped_after_the_others(tmp_path):
    _, events = record(tmp_path / "a.ahr", "printf one", Last(), Slow())
    said = [e.kind for e in events if e.track == "agent"]
    assert said[-2:] == ["bye", "finale"]
    ended = next(e for e in events if e.kind == "exit")
    assert all(e.t <= ended.t for e in events)
    assert events[-1] == ended


def test_only_those_who_want_it_hear_what_is_not_recorded():
    told = []

    class Hears(Companion):
        def on_event(self, seq, track, kind, data):
            told.append((self.sees_unrecorded, kind))

    limits = Hears()
    limits.sees_unrecorded = True
    host = CompanionHost([Hears(), limits])
    host.on_event(PAUSED, "llm", "call", {})
    host.on_event(3, "llm", "call", {})
    assert told == [(True, "call"), (False, "call"), (True, "call")]
    assert LimitsCompanion.sees_unrecorded
