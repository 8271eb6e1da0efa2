"""Where programs are pointed, and what that stands for."""

import json
import os
from pathlib import Path

import pytest

from agentrec.errors import UsageError
from agentrec.gateway.endpoints import Endpoints, point

ORIGIN = "http://127.0.0.1:5"


def pointed(argv, tmp_path, **env):
    endpoints = Endpoints(ORIGIN, "key", argv, {"HOME": str(tmp_path), **env}, str(tmp_path))
    point(endpoints)
    return endpoints


def test_a_program_that_nobody_knows_gets_the_common_variables(tmp_path):
    made = pointed(["what"], tmp_path, OPENAI_API_BASE="https://mine.example/v1", PATH="/bin")
    assert made.argv == ["what"]
    assert made.env["ANTHROPIC_BASE_URL"] == f"{ORIGIN}/key/anthropic"
    assert made.env["OPENAI_BASE_URL"] == made.env["OPENAI_API_BASE"] == f"{ORIGIN}/key/openai"
    assert made.env["PATH"] == "/bin"
    assert "OLLAMA_HOST" not in made.env
    assert made.routes["/key/anthropic"] == "https://api.anthropic.com"
    assert made.routes["/key/openai"] == "https://mine.example/v1"


def test_an_address_without_a_scheme(tmp_path):
    made = pointed(["what"], tmp_path, OLLAMA_HOST="127.0.0.1:11434")
    assert made.routes["/key/ollama"] == "http://127.0.0.1:11434"


def test_a_proxy_is_not_asked_for_the_gateway(tmp_path):
    made = pointed(["what"], tmp_path, HTTP_PROXY="http://proxy", NO_PROXY="inner")
    assert made.env["NO_PROXY"] == "inner,127.0.0.1"
    assert "NO_PROXY" not in pointed(["what"], tmp_path).env


CODEX = {
    "no configuration": ("", [], "openai_base_url", "https://api.openai.com/v1"),
    "an address of its own": (
        'openai_base_url = "https://one.example/v1"',
        [],
        "openai_base_url",
        "https://one.example/v1",
    ),
    "a provider of its own": (
        'model_provider = "mine"\n[model_providers.mine]\nbase_url = "http://two.example"',
        [],
        "model_providers.mine.base_url",
        "http://two.example",
    ),
    "a profile": (
        '[profiles.p]\nmodel_provider = "mine"\n[model_providers.mine]\nbase_url = "http://two.example"',
        ["-p", "p"],
        "model_providers.mine.base_url",
        "http://two.example",
    ),
    "options": (
        "",
        ["-c", "model_provider=o", "-c", 'model_providers.o.base_url="http://three.example"'],
        "model_providers.o.base_url",
        "http://three.example",
    ),
    "a broken file": ("= what", [], "openai_base_url", "https://api.openai.com/v1"),
}


@pytest.mark.parametrize("case", CODEX)
def test_codex(case, tmp_path):
    config, options, name, url = CODEX[case]
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex" / "config.toml").write_text(config)
    made = pointed(["codex", *options, "exec", "hi"], tmp_path)
    ((prefix, stands_for),) = made.routes.items()
    assert stands_for == url
    assert made.argv == ["codex", "-c", f'{name}="{ORIGIN}{prefix}"', *options, "exec", "hi"]


def test_codex_with_a_login(tmp_path):
    (tmp_path / ".codex").mkdir()
    login = {"OPENAI_API_KEY": None, "tokens": {"access_token": "x"}}
    (tmp_path / ".codex" / "auth.json").write_text(json.dumps(login))
    made = pointed(["codex"], tmp_path)
    assert list(made.routes.values()) == ["https://chatgpt.com/backend-api/codex"]


def test_claude_settings_beat_the_environment(tmp_path):
    (tmp_path / ".claude").mkdir()
    settings = {"env": {"ANTHROPIC_BASE_URL": "http://mine.example"}}
    (tmp_path / ".claude" / "settings.json").write_text(json.dumps(settings))
    made = pointed(["claude", "-p", "hi"], tmp_path, ANTHROPIC_BASE_URL="http://other.example")
    assert made.routes["/key/anthropic"] == "http://mine.example"
    option, value, *rest = made.argv[1:]
    assert (option, rest) == ("--settings", ["-p", "hi"])
    assert json.loads(value) == {"env": {"ANTHROPIC_BASE_URL": f"{ORIGIN}/key/anthropic"}}


@pytest.mark.parametrize("content", ["[" * 100_000, "{", None])
def test_a_project_s_files_that_are_none(tmp_path, content):
    """None: a pipe that nobody writes to."""
    (tmp_path / ".claude").mkdir()
    for name in (".claude/settings.json", "opencode.json"):
        path = tmp_path / name
        os.mkfifo(path) if content is None else path.write_text(content)
    assert pointed(["claude"], tmp_path).routes["/key/anthropic"] == "https://api.anthropic.com"
    made = pointed(["opencode", "run"], tmp_path, OPENAI_API_KEY="k")
    assert made.routes == {"/key/openai": "https://api.openai.com/v1"}


