"""The fast search of many events misses nothing that the search of each one finds."""

import json

import pytest

from agentrec.redact.bulk_mask import suspects
from agentrec.redact.json_redaction import redact_event
from fixtures.secrets import harmless, secrets


def payload(data, **links):
    return json.dumps({"track": "step", "kind": "end", "data": data, **links}).encode()


def masked(data, **links):
    return bool(redact_event(data, links)[2])


@pytest.mark.parametrize("secret", secrets(), ids=lambda secret: secret.kind)
def test_every_secret_among_harmless_texts(secret):
    lines = [{"text": f"the agent reads file {n} and goes on"} for n in range(6)]
    data = {"output": {"set": {"note": secret.text}}}
    found = suspects([payload(event) for event in [*lines[:3], data, *lines[3:]]])
    assert masked(data)
    assert 3 in found


def test_what_is_harmless_passes():
    events = [payload({"text": text}) for text in harmless()]
    alone = {n for n, text in enumerate(harmless()) if masked({"text": text})}
    assert alone <= suspects(events)
    assert suspects([payload({"text": f"step {n} of the plan"}) for n in range(500)]) == set()


def test_names_and_links_count():
    events = [
        payload({"config": {"password": "Xk29fjw0Q"}}),
        payload({"n": 1}, span="ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"),
        payload({"n": 1}, span="ab:1"),
    ]
    assert suspects(events) == {0, 1}
    assert suspects(events[2:]) == set()
