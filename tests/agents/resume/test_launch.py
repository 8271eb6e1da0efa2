"""The command lines of agents: what carries over of a recorded one, and prompts."""

import tomllib

import pytest

from agentrec.agents import AGENTS
from agentrec.agents.resume.cli_options import OptionGrammar
from agentrec.agents.resume.launch import _AGENTS_FOLDER, launch_of, recorded_options
from agentrec.agents.resume.point import ResumePoint
from agentrec.agents.resume.resumption import ResumeRequest
from agentrec.errors import UsageError
from tests.agents.resume.helpers import OLD, go_on


@pytest.mark.parametrize(
    ("program", "words", "headless", "carried_over"),
    [
        ("claude", "--model opus -p Go", True, "--model opus"),
        ("claude", "--model=opus --resume abc --fork-session Go", False, "--model=opus"),
        ("claude", "-c Go", False, ""),
        ("claude", "--continue --verbose", False, "--verbose"),
        ("claude", "--add-dir ../lib sub --permission-mode plan Go", False,
         "--add-dir /work/lib sub --permission-mode plan"),
        ("claude", "--allowedTools Bash Edit -p -- Go", True, "--allowedTools Bash Edit"),
        ("claude", "-p --output-format json --max-turns 3 Go", False, ""),
        ("claude", "-p --output-format json --max-turns 3 Go", True,
         "--output-format json --max-turns 3"),
        ("claude", "--settings ./s.json --session-id 1", False, "--settings ./s.json"),
        ("claude", "--settings=../s.json", False, "--settings=/work/s.json"),
        ("claude", "--new-option Go", False, "--new-option"),
        ("codex", "exec --json -s read-only --skip-git-repo-check Go", False, "-s read-only"),
        ("codex", "-a never --search -mgpt-5.5 Go", True, "-mgpt-5.5"),
        ("codex", "-C /work/old resume --last -c a=b", False, "-c a=b"),
        ("gemini", "-m pro -p Go", False, "-m pro"),
        ("pi", "--model m -p Go --session s.jsonl", True, "--model m"),
    ],
)  # fmt: skip
def test_options_carry_over_where_they_still_make_sense(program, words, headless, carried_over):
    argv = [f"/bin/{program}", *words.split()]
    recorded = ResumePoint(argv=argv, cwd=OLD)
    request = ResumeRequest(recorded, "/new", "", headless, {}, (), program)
    found, notes = recorded_options(request)
    assert found == carried_over.split()
    assert notes == []


@pytest.mark.parametrize("program", AGENTS)
@pytest.mark.parametrize("headless", [True, False])
def test_each_agent_can_be_started_with_words(program, headless, tmp_path):
    here = {"agent": program, "argv": [program], "cwd": OLD, "prompts": ["Do it."]}
    if not headless and launch_of(program).tui_prompt is None:
        with pytest.raises(UsageError, match="takes no message on its command line"):
            go_on(here, tmp_path, headless=headless)
        return
    found = go_on(here, tmp_path, headless=headless)
    assert found.argv[0] == program
    assert "And now?" in found.argv[-1]


@pytest.mark.parametrize("program", AGENTS)
def test_each_agent_has_a_table_without_unknown_keys(program):
    path = _AGENTS_FOLDER / AGENTS[program].package / "launch.toml"
    data = tomllib.loads(path.read_text())
    known = {"headless", "headless_prompt", "tui_prompt", "tui_takes_prompt", "brings"}
    known |= {"same_as", "options", "model_servers", "system", "repeated"}
    assert data.keys() <= known
    options = {*OptionGrammar._fields, "only_headless", "only_tui"}
    assert data.get("options", {}).keys() <= options
    words = [word for name in data.get("options", {}) for word in data["options"][name]]
    assert all(word.startswith("-") for word in words)
    assert launch_of(program).grammar.one_value
