"""`agentrec prices`: the list, names of models in it, and the user's own file."""

import json

import pytest

from agentrec.cli.main import main


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "agentrec").mkdir()
    return tmp_path / "agentrec" / "prices.toml"


@pytest.mark.usefixtures("own")
def test_prices_of_a_model_under_any_name(capsys):
    assert main(["prices", "us.anthropic.claude-opus-4-6-v1"]) == 0
    row = capsys.readouterr().out.splitlines()[1]
    assert row.split()[1:3] == ["5.5", "27.5"]


@pytest.mark.usefixtures("own")
def test_a_model_without_a_price_is_named(capsys):
    assert main(["prices", "nobody/knows"]) == 1
    assert "nobody/knows  no known price" in capsys.readouterr().out


def test_ones_own_prices_come_first(own, capsys):
    own.write_text("[models]\nmine = { input = 1.5, output = 3 }\n")
    assert main(["prices", "--json", "mine"]) == 0
    assert json.loads(capsys.readouterr().out)["models"]["mine"] == {"input": 1.5, "output": 3}


def test_check_says_what_is_wrong(own, capsys):
    own.write_text("[models]\nmine = { input = 1.5 }\n")
    assert main(["prices", "--check", str(own)]) == 0
    assert "1 price, no errors" in capsys.readouterr().out
    own.write_text("[models]\nmine = { inptu = 1.5 }\n")
    assert main(["prices", "--check", str(own)]) == 2
    assert "unknown key 'inptu'" in capsys.readouterr().err
