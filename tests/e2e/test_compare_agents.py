"""Real agents that do the same, or first differ where their script says so."""

import copy
import json
import os
from itertools import combinations

import pytest
import tomlkit

from agentrec.compare.compared_run import read_run
from agentrec.compare.comparison import compare_runs
from agentrec.compare.gate import check_run
from agentrec.compare.gate_rules import parse_rule
from agentrec.recording.reader import Recording
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.recorded import record

pytestmark = pytest.mark.agents
BOTH = pytest.mark.parametrize("name", AGENTS)

NO_SCENARIO = "nothing"  # the model's server refuses it
OTHER_MODEL = {"claude": "claude-haiku-4-5", "codex": "gpt-5.1"}
SHELL = {"claude": "Bash", "codex": "exec_command"}

CHECK = """\
import os, sys, time, uuid
print(os.getcwd(), uuid.uuid4(), time.time_ns(), time.ctime())
print("Ran 1 test in %.3fs" % time.perf_counter(), "", sep="\\n")
flaky = os.path.exists(os.path.join(os.path.dirname(__file__), "..", "flaky"))
print("FAILED (failures=1)" if flaky else "OK")
sys.exit(flaky)
"""
SCRIPT = [
    {"text": "I write it.", "calls": [{"write": "calc.py", "content": "ANSWER = 41\n"}]},
    {
        "text": "Both at once.",
        "calls": [{"shell": "echo one; pwd; date"}, {"shell": "echo two; date +%s.%N | md5sum"}],
    },
    {"text": "I test it.", "calls": [{"shell": "python3 -B check.py"}]},
    {"text": "All is done in {{cwd}}."},
]


class Runs:
    """Recorded runs of an agent, each in a folder of its own."""

    def __init__(self, name, folder):
        self.agent, self.folder, self.count = require(AGENTS[name]), folder, 0
        self.env = {**os.environ, "XDG_DATA_HOME": str(folder / "data")}

    def run(self, script=SCRIPT, prompt="Do it.", *, flaky=False, zone="UTC", options=(), code=0):
        """Let the agent do what a script says; its run. It ends with ``code``."""
        self.count += 1
        folder = self.folder / f"run{self.count}"
        work, scenarios = folder / f"tree-{self.count}", folder / "scenarios"
        scenarios.mkdir(parents=True)
        (scenarios / "task.toml").write_text(tomlkit.dumps({"reply": script}))
        if flaky:
            (folder / "flaky").touch()
        with ModelServer(delay=0.001, scenarios=scenarios) as server:
            env = self.agent.start(folder / "home", work, server.url)
            env |= {"XDG_DATA_HOME": str(self.folder / "data"), "TZ": zone}
            (work / "check.py").write_text(CHECK)
            asked = f"{prompt} [[scenario:{NO_SCENARIO if code else 'task'}]]"
            argv = self.agent.argv((*self.agent.headless, *options), asked)
            record(folder / "run.ahr", argv, env, work, code=code)
        with Recording.open(str(folder / "run.ahr")) as recording:
            return read_run(recording)

    def compare(self, left, right):
        return compare_runs(left, right, self.env)


@pytest.fixture(scope="module", params=list(AGENTS))
def base(request, tmp_path_factory):
    """Runs of an agent, and the first of them."""
    runs = Runs(request.param, tmp_path_factory.mktemp(request.param))
    return runs, runs.run()


def planted(change):
    script = copy.deepcopy(SCRIPT)
    change(script)
    return script


@pytest.fixture(scope="module")
def flaky(base):
    """Runs of an agent, the first, and one whose test fails."""
    runs, first = base
    return runs, first, runs.run(flaky=True)


def test_equal_runs_in_other_directories_have_no_difference(base):
    """Ten pairs an agent. Between the first two zones it is another day at any time."""
    runs, first = base
    assert len(first.steps) == 13
    zones = ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC", "Asia/Tokyo"]
    equal = [first, *(runs.run(zone=zone) for zone in zones)]
    for left, right in combinations(equal, 2):
        comparison = runs.compare(left, right)
        assert comparison.divergence is None, comparison.divergence
        assert comparison.trees.same
        assert comparison.commands == []
        assert comparison.equal_steps == 13


def other_words(script):
    script[1]["text"] = "Both at once, then."


def other_tool(script):
    script[2]["calls"] = [{"read": "check.py"}]


def other_input(script):
    script[2]["calls"][0]["shell"] = "python3 -B check.py -v"


def other_order(script):
    script[1]["calls"].reverse()


def extra_retry(script):
    script.insert(3, script[2] | {"text": "I test it."})


def other_content(script):
    script[0]["calls"][0]["content"] = "ANSWER = 42\n"


def early_end(script):
    del script[2]["calls"]
    del script[3]


def extra_call(script):
    script[1]["calls"].append({"shell": "echo three"})


