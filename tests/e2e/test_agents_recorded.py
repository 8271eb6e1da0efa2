"""A recorded agent's story is what the model server says it sent and got, in order and to the token."""

import json
import re
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from agentrec.cli.main import main
from agentrec.recording.reader import Recording
from agentrec.terminal.seek.timeline import Timeline
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.drive import Press, Settle, Type, Wait, drive
from tests.agents_env.need import missing
from tests.agents_env.recorded import PACKAGE, RECORD, answers, events, named, record

pytestmark = pytest.mark.agents
BOTH = pytest.mark.parametrize("name", AGENTS)


@pytest.fixture
def server():
    with ModelServer(delay=0.002) as running:
        yield running


def run(name, server, folder, prompt, arguments=None):
    agent = require(AGENTS[name])
    env = agent.start(folder / "home", folder / "work", server.url)
    argv = agent.argv(agent.headless if arguments is None else arguments, prompt)
    out = record(folder / "run.ahr", argv, env, folder / "work")
    return events(folder / "run.ahr"), out


def sent_by_anthropic(pairs):
    """(kind, what) in the order of the answers, and the results that came back."""
    story, results = [], {}
    for request, response in pairs:
        for block in response["content"]:
            if block["type"] == "tool_use":
                story.append(("call", (block["id"], block["name"], block["input"])))
            else:
                story.append((block["type"], block[block["type"]]))
        usage = response["usage"]
        tokens = ("input_tokens", "output_tokens", "cache_read_input_tokens")
        counts = [usage[key] for key in tokens] + [usage["cache_creation_input_tokens"]]
        story.append(("tokens", (response["id"], *counts)))
        for message in request["messages"]:
            for block in message["content"] if isinstance(message["content"], list) else ():
                if block["type"] == "tool_result":
                    results[block["tool_use_id"]] = block["content"]
    return story, results


def sent_by_openai(pairs):
    story, results = [], {}
    for request, response in pairs:
        for item in response["output"]:
            if item["type"] == "reasoning":
                story.append(("thinking", "\n".join(part["text"] for part in item["summary"])))
            elif item["type"] == "message":
                story.append(("text", item["content"][0]["text"]))
            else:
                given = item.get("arguments", item.get("input"))
                given = json.loads(given) if item["type"] == "function_call" else given
                story.append(("call", (item["call_id"], item["name"], given)))
        usage = response["usage"]
        cached = usage["input_tokens_details"]["cached_tokens"]
        counts = (usage["input_tokens"] - cached, usage["output_tokens"], cached, 0)
        story.append(("tokens", (response["id"], *counts)))
        for item in request["input"]:
            if item.get("type", "").endswith("_call_output"):
                results[item["call_id"]] = item["output"]
    return story, results


SENT = {"claude": sent_by_anthropic, "codex": sent_by_openai}


def told(found):
    """The same from the events of a recording."""
    story = []
    for event in found:
        data = event.data
        if event.name == ("agent", "message") and data["role"] == "assistant":
            story.append(("thinking" if data.get("thinking") else "text", data["text"]))
        elif event.name == ("tool", "call"):
            given = dict(data["input"]) if isinstance(data["input"], dict) else data["input"]
            if data["name"] == "Edit":
                assert given.pop("replace_all") is False  # a default that Claude Code fills in
            story.append(("call", (event.span, data["name"], given)))
        elif event.name == ("llm", "call"):
            usage = data["usage"]
            counts = [usage[key] for key in ("input", "output", "cache_read", "cache_write")]
            story.append(("tokens", (data.get("id"), *counts)))
    return story


