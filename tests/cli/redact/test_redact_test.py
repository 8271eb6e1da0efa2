"""`agentrec redact test`: arguments and input that are not as expected."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.recording.rewrite import save


def redact_test(*args: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "agentrec", "redact", "test", *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=60)


def test_hostile_bytes_do_nothing_to_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[2Jx"
    path.write_bytes(b"\x1b]0;x\x07\xff\x00 password=Xk3v9QpL2mZr\x1b[31m\n")
    ran = redact_test(path)
    assert ran.returncode == 0
    assert b"\x1b" not in ran.stdout
    assert b"assignment: " in ran.stdout
    assert b"Xk3v" not in ran.stdout


def test_an_empty_input_and_secrets_of_many_lines() -> None:
    assert redact_test("-").stdout == b"0 secrets\n"
    key = "-----BEGIN RSA {0} KEY-----\n{1}\n-----END RSA {0} KEY-----\n".format(
        "PRIVATE", "\n".join(["MIIEpAIBAAKCAQEA" * 4] * 5)
    )
    found = json.loads(redact_test("-", "--json", stdin=b"one\n" + key.encode()).stdout)
    assert [(row["line"], row["end_line"]) for row in found["masked"]] == [(2, 8)]


@pytest.mark.parametrize(("name", "said"), [("no", "No such file"), (".", "Is a directory")])
def test_what_is_no_file(tmp_path: Path, name: str, said: str) -> None:
    ran = redact_test(tmp_path / name)
    assert ran.returncode == 3
    assert said.encode() in ran.stderr


def test_a_recording_is_no_text(tmp_path: Path) -> None:
    """What is in it is compressed: no secret would be found."""
    path = tmp_path / "run.ahr"
    save(str(path), {}, [])
    for ran in (redact_test(path), redact_test("-", stdin=path.read_bytes())):
        assert ran.returncode == 3
        assert b"agentrec scrub FILE --dry-run" in ran.stderr
