"""`agentrec doctor --secrets`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.secrets import secrets

KEY = next(secret for secret in secrets() if secret.kind == "github classic").text


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}


def agentrec(env: dict[str, str], *args: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agentrec", *map(str, args)]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)


def test_recordings_with_secrets_and_what_masks_them(tmp_path: Path, env: dict[str, str]) -> None:
    assert agentrec(env, "doctor", "--secrets").stdout == "no secrets in 0 recordings\n"
    options = ("--no-redact", "--no-snapshots", "--headless")
    for name, text in (("with a key", KEY), ("without", "nothing")):
        path = tmp_path / f"{name}.ahr"
        assert agentrec(env, "record", *options, "-o", path, "--", "echo", text).returncode == 0
    (tmp_path / "data/agentrec/recordings").mkdir(exist_ok=True)
    (tmp_path / "data/agentrec/recordings/broken.ahr").write_text("x")
    ran = agentrec(env, "doctor", "--secrets")
    assert ran.returncode == 1
    assert "terminal      1 github-token" in ran.stdout
    assert f"agentrec scrub '{tmp_path}/with a key.ahr'" in ran.stdout
    assert "1 recording of 2 with secrets; 1 recording not searched" in ran.stdout
    assert "not searched: " in ran.stderr
    assert "broken.ahr" in ran.stderr
    assert KEY not in ran.stdout + ran.stderr
    found = json.loads(agentrec(env, "doctor", "--secrets", "--json").stdout)
    assert [row["masked"] for row in found["recordings"]] == [
        {"terminal": {"github-token": 1}, "header": {"github-token": 1}}
    ]
    assert agentrec(env, *found["recordings"][0]["command"][1:]).returncode == 0
    assert agentrec(env, "doctor", "--secrets").returncode == 0
