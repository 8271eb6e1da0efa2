"""How many kinds of secrets are masked, with values drawn anew."""

from __future__ import annotations

from agentrec.redact.secret_rules import find_secrets
from fixtures.secrets.kinds import GROUPS, kinds, left_of

SEEDS = 20


def report() -> None:
    print(f"{'kinds':<14}{'kinds':>8}{'secrets':>10}{'masked':>10}")
    all_kinds = all_drawn = all_masked = 0
    for group in GROUPS:
        drawn = [secret for seed in range(SEEDS) for secret in kinds(group, seed)]
        count, masked = len(drawn) // SEEDS, sum(not left_of(s, _masked(s.text)) for s in drawn)
        _line(group.replace("_", " "), count, len(drawn), masked)
        all_kinds, all_drawn, all_masked = (
            all_kinds + count,
            all_drawn + len(drawn),
            all_masked + masked,
        )
    _line("all", all_kinds, all_drawn, all_masked)


def _line(name: str, count: int, drawn: int, masked: int) -> None:
    print(f"{name:<14}{count:>8}{drawn:>10}{masked / drawn:>10.1%}")


def _masked(text: str) -> str:
    for hit in reversed(find_secrets(text)):
        text = text[: hit.start] + "*" * (hit.stop - hit.start) + text[hit.stop :]
    return text
