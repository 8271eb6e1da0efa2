"""A run recorded from inside a program: what is in the file, whatever the program does."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from agentrec import Recorder
from agentrec.errors import InputError, OutputError
from agentrec.library.listing import list_recordings, status
from agentrec.sdk import current_recorder, step
from agentrec.sdk.read.stage import row_text, stage_rows
from tests.library.helpers import Library
from tests.sdk.runs import environment, events_of, load, program, run_inside

SECRET = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.ahr"


def test_blocks_functions_and_calls_of_a_run(path):
    with Recorder(path, name="demo", tags=["a"]) as r:

        @r.step
        def plan(state):
            return {**state, "plan": ["x"]}

        @r.step("act")
        def act(state):
            state["done"] = True

        state = plan({"query": "hi"})
        act(state)
        with r.step("answer", state) as block:
            block.output = {**state, "answer": 42}
            r.record_llm_call(
                "model", [{"role": "user", "content": "hi"}], "hello",
                model="claude-sonnet-4-5", tokens={"input_tokens": 5, "output_tokens": 3},
            )  # fmt: skip
            r.record_tool_call("tools", "search", {"q": 1}, ["found"])
        r.record_step("after", {"n": 1}, {"n": 2}, {"why": "test"})
        r.record_memory_op("set", "name", "Ada")
    with load(path) as run:
        assert [frame.node for frame in run.steps] == ["plan", "act", "answer", "after"]
        assert run.input(0) == {"query": "hi"}
        assert run.state(1) == {"query": "hi", "plan": ["x"], "done": True}
        assert run.state(2) == {"query": "hi", "plan": ["x"], "done": True, "answer": 42}
        assert run.state(3) == {"n": 2}
        assert run.steps[3].meta == {"why": "test"}
        assert (run.name, run.tags) == ("demo", ["a"])
        assert (run.tokens.input, run.tokens.output) == (5, 3)
        assert run.cost == pytest.approx((5 * 3 + 3 * 15) / 1e6)
        call = next(event for event in run.events("llm"))
        tool = next(event for event in run.events("tool"))
        assert call.parent == tool.parent == run.steps[2].span
        memory = next(event for event in run.events("step") if event.kind == "memory")
        assert memory.data == {"op": "set", "key": "name", "value": "Ada"}
    assert events_of(path)[-1].kind == "done"


def test_async_tasks_keep_their_own_parents(path):
    async def branch(r, name):
        async with r.step(name, {"name": name}):
            await asyncio.sleep(0.01)

            @r.step
            async def inner(value):
                await asyncio.sleep(0.01)
                return {"got": value}

            await inner(name)

    async def main():
        async with Recorder(path) as r, r.step("root", {}):
            await asyncio.gather(branch(r, "left"), branch(r, "right"))

    asyncio.run(main())
    with load(path) as run:
        names = {frame.index: frame.node for frame in run.steps}
        parents = sorted((frame.node, names.get(frame.parent)) for frame in run.steps)
        assert parents == [
            *(("inner", "left"), ("inner", "right")),
            *(("left", "root"), ("right", "root")),
            ("root", None),
        ]
        for frame in run.steps:
            if frame.node == "inner":
                assert run.output(frame.index) == {"got": names[frame.parent]}


def test_sync_and_async_runs_are_equal(tmp_path):
    def kinds(path):
        return [(event.track, event.kind, event.data.get("node")) for event in events_of(path)]

    with Recorder(tmp_path / "sync.ahr") as r:
        r.step("a")(lambda state: {"n": 1})({"n": 0})
        with r.step("b", {"n": 1}):
            r.note("here")

    async def main():
        async with Recorder(tmp_path / "async.ahr") as r:

            @r.step("a")
            async def a(state):
                return {"n": 1}

            await a({"n": 0})
            async with r.step("b", {"n": 1}):
                r.note("here")

    asyncio.run(main())
    assert kinds(tmp_path / "sync.ahr") == kinds(tmp_path / "async.ahr")


def test_parents_by_run_ids_where_the_context_is_lost(path):
    with Recorder(path) as r:
        r.begin_step("graph", {"n": 0}, run_id="g")

        def elsewhere():
            r.begin_step("node", {"n": 0}, run_id="n", parent_run_id="g")
            r.end_step("n", {"n": 1})

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        r.end_step("g", {"n": 1})
        r.end_step("never started")
    with load(path) as run:
        assert [(frame.node, frame.parent) for frame in run.steps] == [("graph", None), ("node", 0)]


def test_many_threads(path):
    with Recorder(path) as r, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: r.record_step("s", {"n": n}, {"n": n + 1}), range(2000)))
    with load(path) as run:
        assert len(run.steps) == 2000
        assert [frame.n for frame in run.steps] == list(range(2000))
        for frame in run.steps[::97]:
            assert run.output(frame.index)["n"] == run.input(frame.index)["n"] + 1


def test_errors_are_recorded_and_raised(path):
    def run_it():
        with Recorder(path) as r:
            r.record_error("before", "it broke", {"n": 1})
            with r.step("divide", {"n": 0}):
                1 / 0  # noqa: B018

    with pytest.raises(ZeroDivisionError):
        run_it()
    with load(path) as run:
        assert [(error.node, error.text) for error in run.errors] == [
            ("before", "it broke"),
            ("divide", "ZeroDivisionError: division by zero"),
        ]
        assert "1 / 0" in run.steps[0].error["traceback"]
    assert events_of(path)[-1].data["error"]["type"] == "ZeroDivisionError"


def test_what_is_not_json_does_not_break_the_run(path):
    with warnings.catch_warnings(record=True) as warned, Recorder(path) as r:
        warnings.simplefilter("always")
        with r.step("connect", {"client": threading.Lock(), "n": 1}) as block:
            block.output = {"n": 2}
    assert "client is not JSON (lock)" in str(warned[0].message)
    assert "convert" in str(warned[0].message)
    with load(path) as run:
        assert run.input(0) == {"client": {"$not_recorded": "lock"}, "n": 1}
        assert run.output(0) == {"n": 2}


class Strange:
    """Raises whatever is asked of it."""

    def __fspath__(self):
        raise OSError("no path")

    def isoformat(self):
        raise ValueError("no date")

    def model_dump(self):
        raise RuntimeError("no model")


def test_values_of_any_kind_and_size_raise_nothing(path):
    huge, text = 10**6000, "x" * 20_000_000
    with warnings.catch_warnings(record=True) as warned, Recorder(path) as r:
        warnings.simplefilter("always")
        r.record_step("odd", {"value": Strange(), "n": huge}, {})
        r.record_tool_call("t", "read", {"path": "big"}, text)
        r.record_memory_op("write", ("a", 1), Strange())
        r.record_step("big", {}, {"text": text})
        r.record_step("after", {}, {"n": 1})
    said = "\n".join(str(one.message) for one in warned)
    assert "20,000,002 characters" in said
    with load(path) as run:
        assert run.input(0) == {
            "value": {"$not_recorded": "Strange"},
            "n": {"$not_recorded": "a huge number"},
        }
        result = next(event for event in run.events("tool") if event.name[1] == "result")
        assert "20,000,002 characters" in repr(result.data)
        assert run.output(2) == {"n": 1}


@pytest.mark.parametrize("between", ["snapshot", "error"])
def test_states_stay_readable_whatever_comes_between(path, between):
    state = {"messages": [f"message {n} " * 10 for n in range(10)]}
    with Recorder(path) as r:
        r.record_step("a", state, state)
        changed = {"messages": [*state["messages"], "one more"]}
        if between == "snapshot":
            r.snapshot("point", changed, files=False)
        else:
            r.record_error("node", ValueError("it broke"), changed)
        after = {"messages": [*changed["messages"], "and one"]}
        r.record_step("b", changed, after)
    with load(path) as run:
        assert run.state(len(run.steps) - 1) == after


def test_secrets_are_masked_wherever_they_are(path):
    with Recorder(path, name=f"run {SECRET}") as r:
        state = {"messages": ["hello"], "config": {"password": "Xk29fjw0Q"}}
        for n in range(30):
            state["messages"].append(f"message {n} " + (SECRET if n == 17 else "without"))
            r.record_step("s", state, state)
        r.record_tool_call("t", "curl", {"header": f"Authorization: Bearer {SECRET}"}, SECRET)
    events = events_of(path)
    assert SECRET not in repr(events)
    assert "Xk29fjw0Q" not in repr(events)
    assert sum(event.track == "guard" for event in events) >= 4
    with load(path) as run:
        assert SECRET not in repr(run.header)
        assert run.state(29)["messages"][16] == "message 15 without"


def test_marks_notes_points_and_the_environment(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MY_SETTING", "value-of-it")
    with Recorder(path, env_reads=True) as r:
        assert os.environ["MY_SETTING"] == os.getenv("MY_SETTING") == "value-of-it"
        r.mark("before the end")
        r.note("remember this")
        r.snapshot("state only", {"n": 1}, files=False)
    assert os.environ["MY_SETTING"]
    events = events_of(path)
    assert ("mark", "moment", "before the end") in [(*e.name, e.data.get("label")) for e in events]
    assert ("mark", "note", "remember this") in [(*e.name, e.data.get("text")) for e in events]
    assert [e.data["names"] for e in events if e.name == ("sys", "env")].count(["MY_SETTING"]) == 1
    assert "value-of-it" not in repr(events)
    with load(path) as run:
        assert run.time("before the end") > 0


def test_a_snapshot_of_files_can_be_read_back(tmp_path):
    work = tmp_path / "work"
    code = """
        from agentrec import Recorder, Run
        with Recorder("../run.ahr") as r:
            open("a.txt", "w").write("one")
            first = r.snapshot("first", {"n": 1})
            open("a.txt", "w").write("two")
            r.record_step("write", {"n": 1}, {"n": 2})
            assert (first, r.snapshot("second")) == ("s1", "s2")
        with Run.load("../run.ahr") as run:
            assert run.files_at("first").read("a.txt") == b"one"
            assert run.files_at(9.0).read("a.txt") == b"two"
            assert run.files_at(0).paths == ["a.txt"]
    """
    work.mkdir()
    argv = program(tmp_path, code)
    done = subprocess.run(
        argv, env=environment(tmp_path), cwd=work, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()


def test_a_file_that_exists_is_not_overwritten(path):
    Recorder(path).close()
    with pytest.raises(OutputError, match="already exists"):
        Recorder(path)
    Recorder(path, overwrite=True, name="second").close()
    with load(path) as run:
        assert run.name == "second"


def test_a_decorated_function_runs_without_a_recorder(path):
    @step
    def plan(state):
        return {"n": state["n"] + 1}

    assert current_recorder() is None
    assert plan({"n": 1}) == {"n": 2}
    with Recorder(path):
        assert plan({"n": 1}) == {"n": 2}
    with load(path) as run:
        assert run.nodes == {"plan": 1}


def test_a_killed_program_leaves_a_readable_recording(tmp_path):
    code = """
        import sys, time
        from agentrec import Recorder
        r = Recorder("run.ahr")
        n = 0
        while True:
            n += 1
            r.record_step("step", {"n": n}, {"n": n + 1})
            print(n, time.monotonic_ns(), flush=True)
            time.sleep(0.002)
    """
    argv = program(tmp_path, code)
    env = environment(tmp_path)
    lines = []
    with subprocess.Popen(argv, env=env, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout:
            lines.append(tuple(map(int, line.split())))
            if lines[-1][0] > 700:
                break
        child.send_signal(signal.SIGKILL)
        killed = time.monotonic_ns()
        lines += [tuple(map(int, line.split())) for line in child.stdout.read().splitlines()]
    wait_for_end(tmp_path / "run.ahr")
    with load(tmp_path / "run.ahr") as run:
        recorded = len(run.steps)
        assert run.state(recorded - 1) == {"n": recorded + 1}
    lost = [t for n, t in lines if n > recorded]
    assert recorded > 300
    # 50 ms, and as much again for a machine that is busy; what was handed on is written by another process.
    assert not lost or killed - lost[0] < 250_000_000


def wait_for_end(path):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with load(path) as run:
            if not run.recording.live and run.recording.ended:
                return
        time.sleep(0.05)
    raise AssertionError("the writer has not ended the file")


def test_a_program_that_does_not_close_its_recorder(tmp_path):
    argv = program(
        tmp_path,
        """
        import os, sys
        from agentrec import Recorder
        r = Recorder("run.ahr", name="left open")
        r.record_step("only", {}, {"n": 1})
        if os.fork() == 0:
            import warnings
            warnings.simplefilter("ignore")
            r.record_step("in a fork", {}, {})
            os._exit(0)
        os.wait()
    """,
    )
    subprocess.run(argv, env=environment(tmp_path), cwd=tmp_path, check=True, timeout=60)
    events = events_of(tmp_path / "run.ahr")
    assert [event.kind for event in events] == ["run", "end", "done"]


def test_inside_agentrec_record_it_joins_the_recording(tmp_path):
    out = run_inside(
        tmp_path,
        f"""
        from agentrec import Recorder
        print("hello from the terminal", flush=True)
        with Recorder(name="inner") as r:
            assert r.joined, r.path
            with r.step("outer", {{"n": 1}}):
                for n in range(3000):
                    r.record_step("inner", {{"n": n, "key": "{SECRET}"}}, {{"n": n + 1}})
            r.mark("a mark")
            r.note("a note")
        print("goodbye", flush=True)
    """,
    )
    events = events_of(out)
    assert SECRET not in repr(events)
    with load(out) as run:
        assert len(run.steps) == 3001
        assert {frame.parent for frame in run.steps[1:]} == {0}
        assert run.state(2999)["n"] == 2999
        assert "hello from the terminal" in run.screen_at(run.duration)
    names = [event.name for event in events]
    assert names.index(("step", "start")) < names.index(("mark", "moment"))
    assert ("mark", "note") in names
    assert names[-1] == ("term", "exit")
    assert list(tmp_path.glob("**/*inner*.ahr")) == []


def test_importing_the_package_loads_no_library():
    code = (
        "import sys, agentrec; assert 'agentrec.sdk' not in sys.modules;"
        "from agentrec import Recorder;"
        "bad = [m for m in sys.modules if m.startswith(('agentrec.sdk.read', 'textual', 'agentrec.tui'))];"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


class StoppedError(Exception):
    """What a run fails with."""


def test_a_run_that_fails_outside_of_its_steps_has_failed(path, tmp_path):
    with suppress(StoppedError), Recorder(path) as r:
        r.record_step("fine", 1, 2)
        raise StoppedError("no printer")
    with load(path) as run:
        assert [(one.node, one.text) for one in run.errors] == [("run", "StoppedError: no printer")]
        assert run.summary["errors"] == 1
        assert "no printer" in run.summary["first_errors"][0]["text"]
    assert listed(tmp_path) == [(True, "failed")]


def test_an_error_on_its_way_up_is_one_error(path, tmp_path):
    with suppress(StoppedError), Recorder(path) as r, r.step("only"):
        raise StoppedError("x")
    with load(path) as run:
        assert [one.node for one in run.errors] == ["only"]
        assert run.summary["errors"] == 1
    assert listed(tmp_path) == [(True, "failed")]


def test_a_run_that_ends_well_has_not_failed(path, tmp_path):
    with Recorder(path) as r:
        r.record_step("fine", 1, 2)
    assert listed(tmp_path) == [(False, "complete")]


def listed(folder):
    """How the recordings in a folder have ended, as `agentrec ls` has it."""
    library = Library(folder)
    os.makedirs(library.root)
    os.rename(folder / "run.ahr", library.path("run"))
    library.update()
    rows = list_recordings(library.index, library.filters)
    return [(bool(row["failed"]), status(row)) for row in rows]


def test_an_error_by_itself_is_among_the_steps_with_the_state_that_it_failed_on(path):
    with Recorder(path) as r:
        r.record_step("fine", {"n": 1}, {"n": 2})
        with r.step("outer", {"n": 2}) as outer:
            r.record_error("publish", ValueError("no printer"), {"n": 2, "printer": None})
            r.record_error("bare", "no state")
            outer.output = {"n": 3, "printer": None}
        with suppress(StoppedError), r.step("failing", {"n": 3}):
            raise StoppedError
    with load(path) as run:
        rows = stage_rows(run)
        assert [(row.label, row.depth, row.role) for row in rows] == [
            ("fine", 0, "text"),
            ("outer", 0, "text"),
            ("publish  ValueError: no printer", 1, "error"),
            ("bare  no state", 1, "error"),
            ("failing  StoppedError", 0, "error"),
        ]
        assert '  "printer": null' in row_text(run, rows[2])
        assert "no state was recorded" in row_text(run, rows[3])[-1]
        states = [run.failed_on(error) for error in run.errors if error.node != "bare"]
        assert states == [{"n": 2, "printer": None}, {"n": 3}]
        with pytest.raises(InputError, match="no state was recorded"):
            run.failed_on(run.other_errors[1])
        assert run.state(1) == {"n": 3, "printer": None}


def test_what_the_recorder_itself_reads_is_not_what_the_program_reads(tmp_path):
    # In a process of its own: a module of the standard library reads for whoever calls it.
    code = """
        import os, subprocess, sys
        from agentrec import Recorder
        with Recorder("run.ahr", env_reads=True) as r:
            r.snapshot("files", {"n": 1})
            r.record_step("only", {"n": 1}, {"n": 2})
            r.fork(0).close()
            os.environ.get("READ_BY_ME")
            with r.step("inside", {}):
                os.path.expandvars("$READ_INSIDE")
    """
    env = environment(tmp_path, READ_INSIDE="x")
    work = tmp_path / "work"
    work.mkdir()
    subprocess.run(program(tmp_path, code), env=env, cwd=work, check=True, timeout=60)
    with load(work / "run.ahr") as run:
        read = [
            name for one in run.events("sys") if one.kind == "env" for name in one.data["names"]
        ]
        assert read == ["READ_BY_ME", "READ_INSIDE"]