@BOTH
@pytest.mark.parametrize("scenario", ["fix-tests", "parallel", "failing-command"])
def test_headless_the_story_is_what_the_server_sent(name, scenario, server, tmp_path):
    found, _ = run(name, server, tmp_path, f"Go on. [[scenario:{scenario}]]")
    story, sent_back = SENT[name](answers(server))
    assert told(found) == story
    results = {event.span: event.data for event in named(found, "tool/result")}
    assert {span: data["output"] for span, data in results.items()} == sent_back
    assert len(results) == len(named(found, "tool/call")) == len(named(found, "tool/result"))
    assert all(data["duration_ms"] is not None for data in results.values())
    turns = named(found, "agent/turn")
    assert [event.data["n"] for event in turns] == list(range(1, len(turns) + 1))
    assert len(turns) == len(named(found, "llm/call"))
    spans = {event.span for event in named(found, "llm/call")}
    assert {event.parent for event in named(found, "tool/call")} <= spans
    prompts = [e for e in named(found, "agent/message") if e.data["role"] == "user"]
    assert [e.data["text"] for e in prompts] == [f"Go on. [[scenario:{scenario}]]"]
    assert found[-1].name == ("term", "exit")


@BOTH
def test_a_command_that_fails_is_an_error_with_its_code(name, server, tmp_path):
    found, _ = run(name, server, tmp_path, "[[scenario:failing-command]]")
    (result,) = named(found, "tool/result")
    assert result.data["is_error"] is True
    assert result.data["exit_code"] == 127


@BOTH
def test_every_resumable_point_is_where_the_transcript_says(name, server, tmp_path):
    found, _ = run(name, server, tmp_path, "[[scenario:parallel]]")
    points = [event.data for event in named(found, "agent/conversation")]
    assert [point["role"] for point in points][-1] == "assistant"
    assert len(points) == 3  # the prompt, both results together, the last answer
    (session,) = named(found, "agent/session")
    for point in points:
        assert point["transcript"] == session.data["transcript"]
        assert point["cwd"] == str(tmp_path / "work")
        with open(point["transcript"], "rb") as file:
            head = file.read(point["offset"])
        assert head.endswith(b"}\n")
        assert point["session_id"] in head.decode()
    assert points[1]["tools"] == [named(found, "tool/call")[0].data["name"]]
    assert points[-1]["result"] == "Both files are written."
    assert points[-1]["query"] == "[[scenario:parallel]]"


def test_claude_its_own_sum_of_costs_is_ours(server, tmp_path):
    agent = require(AGENTS["claude"])
    arguments = (*agent.headless, "--output-format", "json")
    found, out = run("claude", server, tmp_path, "[[scenario:fix-tests]]", arguments)
    theirs = json.loads(out[out.index("{") : out.rindex("}") + 1])
    costs = [event.data["cost_usd"] for event in named(found, "llm/call")]
    assert sum(costs) == pytest.approx(theirs["total_cost_usd"], abs=1e-9)


def test_claude_a_sub_agent_is_an_actor_of_its_own(server, tmp_path):
    found, _ = run("claude", server, tmp_path, "[[scenario:subagent]]")
    pairs = answers(server)
    inner = [pair for pair in pairs if "scenario:subagent" not in json.dumps(pair[0])]
    outer = [pair for pair in pairs if pair not in inner]
    assert len(inner) == 2
    # Newer versions run it in the background: a notification of its end gets an answer of its own.
    in_background = "<task-notification>" in json.dumps(outer[-1][0]["messages"])
    assert len(outer) == 2 + in_background
    sub = [
        event for event in found if (event.actor or "").startswith("claude-code/general-purpose-")
    ]
    main = [event for event in found if event.actor == "claude-code"]
    assert told(sub) == sent_by_anthropic(inner)[0]
    assert told(main) == sent_by_anthropic(outer)[0]
    (handing_over,) = named(main, "tool/call")
    assert {event.parent for event in named(sub, "llm/call")} == {handing_over.span}
    prompts = [e.data["text"] for e in named(found, "agent/message") if e.actor == "user"]
    assert prompts == ["[[scenario:subagent]]"]
    assert {event.data["query"] for event in named(found, "agent/conversation")} == set(prompts)


