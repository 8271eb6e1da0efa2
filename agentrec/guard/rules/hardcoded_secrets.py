"""Secrets in files, by the rules that mask them in recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.guard.finding import Finding, Place
from agentrec.guard.rules.file_change import line_of
from agentrec.redact.secret_rules import find_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.guard.guard_settings import GuardSettings
    from agentrec.guard.rules.file_change import FileChange

_MAX_CHARS = 1 << 20
_RULE = "secret"


def hardcoded_secrets(change: FileChange, settings: GuardSettings) -> Iterator[Finding]:
    """Findings about secrets that were not in the file before. They are not in the findings."""
    text = change.new_text[:_MAX_CHARS]
    for match in find_secrets(text):
        if text[match.start : match.stop] not in change.old_text:
            line = line_of(text, match.start)
            last = line_of(text, match.stop - 1)
            told = f"a secret ({match.rule})"
            place = Place(change.path, line, last)
            yield Finding(_RULE, settings.level(_RULE), place, told, f"{match.rule}")
