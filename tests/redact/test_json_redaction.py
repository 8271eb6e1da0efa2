"""JSON of events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentrec.redact import MASK
from agentrec.redact.json_redaction import redact_json
from agentrec.redact.own import active
from agentrec.redact.own.rule_file import read_rules
from fixtures.secrets import harmless, secrets

KEY = secrets()[7]


@pytest.mark.parametrize("secret", secrets(), ids=lambda secret: secret.kind)
def test_secrets_anywhere_in_it_are_masked(secret: Any) -> None:
    value = {"input": {"command": f"run {secret.text}", "list": [1, [secret.text]]}, "n": None}
    masked, found = redact_json(value)
    assert not [needle for needle in secret.needles if needle in repr(masked)]
    assert sum(found.values()) >= 2


def test_harmless_values_come_back_as_they_are() -> None:
    value = {"text": harmless(), "usage": {"input_tokens": 5, "output": 7.5}, "ok": True, "x": None}
    assert redact_json(value) == (value, {})


def test_names_that_promise_a_secret() -> None:
    value = {
        "password": "swordfish",
        "api_key": "8f7d6a5b4c3d2e1f",
        "token": "EOF",  # a parser's
        "session_id": "8f7d6a5b4c3d2e1f8f7d6a5b4c3d2e1f",  # what resuming needs
        "max_tokens": 4096,
        "access_token": "$TOKEN",
    }
    masked, found = redact_json(value)
    assert masked == value | {"password": MASK, "api_key": MASK}
    assert found == {"assignment": 2}


def test_a_secret_as_a_name() -> None:
    masked, found = redact_json({KEY.text: 1})
    assert KEY.needles[0] not in repr(masked)
    assert found


def test_the_value_itself_is_left_alone() -> None:
    value = {"a": [KEY.text]}
    redact_json(value)
    assert value == {"a": [KEY.text]}


def test_very_deep_values_do_not_break_it() -> None:
    value: Any = KEY.text
    for _ in range(5000):
        value = [value]
    masked, _ = redact_json(value)
    assert KEY.needles[0] not in repr(masked)


def test_what_a_model_signed_is_no_secret() -> None:
    """An agent sends it back, and a server knows it again."""
    signed = "ErqX9t2x3DBsGCwgocxFabByfatJpScLX7JsZecVneXPmcunXsuMKkUjJx7u7QuETF"
    for value in (
        {"type": "thinking", "thinking": "Hm.", "signature": signed},
        {"functionCall": {"name": "x"}, "thoughtSignature": signed},
    ):
        assert redact_json(value) == (value, {})
    assert redact_json({"signature": signed})[0] == {"signature": "***"}


def test_rules_for_some_files_know_the_file_by_its_name_beside(tmp_path: Path) -> None:
    path = tmp_path / "redact.toml"
    path.write_text("[[rule]]\nname = 'id'\npattern = 'E[0-9]'\npaths = ['*.env']\n")
    active.use(read_rules([(str(path), False)]))
    try:
        data = {
            "input": {"file_path": "/p/a.env", "edits": [{"new": "E1"}]},
            "other": {"file_path": "/p/a.txt", "new": "E1"},
            "text": "E1",
        }
        masked, counts = redact_json(data)
    finally:
        active.use(None)
    assert masked == {**data, "input": {"file_path": "/p/a.env", "edits": [{"new": "***"}]}}
    assert counts == {"id": 1}