@BOTH
def test_a_conversation_that_goes_on_tells_only_what_is_new(name, server, tmp_path):
    run(name, server, tmp_path, "[[scenario:parallel]]")
    before = len(answers(server))
    (tmp_path / "run.ahr").unlink()
    agent = AGENTS[name]
    found, _ = run(name, server, tmp_path, "And now? [[scenario:hello]]", agent.again)
    assert told(found) == SENT[name](answers(server)[before:])[0]
    prompts = [e.data["text"] for e in named(found, "agent/message") if e.actor == "user"]
    assert prompts == ["And now? [[scenario:hello]]"]


@BOTH
def test_in_the_tui_too(name, server, tmp_path):
    agent = require(AGENTS[name])
    env = agent.start(tmp_path / "home", tmp_path / "work", server.url) | {"PYTHONPATH": PACKAGE}
    steps = agent.session(
        ("Both. [[scenario:parallel]]", "Both files are"),
        ("Try. [[scenario:failing-command]]", "so I stop"),
    )
    path = tmp_path / "run.ahr"
    prefix = [*RECORD, "-o", str(path), "--"]
    result = drive(agent.argv(agent.tui), env, tmp_path / "work", 100, 30, steps, prefix=prefix)
    assert result.status == 0
    found = events(path)
    story, sent_back = SENT[name](answers(server))
    assert told(found) == story
    results = {event.span: event.data["output"] for event in named(found, "tool/result")}
    assert results.items() >= sent_back.items()
    states = [event.data["state"] for event in named(found, "agent/lifecycle")]
    assert states == ["started", "idle", "idle", "finished"]


def test_claude_waiting_for_a_permission_is_told_while_the_screen_asks(server, tmp_path):
    agent = require(AGENTS["claude"])
    env = agent.start(tmp_path / "home", tmp_path / "work", server.url) | {"PYTHONPATH": PACKAGE}
    steps = [
        *(Wait("for shortcuts"), Settle(1.0), Type("Write it. [[scenario:write-file]]"), Settle()),
        *(Press(b"\r", "Do you want"), Press(b"\r", "holds two lines"), Settle(), *agent.leave),
    ]
    path = tmp_path / "run.ahr"
    prefix = [*RECORD, "-o", str(path), "--"]
    # Newer versions decide by themselves, unless they are told to ask.
    arguments = ("--permission-mode", "default")
    drive(agent.argv(arguments), env, tmp_path / "work", 100, 30, steps, prefix=prefix)
    found = events(path)
    (waiting,) = [e for e in named(found, "agent/lifecycle") if e.data["state"].startswith("wait")]
    assert waiting.data["tool"] == "Bash"
    (result,) = named(found, "tool/result")
    assert waiting.t < result.t
    with Recording.open(str(path)) as recording, Timeline(recording) as timeline:
        around = range(waiting.t - 250_000_000, waiting.t + 500_000_000, 25_000_000)
        assert any("Do you want" in timeline.screen_at(t).text() for t in around)
        (idle,) = [e for e in named(found, "agent/lifecycle") if e.data["state"] == "idle"]
        assert "holds two lines" in timeline.screen_at(idle.t).text()


def test_codex_waiting_for_a_permission_is_told_while_the_screen_asks(server, tmp_path):
    agent = require(AGENTS["codex"])
    env = agent.start(tmp_path / "home", tmp_path / "work", server.url) | {"PYTHONPATH": PACKAGE}
    steps = [
        *(Wait(agent.ready), Settle(1.0), Type("Write it. [[scenario:fix-tests]]"), Settle()),
        *(Press(b"\r", "Would you like"), Settle(1.0)),
        *(Press(b"\x1b", "Conversation interrupted"), Settle()),
        *agent.leave,
    ]
    path = tmp_path / "run.ahr"
    prefix = [*RECORD, "-o", str(path), "--"]
    arguments = ("-a", "on-request", "-s", "read-only")
    drive(agent.argv(arguments), env, tmp_path / "work", 100, 40, steps, prefix=prefix)
    found = events(path)
    (waiting,) = [e for e in named(found, "agent/lifecycle") if e.data["state"].startswith("wait")]
    assert (waiting.data["state"], waiting.actor) == ("waiting_permission", "codex")
    (moment,) = [e for e in named(found, "mark/moment") if e.data["kind"] == "permission"]
    assert moment.data["at_ns"] == waiting.data["at_ns"]
    with Recording.open(str(path)) as recording, Timeline(recording) as timeline:
        around = range(moment.data["at_ns"], moment.data["at_ns"] + 1_000_000_000, 25_000_000)
        assert any("Would you like" in timeline.screen_at(t).text() for t in around)


