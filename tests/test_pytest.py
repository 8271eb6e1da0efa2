"""The plugin for pytest, in a pytest of its own."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from agentrec.gateway.recorded_calls import calls_of
from agentrec.recording.reader import Recording
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require

ROOT = Path(__file__).parents[1]
NOWHERE = "http://127.0.0.1:9"
CLIENT = """
import os, subprocess, pytest
from tests.cassettes.clients import ask

def said(prompt):
    answer = ask(prompt)
    return "".join(it.get("text", "") for it in answer.get("content", []))
"""
GREETING = """
@pytest.mark.agentrec(cassette="greeting.ahr")
def test_greeting():
    assert "ello" in said("Greet Ada.")
"""


class Project:
    """A folder with a test file, and pytest in it. ``server`` is the real model's address."""

    def __init__(self, folder, url):
        self.folder, self.url, self.env = folder, url, {}

    def write(self, *tests):
        (self.folder / "test_it.py").write_text("\n".join([CLIENT, *tests]))
        return self

    def run(self, *options, folder=None):
        env = {**os.environ, "ANTHROPIC_BASE_URL": self.url, "PYTHONPATH": str(ROOT), **self.env}
        env |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
        argv = ["-m", "pytest", "-p", "agentrec.pytest", "-q", "-o", "addopts=", *options]
        return subprocess.run(
            [sys.executable, *argv, "--rootdir", "."],
            cwd=folder or self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture(scope="module")
def model():
    with ModelServer() as server:
        yield server


@pytest.fixture
def project(tmp_path, model):
    return Project(tmp_path, model.url).write(GREETING)


def calls(path):
    with Recording.open(str(path)) as recording:
        return calls_of(recording.events())


def outcome(done, **counts):
    """What the last line says has to be just this."""
    words = done.stdout.strip().splitlines()[-1].split(" in ")[0]
    found = {it.split()[1]: int(it.split()[0]) for it in words.strip("= ").split(", ")}
    assert found == counts, done.stdout + done.stderr


def test_it_is_recorded_once_and_then_answered_without_a_model(project, model):
    outcome(project.run(), passed=1)
    cassette = project.folder / "greeting.ahr"
    assert len(calls(cassette)) == 1
    before, asked = cassette.read_bytes(), len(model.received())
    for options in ([], ["--agentrec=replay"], ["--agentrec=strict"]):
        project.url = NOWHERE
        outcome(project.run(*options), passed=1)
    assert cassette.read_bytes() == before
    assert len(model.received()) == asked


def test_tests_of_one_name_in_two_classes_have_two_cassettes(project):
    project.write(
        """
class TestOne:
    @pytest.mark.agentrec
    def test_it(self):
        assert "Ada" in said("Say Ada. [[scenario:hello]]")

class TestTwo:
    @pytest.mark.agentrec
    def test_it(self):
        assert "Bob" in said("Say Bob. [[scenario:hello]]")
"""
    )
    outcome(project.run(), passed=2)
    project.url = NOWHERE
    outcome(project.run("--agentrec=strict"), passed=2)
    cassettes = {it.name for it in project.folder.rglob("*.ahr")}
    assert cassettes == {"TestOne-test_it.ahr", "TestTwo-test_it.ahr"}


def test_a_changed_prompt_fails_and_is_shown(project):
    outcome(project.run(), passed=1)
    project.write(GREETING.replace("Ada", "Bob"))
    done = project.run("--agentrec=replay")
    outcome(done, failed=1)
    assert "a model call has no recorded answer" in done.stdout
    assert "- messages[0].content: Greet Ada. [[scenario:hello]]" in done.stdout
    assert "+ messages[0].content: Greet Bob. [[scenario:hello]]" in done.stdout
    assert "--agentrec=record records it anew" in done.stdout
    outcome(project.run("--agentrec=record"), passed=1)
    project.url = NOWHERE
    outcome(project.run("--agentrec=strict"), passed=1)


def test_code_that_hides_the_error_fails_too(project):
    outcome(project.run(), passed=1)
    project.write(GREETING.replace('assert "ello" in said("Greet Ada.")', 'said("Greet Bob.")'))
    done = project.run()
    outcome(done, failed=1)
    assert "Greet Bob." in done.stdout


def test_strict_wants_every_answer_asked_for(project):
    project.write(GREETING.replace("assert", 'said("More.")\n    assert'))
    outcome(project.run(), passed=1)
    project.write(GREETING)
    outcome(project.run("--agentrec=replay"), passed=1)
    done = project.run("--agentrec=strict")
    outcome(done, failed=1)
    assert "1 of 2 answers not asked for" in done.stdout


def test_nothing_is_recorded_where_that_is_not_wished(project):
    for mode in ("replay", "strict"):
        done = project.run(f"--agentrec={mode}")
        outcome(done, error=1)
        assert "does not exist: run pytest" in done.stdout
    assert not (project.folder / "greeting.ahr").exists()


def test_a_failed_test_leaves_no_cassette(project):
    project.write(GREETING.replace("ello", "nobody says this"))
    outcome(project.run(), failed=1)
    assert sorted(it.name for it in project.folder.iterdir() if "ahr" in it.name) == []


def test_the_mode_is_that_of_the_option_else_the_mark_else_the_settings(project):
    (project.folder / "pytest.ini").write_text("[pytest]\nagentrec_mode = replay\n")
    outcome(project.run(), error=1)
    project.write(GREETING.replace('.ahr"', '.ahr", mode="once"'))
    outcome(project.run("--agentrec=strict"), error=1)
    outcome(project.run(), passed=1)


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('mode="sometimes"', "invalid agentrec mode 'sometimes'"),
        ('match="roughly"', "invalid match 'roughly'"),
    ],
)
def test_invalid_marks(project, mark, said):
    project.write(GREETING.replace('cassette="greeting.ahr"', mark))
    done = project.run()
    assert said in done.stdout + done.stderr
    assert done.returncode != 0