@pytest.mark.parametrize(
    ("change", "what", "step", "words"),
    [
        (other_words, "answer", 5, "“Both at once.” in A, “Both at once, then.” in B"),
        (other_input, "input", 11, "“python3 -B check.py” in A, “python3 -B check.py -v” in B"),
        (other_order, "order", 6, "in another order: A begins with"),
        (extra_retry, "retry", 13, "python3 -B check.py"),
        (other_content, "input", 3, "ANSWER = 41"),
        (early_end, "end", 11, "B ends here, A goes on with 3 steps"),
        (extra_call, "extra", 8, "echo three"),
    ],
    ids=lambda it: getattr(it, "__name__", ""),
)
def test_the_first_difference_is_the_planted_one(base, change, what, step, words):
    runs, first = base
    found = runs.compare(first, runs.run(planted(change))).divergence
    assert found.what == what, found
    assert words in found.words
    assert (found.left or found.right).number == step
    assert found.after


def test_another_tool(base):
    runs, first = base
    found = runs.compare(first, runs.run(planted(other_tool))).divergence
    # Codex reads with its shell: the same tool on another input.
    assert found.what in ("tool", "input")
    assert found.left.number == found.right.number == 11
    assert "python3 -B check.py" in found.words
    assert "check.py" in found.right.text


def test_a_flaky_test_is_a_result_that_differs(flaky):
    runs, first, second = flaky
    comparison = runs.compare(first, second)
    found = comparison.divergence
    assert (found.what, found.left.number) == ("result", 12)
    assert "exit 1 in B" in found.words
    assert [it.text for it in comparison.commands] == ["python3 -B check.py"]
    assert (comparison.left.tests_status, comparison.right.tests_status) == ("passed", "failed")
    assert comparison.trees.same


@pytest.mark.parametrize(
    ("holds", "breaks"),
    [
        ("files-outside:calc.py,notes/", "files-outside:notes/"),
        ("tool:Read fails", "tool:SHELL fails"),
        ("cost>+50%", "cost>0.5x"),
        ("turns>+0", "turns>3"),
        ("tools>+0", "tools>1"),
        ("errors>+1", "errors>+0"),
        ("tokens>+50%", "tokens>100"),
        ("duration>1h", "duration>0.001x"),
        ("tool:SHELL>+0", "tool:SHELL>2"),
    ],
)
def test_gates(flaky, holds, breaks):
    """Each rule with a real run that holds it and one, or a limit, that breaks it."""
    runs, first, second = flaky
    rules = [rule.replace("SHELL", SHELL[runs.agent.name]) for rule in (holds, breaks)]
    verdicts = check_run([*map(parse_rule, rules)], second, first, runs.env)
    assert [it.broken for it in verdicts] == [False, True], verdicts


def test_the_gate_for_tests(flaky):
    runs, first, second = flaky
    verdicts = [check_run([parse_rule("tests")], run, first, runs.env) for run in (first, second)]
    assert [it.broken for (it,) in verdicts] == [False, True]


def test_the_gate_for_the_exit(base):
    runs, first = base
    failed = runs.run(code=1)
    verdicts = [check_run([parse_rule("exit")], run, first, runs.env) for run in (first, failed)]
    assert [it.broken for (it,) in verdicts] == [False, True]


def test_another_model_that_does_the_same(base):
    """Without writing: Codex gives its models different tools for that."""
    runs, _ = base
    model = OTHER_MODEL[runs.agent.name]
    first, second = (runs.run(SCRIPT[1:], options=it) for it in ((), ("--model", model)))
    comparison = runs.compare(first, second)
    assert comparison.divergence is None
    assert comparison.trees.same
    assert model in json.dumps(second.facts)
    assert model not in json.dumps(first.facts)


def test_a_gate_holds_for_an_equal_run(base):
    runs, first = base
    texts = ["tests", "exit", "tool:Bash fails", "errors>+0", "tools>+0", "files-outside:calc.py"]
    verdicts = check_run([*map(parse_rule, texts)], runs.run(), first, runs.env)
    assert [it.line for it in verdicts if it.broken] == []


def test_another_prompt(base):
    runs, first = base
    found = runs.compare(first, runs.run(prompt="Do it well.")).divergence
    assert (found.what, found.left.number, found.after) == ("prompt", 1, "")
    assert "Do it well." in found.words


def test_other_file_content_is_in_the_diff(base):
    runs, first = base
    trees = runs.compare(first, runs.run(planted(other_content))).trees
    assert trees.differing == ["calc.py"]
    assert "-ANSWER = 41\n+ANSWER = 42" in trees.diffs["calc.py"]


def test_two_agents_that_do_the_same(tmp_path):
    sides = [Runs(name, tmp_path / name) for name in AGENTS]
    first, second = sides[0].run(), sides[1].run()
    assert {first.agent, second.agent} == {"claude-code", "codex"}
    assert sides[0].compare(first, second).divergence is None
    changed = sides[1].run(planted(other_input))
    found = sides[0].compare(first, changed).divergence
    assert (found.what, found.left.number) == ("tool", 11)
    assert "check.py -v" in found.words