@pytest.fixture
def user_files(tmp_path):
    """Settings of the user's own, with a hook that leaves a trace."""
    home = tmp_path / "home"
    (home / ".claude").mkdir(parents=True)
    trace = {"type": "command", "command": f"echo mine >>{tmp_path}/trace"}
    hooks = {"hooks": {"PostToolUse": [{"hooks": [trace]}]}}
    other = {"type": "command", "command": f"echo given >>{tmp_path}/trace"}
    given = {"hooks": {"PostToolUse": [{"hooks": [other]}]}, "env": {"GIVEN": "1"}}
    (home / ".claude" / "settings.json").write_text(json.dumps(hooks))
    (home / "given.json").write_text(json.dumps(given, indent=3))
    (home / ".claude" / "CLAUDE.md").write_text("Be kind.\n")
    return home


def contents(home):
    return {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}


def changed(before, after):
    return {path for path in before if after.get(path) != before[path]}


def test_claude_the_users_settings_stay_and_keep_working(server, user_files, tmp_path):
    agent = require(AGENTS["claude"])
    env = agent.start(user_files, tmp_path / "work", server.url)
    arguments = ("--settings", str(user_files / "given.json"), *agent.headless)
    argv = agent.argv(arguments, "[[scenario:parallel]]")
    seen = [contents(user_files)]
    # Its first start moves settings from one file to the other, its second shows what every start rewrites.
    for _ in range(2):
        subprocess.run(argv, env=env, cwd=tmp_path / "work", stdin=subprocess.DEVNULL, check=True)
        seen.append(contents(user_files))
    (tmp_path / "trace").unlink()
    record(tmp_path / "run.ahr", argv, env, tmp_path / "work")
    own = changed(*seen[-2:]) | {user_files / ".claude.json"}
    assert changed(seen[-1], contents(user_files)) <= own
    assert not own & {user_files / "given.json", *(user_files / ".claude").glob("*.*")}
    trace = (tmp_path / "trace").read_text().split()
    assert sorted(trace) == ["given", "given", "mine", "mine"]
    assert len(named(events(tmp_path / "run.ahr"), "tool/result")) == 2


def test_codex_the_users_settings_stay(server, tmp_path):
    agent = require(AGENTS["codex"])
    env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
    (tmp_path / "home" / ".codex" / "hooks.json").write_text('{"hooks": {}}')
    (tmp_path / "home" / ".codex" / "AGENTS.md").write_text("Be kind.\n")
    before = contents(tmp_path / "home")
    argv = agent.argv(agent.headless, "[[scenario:parallel]]")
    record(tmp_path / "run.ahr", argv, env, tmp_path / "work")
    after = contents(tmp_path / "home")
    assert {path: after.get(path) for path in before} == before


