"""The action, and every workflow in docs/ci.md, run by a script that does what the runner does."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from fixtures.modelserver import ModelServer
from scripts.workflow import Job, evaluated, read_outputs
from tests.agents_env import AGENTS, require

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/ci.md").read_text()
WORKFLOWS = [
    yaml.safe_load(block)
    for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    if "\njobs:" in block
]
TESTED = "echo 'Ran 2 tests in 0.1s'; echo; echo OK"
KEPT = "~/.local/share/agentrec/recordings/ci"
FAILED = "echo 'Ran 2 tests in 0.1s'; echo; echo 'FAILED (failures=1)'"


class Machine:
    """A machine on which what the network would bring is there: pipx, npm and the agent do not load it."""

    def __init__(self, folder):
        self.folder = folder
        programs = folder / "bin"
        programs.mkdir()
        agentrec = f'#!/bin/sh\nexec {sys.executable} -P -m agentrec "$@"\n'
        (folder / "agentrec").write_text(agentrec)
        install = f"install -m 755 {folder}/agentrec {programs}/agentrec"
        write(programs / "pipx", f'#!/bin/sh\necho "$@" >>{folder}/installed\n{install}\n')
        write(programs / "npm", f'#!/bin/sh\necho "$@" >>{folder}/installed\n')
        self.env = {
            "PATH": f"{programs}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder / "home"),
            "XDG_DATA_HOME": str(folder / "home/.local/share"),
            "LANG": "C.UTF-8",
        }

    def job(self, steps, **secrets):
        """A job with these steps, run; and whether it succeeded."""
        job = Job(self.folder / "job", self.env, secrets)
        return job, job.run("fix", {"steps": steps})

    def action(self, command, **inputs):
        given = {name.replace("_", "-"): text for name, text in inputs.items()}
        step = {"id": "it", "uses": "./", "with": {"command": command, **given}}
        told = {"run": 'echo "out:$OUT"', "if": "always()"}
        told["env"] = {"OUT": "${{ steps.it.outputs.exit-code }}"}
        return self.job([step, told])

    def installed(self):
        return (self.folder / "installed").read_text()


def write(path, text):
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_the_action_records_uploads_and_tells(machine):
    job, good = machine.action("echo hello\necho world", title="Greet")
    assert good, job.log
    assert "out:0" in job.log
    names = sorted(path.suffix for path in (job.artifacts / "agentrec/agentrec-ci").iterdir())
    assert names == [".ahr", ".html", ".md"]
    assert "Greet" in job.summary.read_text()
    assert machine.installed() == f"install {ROOT}\n"
    machine.action("true", artifact="")
    assert machine.installed() == f"install {ROOT}\n"  # it is there


def test_the_command_stops_at_the_first_failure(machine):
    job, good = machine.action("false\necho not this")
    assert not good
    assert "out:1" in job.log
    assert "not this" not in job.log
    assert (job.artifacts / "agentrec").exists()


@pytest.mark.parametrize(
    "text",
    ["$(touch evil)", "`touch evil`", '"; touch evil; "', "'; touch evil; '", "a\ntouch evil"],
)
def test_inputs_are_not_run(machine, text):
    job, _ = machine.action("true", title=text, base=text, junit=f"{text}.xml".replace("/", ""))
    assert not (job.workspace / "evil").exists()
    assert "out:" in job.log


def test_the_gate_fails_the_job(machine):
    rules = "tests\nexit\nduration>1h"
    job, good = machine.action(TESTED, title="Task", fail_on=rules, directory=KEPT)
    assert good, job.log
    more = {"against": "last-green", "fail_on": rules, "junit": "out.xml", "title": "Task"}
    more |= {"directory": KEPT}
    job, good = machine.action(TESTED, **more)
    assert good, job.log
    job, good = machine.action(FAILED, **more)
    assert not good
    assert "out:0" in job.log  # the command's own
    assert "### Gate: 1 of 3 rules broken" in job.summary.read_text()
    assert ET.parse(job.workspace / "out.xml").find("testsuite").get("failures") == "1"
    job, good = machine.action(TESTED, **{**more, "title": "Another task"})
    assert not good
    assert "no good run of 'Another task'" in job.log


@pytest.mark.agents
@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda it: it["name"])
def test_workflows_in_the_docs(machine, workflow):
    agent = require(AGENTS["claude"])
    write(machine.folder / "bin/claude", f'#!/bin/sh\nexec {agent.program()} "$@"\n')
    with ModelServer(delay=0.001) as server:
        place = machine.folder / "job/workspace"
        told = agent.start(machine.folder / "home", place, server.url)
        machine.env |= {name: value for name, value in told.items() if name != "PATH"}
        if "against" in str(workflow):
            assert machine.action(TESTED, title="Fix the tests", directory=KEPT)[1]
        ((name, job),) = workflow["jobs"].items()
        secrets = {"ANTHROPIC_API_KEY": "sk-ant-dummy"}
        ran, good = machine.job(job["steps"], **secrets)
    log = ran.log + (ran.summary.read_text() if ran.summary.exists() else "")
    if "against" not in str(workflow):  # that one runs no tests, and its gate says so
        assert good, log
    assert "claude-code" in log
    assert (ran.artifacts / "agentrec").exists()
    assert name in workflow["jobs"]


def test_there_are_workflows():
    assert len(WORKFLOWS) == 3


def test_outputs_as_the_runner_reads_them():
    assert read_outputs("a=1\nb<<E\nx=<<\ny\nE\nc=d=e\n") == {"a": "1", "b": "x=<<\ny", "c": "d=e"}


def test_expressions():
    context = {"inputs": {"a": "x", "b": ""}, "steps": {"s": {"outputs": {"d": "e"}}}}
    assert evaluated("always() && inputs.a && steps.s.outputs.d", context) == "e"
    assert evaluated("inputs.b || inputs.a", context) == "x"
    assert evaluated("inputs.missing || 'z'", context) == "z"
    assert evaluated("inputs.a == 'x'", context) is True
    with pytest.raises(AssertionError, match="is not known"):
        evaluated("hashFiles('x')", context)
