"""Which answer a conversation gets, and how a neutral step becomes a call of the tools on offer."""

import subprocess

import pytest

from fixtures.modelserver import scenario
from fixtures.modelserver.conversation import Ask, BadRequestError, Tool, Turn
from fixtures.modelserver.server import SCENARIOS
from fixtures.modelserver.tools import calls_for

SCRIPTS = scenario.load(SCENARIOS)
STRING = {"type": "string"}


def tool(name, *arguments, required=None, **types):
    properties = {argument: types.get(argument, STRING) for argument in arguments}
    return Tool(name, {"type": "object", "properties": properties, "required": required or []})


BASH = tool("Bash", "command")


def ask(*turns, tools=(BASH,), system="", schema=None):
    """A conversation from texts with a role each: ``u: ...``, ``a: ...``, ``t: ...``."""
    roles = {"u": "user", "a": "assistant", "t": "tool"}
    parsed = tuple(Turn(roles[text[0]], text[3:]) for text in turns)
    return Ask("model-1", system, parsed, tools, stream=False, schema=schema)


def said(*turns, **more):
    return scenario.answer(ask(*turns, **more), SCRIPTS).text


def test_the_number_of_assistant_turns_after_the_marker_picks_the_reply():
    start = "u: [[scenario:fix-tests]] go"
    assert said(start) == "I start with the program."
    assert said(start, "a: x", "t: ok") == "Now its test."
    assert said(start, "a: x", "t: ok", "a: y", "t: ok") == "I run the test."


def test_items_of_one_turn_count_once():
    start = "u: [[scenario:fix-tests]]"
    # reasoning, text and two calls, then two results
    assert said(start, "a: ", "a: text", "a: ", "a: ", "t: 1", "t: 2") == "Now its test."


def test_what_was_before_the_marker_does_not_count_and_the_last_marker_wins():
    old = ["u: [[scenario:long]]", "a: x", "t: ok", "a: y", "u: more", "a: z"]
    assert said(*old, "u: [[scenario:parallel]]") == "Both at once."
    assert said(*old, "u: [[scenario:parallel]]", "a: b", "t: k") == "Both files are written."


def test_a_cut_conversation_is_answered_as_its_own_history_asks():
    whole = ["u: [[scenario:fix-tests]]", "a: 1", "t: ok", "a: 2", "t: ok", "a: 3", "t: ok"]
    texts = [said(*whole[: 1 + 2 * n]) for n in range(4)]
    assert len(set(texts)) == 4
    assert said(*whole[:3], "u: try another way") == texts[1]


def test_a_marker_in_a_tool_result_or_of_the_assistant_is_no_marker():
    start = "u: [[scenario:parallel]]"
    assert (
        said(start, "a: [[scenario:hello]]", "t: [[scenario:hello]]") == "Both files are written."
    )


def test_what_agents_fill_in_when_they_resume_is_no_turn():
    turns = ["u: [[scenario:fix-tests]]", "a: 1", "t: ok"]
    filler = ["u: Continue from where you left off.", "a: No response requested."]
    assert said(*turns, *filler, "u: go on") == "Now its test."


def test_after_its_end_a_scenario_repeats_the_user():
    turns = ["u: [[scenario:hello]]", "a: hello", "u: and now?"]
    assert said(*turns) == "The scenario hello is over. You said: and now?"


def test_without_a_marker_there_is_a_neutral_text():
    assert "no scenario" in said("u: hi")


def test_a_request_for_a_title_is_no_turn_of_the_conversation():
    quoted = "u: Generate a short title for this: please [[scenario:write-file]]"
    schema = {"type": "object", "properties": {"title": STRING}, "required": ["title"]}
    assert said(quoted, tools=()) == "Scripted session"
    assert said(quoted, schema=schema) == '{"title": "Scripted session"}'
    assert said(quoted) == "I will write the file."  # a person may ask that too


def test_a_choice_of_model_is_no_turn_of_the_conversation():
    schema = {"type": "OBJECT", "properties": {"score": {"type": "INTEGER"}}, "required": ["score"]}
    quoted = ask("u: How hard is this? [[scenario:write-file]]", tools=(), schema=schema)
    assert scenario.answer(quoted, SCRIPTS).text == '{"score": 1}'
    assert said("u: How hard is this?", tools=(), schema=schema) == '{"score": 1}'


