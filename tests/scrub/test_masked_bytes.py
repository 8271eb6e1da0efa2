"""Secrets in bytes of files and of transcripts."""

from __future__ import annotations

import json
import re

import pytest

from agentrec.scrub.masked_bytes import in_json, masked_bytes, masked_lines
from fixtures.secrets import Secret, harmless, secrets


@pytest.mark.parametrize("secret", secrets(), ids=lambda secret: secret.kind)
def test_as_many_stars_as_bytes(secret: Secret) -> None:
    data = f"é before\n{secret.text}\nafter".encode()
    masked, counts = masked_bytes(data)
    assert (len(masked), masked.count(b"\n")) == (len(data), data.count(b"\n"))
    assert counts.total() >= 1
    assert not [needle for needle in secret.needles if needle.encode() in masked]
    assert masked.startswith("é before\n".encode())
    assert masked.endswith(b"\nafter")


@pytest.mark.parametrize("secret", secrets(), ids=lambda secret: secret.kind)
def test_lines_of_a_transcript_stay_json(secret: Secret) -> None:
    lines = [{"n": 1}, {"message": [{"text": f"see é {secret.text}"}]}, "no", None]
    data = "\n".join(map(json.dumps, lines)).encode() + b"\nnot JSON {\n"
    masked, counts = masked_lines(data)
    assert len(masked) == len(data)
    assert counts
    assert json.loads(masked.split(b"\n")[1])["message"][0]["text"].startswith("see é ")
    assert not [n for n in secret.needles if json.dumps(n)[1:-1].encode() in masked]


def test_the_value_of_a_name_in_a_transcript() -> None:
    data = json.dumps({"password": "kX9#vQ2m!pL7", "path": "a"}).encode()
    masked, counts = masked_lines(data)
    assert json.loads(masked) == {"password": "*" * 12, "path": "a"}
    assert dict(counts) == {"assignment": 1}


def test_binary_files_and_secrets_at_any_place() -> None:
    key = next(secret for secret in secrets() if secret.kind == "github classic").text
    for before in (0, 5000, (1 << 20) - 20, (1 << 20) + (16 << 10) - 20):
        data = b"\x00\xff" * (before // 2) + b" " + key.encode() + b" \xfe"
        masked, counts = masked_bytes(data)
        assert masked == data.replace(key.encode(), b"*" * len(key))
        assert dict(counts) == {"github-token": 1}


def test_harmless_bytes_stay() -> None:
    data = "\n".join(harmless()[:200]).encode()
    assert masked_bytes(bytes(range(256)) * 100)[0] == bytes(range(256)) * 100
    assert masked_lines(data)[0].count(b"***") <= 2


def test_a_value_at_the_end_of_what_is_searched_at_once() -> None:
    for before in range(-20, 40, 3):
        data = b"x" * ((1 << 20) + before - 1) + b"\npassword = 'kX9#vQ2m!pL7'\n"
        masked, counts = masked_bytes(data)
        assert masked == data.replace(b"kX9#vQ2m!pL7", b"*" * 12)
        assert counts.total() == 1


def test_json_may_escape_any_character() -> None:
    for value in (
        r"hT9\/xQ2vLm4Zr8Kp1",
        r"hT9/xQ2vLm4Zr8Kp1",
        r"\u0068T9\/xQ2vLm4Zr8Kp\u006F",
    ):
        line = b'{"client_secret":"' + value.encode() + b'","n":1}'
        masked, counts = masked_lines(line)
        assert masked == b'{"client_secret":"' + b"*" * len(value) + b'","n":1}'
        assert counts


def test_files_in_utf_16() -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        text = "\ufeffpassword = 'kX9#vQ2m!pL7'\r\n"
        masked, counts = masked_bytes(text.encode(encoding))
        assert masked.decode(encoding) == text.replace("kX9#vQ2m!pL7", "*" * 12)
        assert counts


def test_signatures_of_thoughts_stay_and_what_is_beside_them_does_not() -> None:
    """A model's server refuses a conversation with another signature."""
    signature = "ErDueRdasjAGnSSf4ikQ6VmoqN23FjbeKxG6Yry5ZZPZ" * 3
    token = "ghp_" + "aB3dE5gH7jK9" * 3
    thought = {"type": "thinking", "thinking": f"Use {token}.", "signature": signature}
    line = json.dumps({"message": {"content": [thought]}}).encode()
    masked, counts = masked_lines(line)
    assert len(masked) == len(line)
    found = json.loads(masked)["message"]["content"][0]
    assert found["signature"] == signature
    assert token not in found["thinking"]
    assert counts["github-token"] == 1
    plain = json.dumps({"message": {"content": [thought | {"thinking": "No."}]}}).encode()
    assert masked_lines(plain) == (plain, {})


@pytest.mark.parametrize(
    "begins",
    ["aB3dE5gH7jK9" * 4, "日本語テスト" * 6, '\\"/' * 12],
    ids=["letters", "wide", "escaped"],
)
def test_what_begins_like_a_secret_is_passed_at_once(begins: str) -> None:
    secret = begins + "-the-end-of-it-X9"
    pattern = re.compile(in_json(secret))
    for escaped in (True, False):
        line = json.dumps([begins + "-something-else"] * 3, ensure_ascii=escaped).encode()
        assert not pattern.search(line)
        assert pattern.search(json.dumps(secret, ensure_ascii=escaped).encode())
