"""`agentrec resume`: another run from a recorded state."""

import json
import subprocess
import sys

import pytest

from agentrec.cli.main import main
from tests.capture.terminal import PATIENCE, environment
from tests.sdk.runs import load, program
from tests.tui.test_stages import AGENT


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resume")
    argv = program(folder, AGENT)
    subprocess.run(argv, cwd=folder, env=environment(folder), check=True, timeout=PATIENCE)
    return folder


def resume(work, *options):
    return subprocess.run(
        [sys.executable, "-m", "agentrec", "resume", "run.ahr", *options],
        cwd=work,
        env=environment(work),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_a_changed_state_and_the_function_that_the_recording_names(work):
    done = resume(work, "--from", "2", "--set", "query=good", "--yes", "--json", "-o", "a.ahr")
    assert json.loads(done.stdout)["ran"] == 1
    with load(work / "a.ahr") as child:
        assert child.state(0)["answer"] == "answer to good"
        assert child.parent["at_step"] == 2


def test_nothing_that_a_recording_names_is_called_without_being_asked(work):
    done = resume(work, "--from", "2", "-o", "b.ahr")
    assert done.returncode == 2
    assert "program.py:go_on: cannot ask for confirmation" in done.stderr
    assert not (work / "b.ahr").exists()


def test_a_state_file_and_an_entry_point_of_ones_own(work):
    (work / "state.json").write_text('{"query": "other", "plan": [], "more": 1}')
    options = ("--state", "state.json", "--entry", "program:act", "-o", "c.ahr")
    done = resume(work, "--from", "2", *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{work}/c.ahr\n"
    with load(work / "c.ahr") as child:
        assert child.input(0) == {"query": "other", "plan": [], "more": 1}


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--set", "qurey=x"), 1, "did you mean query"),
        (("--set", "query"), 2, "use PATH=VALUE"),
        (("--from", "99"), 3, "has no step 99"),
        (("--entry", "nothing:here"), 1, "cannot load the entry point nothing:here"),
        (("--entry", "x"), 1, "invalid entry point"),
        (("--state", "gone.json"), 3, "cannot read gone.json"),
    ],
)
def test_mistakes_are_named(work, options, code, message):
    done = resume(work, "--yes", "-o", "d.ahr", *options)
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
    assert not (work / "d.ahr").exists()


def test_a_step_needs_a_file(capsys):
    assert main(["resume", "--from", "2"]) == 2
    assert "missing FILE" in capsys.readouterr().err
