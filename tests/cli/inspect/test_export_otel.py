"""`agentrec export-otel`."""

import json
from pathlib import Path

import pytest

from agentrec.cli.main import main
from tests.otel.made import make
from tests.otel.receiver import Receiver


@pytest.fixture
def receiver():
    with Receiver() as made:
        yield made


@pytest.fixture
def path(tmp_path, monkeypatch):
    for name in ("ENDPOINT", "TRACES_ENDPOINT"):
        monkeypatch.delenv(f"OTEL_EXPORTER_OTLP_{name}", raising=False)
    return make(tmp_path / "r.ahr")


def test_several_runs_and_again(receiver, path, tmp_path, capsys):
    other = make(tmp_path / "other.ahr", id="run-2")
    for _ in range(2):
        assert main(["export-otel", path, other, "--endpoint", receiver.url, "--json"]) == 0
        first, second = json.loads(capsys.readouterr().out)
        assert (first["file"], first["spans"], first["refused"]) == (path, 6, 0)
        assert first["trace"] != second["trace"]
    assert len(receiver.spans) == 12
    assert receiver.total("gen_ai.usage.input_tokens") == 92
    assert receiver.resources[0]["service.name"] == "claude-code"


def test_by_the_variable_and_in_words(receiver, path, monkeypatch, capsys):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    assert main(["export-otel", path]) == 0
    assert f"{path}: sent 6 spans, trace " in capsys.readouterr().out


def test_to_a_file_or_standard_output(path, tmp_path, capsys):
    out = tmp_path / "trace.json"
    assert main(["export-otel", path, "-o", str(out)]) == 0
    assert main(["export-otel", path, "-o", "-"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads(out.read_text())
    assert len(document["resourceSpans"][0]["scopeSpans"][0]["spans"]) == 6


def test_a_file_that_exists_stays(path, tmp_path, capsys):
    before = Path(path).read_bytes()
    assert main(["export-otel", path, "-o", path]) == 4
    assert "already exists" in capsys.readouterr().err
    assert Path(path).read_bytes() == before
    out = tmp_path / "trace.json"
    out.write_text("old")
    assert main(["export-otel", path, "-o", str(out), "--overwrite", "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert (result["file"], result["spans"]) == (path, 6)
    assert json.loads(out.read_text())["resourceSpans"]


def test_one_bad_file_blocks_no_other(receiver, path, tmp_path, capsys):
    (tmp_path / "bad.ahr").write_text("no recording")
    code = main(["export-otel", str(tmp_path / "bad.ahr"), path, "--endpoint", receiver.url])
    assert code == 3
    assert "bad.ahr" in capsys.readouterr().err
    assert len(receiver.spans) == 6


def test_what_is_wrong_is_said_in_a_line(path, capsys):
    assert main(["export-otel", path]) == 2
    assert "nowhere to send to" in capsys.readouterr().err
    assert main(["export-otel", path, "-o", str(Path(path) / "in a file")]) == 4
    assert main(["export-otel", path, "-o", "-", "--endpoint", "http://h"]) == 2