@BOTH
def test_the_agents_home_holds_the_same_files_as_without_us(name, server, tmp_path):
    agent = require(AGENTS[name])

    def names(home):
        found = (str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())
        lasting = (name for name in found if not name.endswith(("-wal", "-shm")))
        return {re.sub(r"[0-9a-f-]{8,}|\d{4,}|-(plain|taped)-", "*", name) for name in lasting}

    plain, taped = tmp_path / "plain", tmp_path / "taped"
    # Where our own data and caches go is not the agent's home.
    ours = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("DATA", "CACHE")}
    env = agent.start(plain / "home", plain / "work", server.url) | ours
    argv = agent.argv(agent.headless, "[[scenario:hello]]")
    subprocess.run(
        argv, env=env, cwd=plain / "work", stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    env = agent.start(taped / "home", taped / "work", server.url) | ours
    record(tmp_path / "run.ahr", argv, env, taped / "work")
    assert names(taped / "home") == names(plain / "home")


def test_claude_hooks_that_lose_their_folder_disturb_nothing(server, tmp_path):
    """As if somebody cleaned up the runtime directory in the middle of a session."""
    agent = require(AGENTS["claude"])
    env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
    runtime = Path(tempfile.mkdtemp(prefix="ar-"))  # a socket's path has to be short
    env |= {"XDG_RUNTIME_DIR": str(runtime)}
    gone = []

    def sabotage():
        for _ in range(2000):
            for folder in runtime.glob("agentrec/hooks-*"):
                if (folder / "events").stat().st_size:  # the first hook has spoken
                    shutil.rmtree(folder)
                    gone.append(folder)
                    return
            time.sleep(0.005)

    thread = threading.Thread(target=sabotage)
    thread.start()
    argv = agent.argv(agent.headless, "[[scenario:fix-tests]]")
    try:
        out = record(tmp_path / "run.ahr", argv, env, tmp_path / "work")
        thread.join()
        assert gone
        assert not list(runtime.glob("agentrec/hooks-*"))
    finally:
        shutil.rmtree(runtime)
    assert "The test passes now" in out
    found = events(tmp_path / "run.ahr")
    assert told(found) == sent_by_anthropic(answers(server))[0]


def test_claude_without_hooks_its_transcript_is_found(server, tmp_path):
    agent = require(AGENTS["claude"])
    arguments = ("--settings", '{"disableAllHooks": true}', *agent.headless)
    found, _ = run("claude", server, tmp_path, "[[scenario:parallel]]", arguments)
    assert told(found) == sent_by_anthropic(answers(server))[0]


@BOTH
def test_an_agent_below_another_program_is_found_there(name, server, tmp_path):
    """As in a recorded shell, or started by npx."""
    if not Path("/proc/self/task").is_dir():
        missing("processes are found in /proc")
    agent = require(AGENTS[name])
    env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
    words = shlex.join(agent.argv(agent.headless, "[[scenario:fix-tests]]"))
    argv = ["sh", "-c", f"sleep 0.1; {words} </dev/null; sleep 0.5; true"]
    record(tmp_path / "run.ahr", argv, env, tmp_path / "work")
    found = events(tmp_path / "run.ahr")
    assert told(found) == SENT[name](answers(server))[0]
    states = [event.data["state"] for event in named(found, "agent/lifecycle")]
    assert states == ["started", "idle", "finished"]


def test_questions_about_the_agent_are_no_sessions(tmp_path, capsys):
    agent = require(AGENTS["claude"])
    path = tmp_path / "run.ahr"
    assert main(["record", "-q", "-o", str(path), "--headless", "--", *agent.argv(("-v",))]) == 0
    assert [event.name for event in events(path) if event.track != "fs"] == [("term", "exit")]


def test_claude_says_how_to_resume_as_without_us(server, tmp_path):
    agent = require(AGENTS["claude"])
    prefix = [*RECORD, "-q", "-o", str(tmp_path / "run.ahr"), "--"]
    lines = []
    for number, before in enumerate(([], prefix)):
        folder = tmp_path / str(number)
        env = agent.start(folder / "home", folder / "work", server.url) | {"PYTHONPATH": PACKAGE}
        steps = agent.session(("Hello. [[scenario:hello]]", "scripted model"))
        result = drive(agent.argv(agent.tui), env, folder / "work", 100, 30, steps, prefix=before)
        found = re.findall(r"^.*claude .*--resume .*$", result.screen, re.MULTILINE)
        lines.append([agent.stable(line) for line in found])
    assert lines[0] == lines[1]
    assert len(lines[0]) == 1
