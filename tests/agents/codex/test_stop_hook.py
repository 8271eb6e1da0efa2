"""The hook that Codex gets on its command line."""

import tomllib

import pytest

from agentrec.agents.codex.stop_hook import with_hook


def test_the_hook_and_its_digest_are_given():
    argv = with_hook(["codex", "exec", "go"], "echo hi")
    assert (argv[0], argv[1], argv[3], argv[5:]) == ("codex", "-c", "-c", ["exec", "go"])
    (entry,) = tomllib.loads(argv[2])["hooks"]["Stop"]
    assert entry["hooks"] == [{"type": "command", "command": "echo hi", "timeout": 30}]
    (trust,) = tomllib.loads(argv[4])["hooks"]["state"].values()
    assert trust["trusted_hash"].startswith("sha256:")


def test_quotes_in_the_command_are_kept():
    command = "'/a b/python' -c \"x\" \\ '"
    argv = with_hook(["codex"], command)
    assert tomllib.loads(argv[2])["hooks"]["Stop"][0]["hooks"][0]["command"] == command


@pytest.mark.parametrize(
    "more",
    [["-c", "hooks.Stop=[]"], ["-chooks.Stop=[]"], ["--config=hooks={}"]],
    ids=("c", "joined", "long"),
)
def test_hooks_of_the_user_stay_alone(more):
    argv = ["codex", *more, "exec", "go"]
    assert with_hook(argv, "echo hi") == argv
