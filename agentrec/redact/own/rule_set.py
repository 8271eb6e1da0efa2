"""The rules of all files that apply, and what the user says is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.redact.own.own_rule import AllowList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.redact.own.own_rule import OwnRule
    from agentrec.redact.rules.secret_rule import SecretMatch


class RuleSet(NamedTuple):
    """``allow`` is for every rule, also for agentrec's own."""

    rules: tuple[OwnRule, ...] = ()
    allow: AllowList = AllowList()

    def find(self, text: str, lowered: str, path: str) -> Iterator[SecretMatch]:
        """The secrets in ``text``, which may overlap."""
        for rule in self.rules:
            yield from rule.find(text, lowered, path)

    def growing(self, text: str, end: str = "") -> Iterator[SecretMatch]:
        """What may be the beginning of a secret."""
        for rule in self.rules:
            yield from rule.growing(text, end)

    def rule_for(self, name: str, value: str, path: str = "") -> str:
        """The rule by which the ``value`` of something called ``name`` is a secret, or empty."""
        if self.allow.has(value, path):
            return ""
        return next((rule.name for rule in self.rules if rule.names(name, value, path)), "")

    def is_loose(self, name: str) -> bool:
        """Whether the rule ``name`` needs what stands before its matches."""
        return any(rule.name == name and rule.pattern is None for rule in self.rules)

    def needs_path(self) -> bool:
        """Whether it matters in which file a text is."""
        return self.allow.paths is not None or any(
            rule.paths or rule.allow.paths for rule in self.rules
        )
