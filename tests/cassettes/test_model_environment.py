"""Variables that point clients at a stand-in."""

import os

from agentrec.cassettes.model_environment import NO_KEY, changed_environment, replay_variables

ORIGIN = "http://127.0.0.1:5"


def test_common_servers_have_their_paths_and_a_key():
    found = replay_variables(ORIGIN, {})
    assert found["ANTHROPIC_BASE_URL"] == ORIGIN
    assert found["OPENAI_BASE_URL"] == found["OPENAI_API_BASE"] == f"{ORIGIN}/v1"
    assert found["GOOGLE_GEMINI_BASE_URL"] == ORIGIN
    assert found["OPENAI_API_KEY"] == NO_KEY
    assert "OLLAMA_HOST" not in found


def test_what_the_user_has_set_is_moved_and_keys_stay():
    env = {
        "OPENAI_BASE_URL": "https://proxy.example/openai/v1/",
        "OLLAMA_HOST": "localhost:11434",
        "OPENAI_API_KEY": "mine",
        "HTTPS_PROXY": "http://proxy.example:3128",
    }
    found = replay_variables(ORIGIN, env)
    assert found["OPENAI_BASE_URL"] == f"{ORIGIN}/openai/v1"
    assert found["OLLAMA_HOST"] == ORIGIN
    assert "OPENAI_API_KEY" not in found
    assert found["NO_PROXY"] == found["no_proxy"] == "127.0.0.1"


def test_the_environment_is_set_back(monkeypatch):
    monkeypatch.setenv("SET_BEFORE", "a")
    monkeypatch.delenv("NOT_SET_BEFORE", raising=False)
    with changed_environment({"SET_BEFORE": "b", "NOT_SET_BEFORE": "c"}):
        assert (os.environ["SET_BEFORE"], os.environ["NOT_SET_BEFORE"]) == ("b", "c")
    assert os.environ["SET_BEFORE"] == "a"
    assert "NOT_SET_BEFORE" not in os.environ