def test_cassettes_without_a_name_are_named_after_tests(project):
    project.write("""
@pytest.mark.agentrec
@pytest.mark.parametrize("name", ["Ada", "../Bob"])
def test_all(name, agentrec_cassette):
    assert agentrec_cassette.recording
    assert "ello" in said(f"Greet {name}.")
""")
    outcome(project.run(), passed=2)
    folder = project.folder / "cassettes/test_it"
    assert sorted(it.name for it in folder.iterdir()) == [
        "test_all-..-Bob.ahr",
        "test_all-Ada.ahr",
    ]


def test_the_environment_is_set_before_fixtures_and_back_after_the_test(project):
    project.write("""
@pytest.fixture
def url():
    return os.environ["ANTHROPIC_BASE_URL"]

@pytest.mark.agentrec(cassette="greeting.ahr")
def test_marked(url, agentrec_cassette):
    assert "ello" in said("Greet Ada.")
    assert not agentrec_cassette.url or url == agentrec_cassette.url
    assert url != os.environ["REAL"]

def test_not_marked(url):
    assert url == os.environ["REAL"]

def test_the_fixture_needs_the_mark(agentrec_cassette):
    pass
""")
    project.env["REAL"] = project.url
    for _ in range(2):
        done = project.run()
        outcome(done, passed=2, error=1)
        assert "needs @pytest.mark.agentrec" in done.stdout


def test_a_real_agent_in_a_test(project, model, tmp_path):
    """The agent's own requests are answered from the cassette, in another directory as well."""
    agent = require(AGENTS["claude"])
    first, home = tmp_path / "first", tmp_path / "home"
    (first / "work").mkdir(parents=True)
    project.env = agent.start(home, first / "work", model.url)
    del project.env["ANTHROPIC_BASE_URL"]
    argv = agent.argv(agent.headless, "[[scenario:write-file]]")
    (first / "test_agent.py").write_text(f"""
import subprocess, pytest

@pytest.mark.agentrec(cassette="agent.ahr")
def test_agent():
    done = subprocess.run({argv!r}, cwd="work", stdin=subprocess.DEVNULL)
    assert done.returncode == 0
    assert open("work/hello.txt").read() == "first line\\nsecond line\\n"
""")
    outcome(project.run(folder=first), passed=1)
    second = tmp_path / "second"
    shutil.copytree(first, second)
    (second / "work/hello.txt").unlink()
    agent.seed(home, second / "work", NOWHERE)
    asked, project.url = len(model.received()), NOWHERE
    outcome(project.run("--agentrec=strict", folder=second), passed=1)
    assert len(model.received()) == asked


def test_it_loads_nothing_before_a_test_has_the_mark(project):
    project.write("""
def test_plain():
    import sys
    found = [it for it in sys.modules if it.startswith("agentrec")]
    assert sorted(found) == ["agentrec", "agentrec.pytest"]
""")
    (project.folder / "test_it.py").write_text(
        (project.folder / "test_it.py").read_text().replace("from tests.cassettes", "# ")
    )
    outcome(project.run(), passed=1)


def test_pytest_finds_it():
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert data["project"]["entry-points"]["pytest11"] == {"agentrec": "agentrec.pytest"}


def test_json_of_a_cassette(project):
    """It is a recording like any other."""
    outcome(project.run(), passed=1)
    argv = [sys.executable, "-m", "agentrec", "summary", "greeting.ahr", "--json"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, cwd=project.folder, env=env, capture_output=True, text=True)
    facts = json.loads(done.stdout)
    assert facts["title"] == "test_it.py::test_greeting"
    assert facts["turns"] == 1
