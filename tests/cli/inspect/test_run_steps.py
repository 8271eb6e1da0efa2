"""`agentrec steps`: steps, states and differences."""

import json

import pytest

from agentrec import Recorder
from agentrec.cli.main import main


@pytest.fixture
def path(tmp_path):
    def run():
        with Recorder(tmp_path / "r.ahr", name="agent") as r:
            with r.step("outer", {"n": 1}) as block:
                r.record_step("inner\x1b[31m", {"n": 1}, {"n": 2, "new": [1]})
                block.output = {"n": 3}
            with r.step("last", {"n": 3}):
                raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run()
    return str(tmp_path / "r.ahr")


def printed(capsys, *argv):
    assert main(list(argv)) == 0
    return capsys.readouterr().out


def test_steps_are_listed_with_depth_and_errors(path, capsys):
    lines = printed(capsys, "steps", path).splitlines()
    assert [line.split("ms  ")[1] for line in lines] == [
        "outer",
        "  inner^[[31m",
        "last  failed: ValueError: broken",
    ]
    data = json.loads(printed(capsys, "steps", path, "--json"))
    assert [step["parent"] for step in data["steps"]] == [None, 0, None]
    assert data["steps"][2]["error"] == "ValueError: broken"


def test_states_and_differences(path, capsys):
    assert json.loads(printed(capsys, "steps", path, "--state", "1")) == {"n": 2, "new": [1]}
    assert json.loads(printed(capsys, "steps", path, "--input", "-1")) == {"n": 3}
    assert printed(capsys, "steps", path, "--diff", "1") == "+ new: [1]\n~ n: 1 → 2\n"
    assert printed(capsys, "steps", path, "--diff", "1", "0") == "- new: [1]\n~ n: 2 → 3\n"
    assert printed(capsys, "steps", path, "--diff", "0", "2") == "no difference\n"
    diff = json.loads(printed(capsys, "steps", path, "--diff", "1", "--json"))
    assert diff["modified"] == [{"path": "n", "old": 1, "new": 2}]


def test_what_is_not_there_is_said(path, capsys):
    assert main(["steps", path, "--state", "9"]) == 3
    assert "has no step 9" in capsys.readouterr().err
    assert main(["steps", path, "--diff", "1", "2", "3"]) == 2
