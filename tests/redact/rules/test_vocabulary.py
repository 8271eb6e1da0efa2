"""What a text may contain: all that it does, and little else."""

from __future__ import annotations

import random
import re

import pytest

from agentrec.redact.rules import scanners
from agentrec.redact.rules.vocabulary import Beginning, Vocabulary, words_of
from fixtures.secrets import harmless, secrets
from fixtures.secrets.kinds import GROUPS, kinds
from scripts.bench_parts.streams import log

INNER = ("token", "_pat", "x-", ":::", "client-key-data", "/user:")
TEXTS = [
    *(secret.text for secret in secrets()),
    *(secret.text for group in GROUPS for secret in kinds(group, 0)),
    *harmless(),
]


def vocabulary() -> Vocabulary:
    return Vocabulary(INNER, scanners.beginnings(), ["0{15,16}\\Z"])


def test_words_are_runs_of_letters_and_digits_that_count_as_one() -> None:
    assert words_of("a-12 b_12: a\u00e9x 34") == {"a", "00", "b", "x"}


@pytest.mark.parametrize("texts", [TEXTS, ["\n".join(TEXTS)]], ids=["apart", "together"])
def test_a_text_has_the_trace_of_everything_in_it(texts: list[str]) -> None:
    known = vocabulary()
    short = [beginning for beginning in scanners.beginnings() if not beginning.length]
    for text in texts:
        traces = known.traces(text)
        assert [trace for trace in INNER if trace in text.lower() and trace not in traces] == []
        begun = [b for b in short if re.search(rf"(?<![A-Za-z0-9]){re.escape(b.text)}", text)]
        assert [beginning for beginning in begun if beginning not in traces] == []


@pytest.mark.parametrize(
    ("text", "trace", "has"),
    [
        ("my_Token-2", "token", True),
        ("/path", "_pat", True),
        ("/spat", "_pat", False),
        ("mix-up", "x-", True),
        ("ax ay", "x-", True),
        ("/user:x", "/user:", True),
        ("/users:x", "/user:", False),
        ("id 123456789012345 is long", "0{15,16}\\Z", True),
        ("id 12345678901234567 is long", "0{15,16}\\Z", False),
        ("key-" + "0a" * 16, Beginning("key-", "hex", 32), True),
        ("key-" + "0a" * 15, Beginning("key-", "hex", 32), False),
        ("key-" + "0x" * 16, Beginning("key-", "hex", 32), False),
        ("monkey-" + "0a" * 16, Beginning("key-", "hex", 32), False),
        ("AKIA" + "Q" * 12, Beginning("AKIA", "letters", 12), True),
        ("akia" + "Q" * 12, Beginning("AKIA", "letters", 12), False),
    ],
)
def test_traces(text: str, trace: str | Beginning, has: bool) -> None:
    beginnings = [trace] if isinstance(trace, Beginning) else []
    assert (trace in Vocabulary(INNER, beginnings, ["0{15,16}\\Z"]).traces(text)) == has


def test_a_plain_log_has_few_traces() -> None:
    known = vocabulary()
    for piece in log_blocks():
        assert len(known.traces(piece)) < 0.05 * len(scanners.beginnings())


def test_words_that_never_come_again_are_not_kept() -> None:
    known, dice = vocabulary(), random.Random(1)
    for _ in range(20):
        known.traces(" ".join(f"{dice.getrandbits(160):040x}" for _ in range(5000)))
    assert known.size < 20_000


def log_blocks() -> list[str]:
    text = b"".join(log(1 << 19)).decode()
    return [text[at : at + (1 << 16)] for at in range(0, len(text), 1 << 16)]