def test_opencode(tmp_path):
    config = {
        "provider": {"mine": {"options": {"baseURL": "http://mine.example/v1", "apiKey": "k"}}}
    }
    (tmp_path / "opencode.json").write_text("// mine\n" + json.dumps(config))
    given = {"theme": "x", "provider": {"mine": {"name": "Mine"}}}
    content = json.dumps(given)
    made = pointed(
        ["opencode", "run"], tmp_path, OPENCODE_CONFIG_CONTENT=content, OPENAI_API_KEY="k"
    )
    assert made.routes == {
        "/key/openai": "https://api.openai.com/v1",
        "/key/mine": "http://mine.example/v1",
    }
    assert json.loads(made.env["OPENCODE_CONFIG_CONTENT"]) == {
        "theme": "x",
        "provider": {
            "mine": {"name": "Mine", "options": {"baseURL": f"{ORIGIN}/key/mine"}},
            "openai": {"options": {"baseURL": f"{ORIGIN}/key/openai"}},
        },
    }


def test_kilo_reads_its_own_files_and_those_of_opencode(tmp_path):
    for name in ("kilo", "opencode"):
        config = {"provider": {name: {"options": {"baseURL": f"http://{name}.example/v1"}}}}
        (tmp_path / f"{name}.json").write_text(json.dumps(config))
    made = pointed(["kilo", "run"], tmp_path)
    assert made.routes == {f"/key/{n}": f"http://{n}.example/v1" for n in ("kilo", "opencode")}
    assert json.loads(made.env["KILO_CONFIG_CONTENT"])["provider"].keys() == {"kilo", "opencode"}


PI_CONFIG = """{
  // with commas that JSON knows not, and "//" in texts
  "providers": {
    "anthropic": {"baseUrl": "http://mine.example//x"},
    "openai": {"apiKey": "k"},
    "local": {"baseUrl": "http://local.example/v1", "models": [{"id": "m"},],},
    "several": {"models": [{"id": "m", "baseUrl": "http://one.example"}]},
  }
}"""


def test_pi_s_providers_get_addresses_by_an_extension(tmp_path):
    home = tmp_path / "pi"
    home.mkdir()
    (home / "models.json").write_text(PI_CONFIG)
    made = pointed(["pi", "-p", "hi"], tmp_path, PI_CODING_AGENT_DIR=str(home))
    assert made.routes["/key/anthropic"] == "http://mine.example//x"
    assert made.routes["/key/openai"] == "https://api.openai.com/v1"
    assert made.routes["/key/local"] == "http://local.example/v1"
    assert "/key/several" not in made.routes
    option, extension, *rest = made.argv[1:]
    assert (option, rest) == ("-e", ["-p", "hi"])
    assert "registerProvider" in Path(extension).read_text()
    given = json.loads(made.env["AGENTREC_PI_PROVIDERS"])
    assert given["local"] == f"{ORIGIN}/key/local"
    assert len(given) == len(made.routes)


@pytest.mark.parametrize(
    "content", ["[" * 100_000, "{", '{"providers": [1]}', '{"providers": {"x": 1}}']
)
def test_pi_s_file_that_is_none(tmp_path, content):
    (tmp_path / ".pi" / "agent").mkdir(parents=True)
    (tmp_path / ".pi" / "agent" / "models.json").write_text(content)
    made = pointed(["pi"], tmp_path)
    assert made.routes["/key/anthropic"] == "https://api.anthropic.com"
    assert pointed(["pi", "list"], tmp_path).argv == ["pi", "list"]


def cline(tmp_path, *argv, auth=None, **env):
    folder = tmp_path / ".cline" / "data" / "settings"
    folder.mkdir(parents=True)
    own = {"provider": "own", "baseUrl": "http://mine.example/v1"}
    settings = {"own": own, "anthropic": {"provider": "anthropic"}, "cline": {"auth": auth or {}}}
    providers = {name: {"settings": it} for name, it in settings.items()}
    (folder / "providers.json").write_text(json.dumps({"providers": providers}))
    (folder / "models.json").write_text('{"models": 1}')
    return pointed(["cline", *argv], tmp_path, XDG_RUNTIME_DIR=str(tmp_path), **env)


def test_cline_reads_a_copy_of_its_settings(tmp_path):
    made = cline(tmp_path, "hi")
    assert made.routes == {
        "/key/own": "http://mine.example/v1",
        "/key/anthropic": "https://api.anthropic.com/v1",
    }
    copy = Path(made.env["CLINE_PROVIDER_SETTINGS_PATH"])
    providers = json.loads(copy.read_text())["providers"]
    assert providers["own"]["settings"]["baseUrl"] == f"{ORIGIN}/key/own"
    assert providers["cline"] == {"settings": {"auth": {}}}
    assert (copy.parent / "models.json").read_text() == '{"models": 1}'
    assert made.env["CLINE_SESSION_BACKEND_MODE"] == "local"
    made.copies.put_back()


@pytest.mark.parametrize(
    ("argv", "env"),
    [
        (["--zen", "hi"], {}),
        (["--data-dir=x", "hi"], {}),
        (["auth"], {}),
        (["hi"], {"CLINE_SANDBOX": "1"}),
        (["hi"], {"CLINE_SESSION_BACKEND_MODE": "hub"}),
        (["hi"], {"auth": {"refreshToken": "r"}}),
        (["hi"], {"CLINE_DIR": "nothing"}),
    ],
)
def test_an_agent_that_cannot_be_pointed_says_so(argv, env, tmp_path):
    with pytest.raises(UsageError, match="no model server"):
        cline(tmp_path, *argv, **env)
