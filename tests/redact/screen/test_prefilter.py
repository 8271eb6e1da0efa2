"""The fast way past harmless output."""

from __future__ import annotations

import pytest

from agentrec.redact.screen import prefilter
from fixtures.secrets import Secret, secrets

CORPUS = secrets()


@pytest.mark.parametrize("secret", CORPUS, ids=lambda secret: secret.kind)
def test_the_fast_way_stops_at_every_secret(secret: Secret) -> None:
    assert prefilter.suspicious(prefilter.without_blanks(secret.text.splitlines()))