def test_templates_are_filled_from_the_request(tmp_path):
    (tmp_path / "t.toml").write_text(
        '[[reply]]\ntext = "{{user}}|{{result}}|{{turn}}|{{model}}|{{cwd}}|{{other}}"\n'
    )
    asked = ask("u: [[scenario:t]]\nhey", "u: <cwd>/some/where</cwd>", "t: 42 \n")
    answer = scenario.answer(asked, scenario.load(tmp_path))
    assert answer.text == "hey|42|1|model-1|/some/where|{{other}}"


def test_a_reply_may_be_repeated():
    turns = ["u: [[scenario:long]]"]
    for number in range(1, 61):
        assert f"Step {number}:" in said(*turns)
        turns += ["a: x", "t: ok"]
    assert said(*turns) == "All sixty steps are done."


@pytest.mark.parametrize(
    "text",
    [
        "reply = 3",
        "[[reply]]\nwords = 1",
        "nothing = 1",
        "not toml",
    ],
)
def test_a_scenario_file_with_a_fault_is_named(tmp_path, text):
    (tmp_path / "broken.toml").write_text(text)
    with pytest.raises(ValueError, match=r"broken\.toml"):
        scenario.load(tmp_path)


# --- steps as calls -------------------------------------------------------------------------


def call(step, *tools, system=""):
    (made,) = calls_for(ask("u: x", tools=tools, system=system), (step,))
    return made.tool.name, made.arguments


WRITE = {"write": "a.txt", "content": "x\n"}
EDIT = {"edit": "a.txt", "old": "x\n", "new": "y\n"}


def test_a_command_goes_to_the_shell_tool_whatever_it_is_called():
    step = {"shell": "ls"}
    assert call(step, BASH) == ("Bash", {"command": "ls"})
    assert call(step, tool("exec_command", "cmd", "workdir")) == ("exec_command", {"cmd": "ls"})
    listed = tool("shell", "command", command={"type": "array"})
    assert call(step, listed) == ("shell", {"command": ["bash", "-lc", "ls"]})
    required = tool("run_shell_command", "command", "description", required=["description"])
    assert call(step, required)[1] == {"command": "ls", "description": "scripted step"}


def test_files_go_to_the_file_tools_with_the_agents_own_directory():
    write, edit = (
        tool("Write", "file_path", "content"),
        tool("edit", "filePath", "oldString", "newString"),
    )
    where = "Working directory: /work/here\n"
    assert call(WRITE, BASH, write, system=where) == (
        "Write",
        {"file_path": "/work/here/a.txt", "content": "x\n"},
    )
    assert call(EDIT, BASH, edit)[1] == {
        "filePath": "a.txt",
        "oldString": "x\n",
        "newString": "y\n",
    }


def test_a_free_form_patch_tool_gets_a_patch():
    patch = Tool("apply_patch", freeform=True)
    assert call(WRITE, BASH, patch)[1] == (
        "*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch\n"
    )
    assert "*** Update File: a.txt\n@@\n-x\n+y\n" in call(EDIT, BASH, patch)[1]
    function = tool("apply_patch", "patchText", required=["patchText"])
    assert call(WRITE, BASH, function)[1] == {"patchText": call(WRITE, BASH, patch)[1]}


def test_where_there_is_no_file_tool_the_shell_really_does_it(tmp_path):
    content = 'it\'s "quoted" $HOME \\n äöü 👩‍👩‍👧\nsecond line\n'

    def run(step):
        name, arguments = call(step, BASH)
        assert name == "Bash"
        command = ["sh", "-c", arguments["command"]]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)

    run({"write": "a file.txt", "content": content})
    assert (tmp_path / "a file.txt").read_text() == content
    run({"edit": "a file.txt", "old": '"quoted" $HOME', "new": "'plain' 👍"})
    edited = content.replace('"quoted" $HOME', "'plain' 👍")
    assert run({"read": "a file.txt"}).stdout == edited


def test_a_named_tool_is_called_as_it_stands():
    step = {"tool": "Task", "input": {"prompt": "go"}}
    assert call(step, BASH, Tool("Task")) == ("Task", {"prompt": "go"})


def test_without_a_tool_for_the_step_the_request_is_refused():
    with pytest.raises(BadRequestError, match="offers no tool for 'shell'; offered: other"):
        call({"shell": "ls"}, tool("other"))
