"""The fast way past harmless output."""

from __future__ import annotations

import pytest

from agentrec.redact.screen import prefilter
from agentrec.redact.screen.masker import Masker
from agentrec.redact.screen.output_screen import OutputScreen
from fixtures.secrets import Secret, secrets

COLS, ROWS = 80, 24
CORPUS = secrets()
LINE = b"one of many lines of a long build log, without anything in it\r\n"


def harmless(data: bytes) -> int:
    screen = OutputScreen(COLS, ROWS, on_loss=lambda: None, hidden=lambda *_: None)
    return prefilter.harmless_length(screen, data)


def test_plain_lines_pass_but_for_the_last() -> None:
    data = LINE * 500
    passed = harmless(data)
    assert 0 < passed < len(data)
    assert passed % len(LINE) == 0


@pytest.mark.parametrize("secret", CORPUS, ids=lambda secret: secret.kind)
def test_the_fast_way_stops_at_every_secret(secret: Secret) -> None:
    data = LINE * 200 + secret.text.replace("\n", "\r\n").encode() + b"\r\n" + LINE * 200
    assert harmless(data) == 0


def test_a_secret_that_a_program_wrapped_itself() -> None:
    secret = next(secret for secret in CORPUS if secret.kind == "github classic")
    head, tail = secret.text[:8], secret.text[8:]
    wrapped = b"x" * (COLS - len(head) - 1) + b" " + head.encode() + b"\r\n  " + tail.encode()
    masker = Masker(COLS, ROWS)
    masker.feed(LINE * 200 + wrapped + b"\r\n" + LINE * 200)
    masker.scan()
    assert masker.spans
