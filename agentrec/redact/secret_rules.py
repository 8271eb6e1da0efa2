"""Finding secrets in text, by the rules in :mod:`agentrec.redact.rules`.

Text without secrets is cheap: a rule is tried only if one of its anchors is in the text, and only where
it may match.
"""

from __future__ import annotations

import re

from agentrec.redact.rules import (
    assignments,
    command_secrets,
    file_secrets,
    http_secrets,
    issuers,
    prompts,
    scanners,
)
from agentrec.redact.rules.secret_rule import SecretMatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agentrec.redact.rules.secret_rule import SecretRule

RULES: tuple[SecretRule, ...] = (
    *file_secrets.RULES,
    *issuers.RULES,
    *http_secrets.RULES,
    *command_secrets.RULES,
    *assignments.RULES,
    *prompts.RULES,
)
# The more telling name first.
RULE_NAMES = tuple(
    dict.fromkeys(
        [rule.name for rule in file_secrets.RULES[:1]]
        + [prefix.rule for prefix in issuers.PREFIXES]
        + [rule.name for rule in RULES]
    )
)
_RANK = {name: number for number, name in enumerate(RULE_NAMES)}
_PREFIXES: dict[str, list[issuers.Prefix]] = {}
for _prefix in issuers.PREFIXES:
    _PREFIXES.setdefault(_prefix.text[:2], []).append(_prefix)

_SEARCHED = [rule for rule in RULES if not rule.starts]
_PLACED = {
    kind: [rule for rule in RULES if rule.starts == kind] for kind in ("name", "program", "url")
}
_ANCHORS = tuple(dict.fromkeys(anchor for rule in RULES for anchor in rule.anchors))
# Of a secret, before the part that is looked for.
_MAX_BEFORE_CHARS = 100

_compiled: dict[str, re.Pattern[str]] = {}


def _regex(pattern: str) -> re.Pattern[str]:
    regex = _compiled.get(pattern)
    if regex is None:
        regex = _compiled[pattern] = re.compile(pattern)
    return regex


def find_secrets(text: str) -> list[SecretMatch]:
    """Every secret in ``text``, in order, without overlaps."""
    traces = scanners.Traces(text)
    matches = list(_prefixed(text)) if traces.prefixes() else []
    lowered = text.lower() if text.isascii() else text.replace("\u0130", "I").lower()  # as long
    starts = {
        "name": scanners.name_starts(lowered) if traces.names else [],
        "program": scanners.program_starts(text),
        "url": scanners.url_starts(text) if traces.urls else [],
    }
    for rule in _candidates(traces):
        matches += _searched(rule, text)
    for kind, places in starts.items():
        for rule in _PLACED[kind] if places else ():
            matches += _matched(rule, text, places)
    return _without_overlaps(matches) if matches else matches


def _candidates(traces: scanners.Traces) -> list[SecretRule]:
    present = traces.anchors(_ANCHORS)
    return [rule for rule in _SEARCHED if not present.isdisjoint(rule.anchors)]


def find_unfinished(text: str) -> list[SecretMatch]:
    """What may be the beginning of a secret at the very end of ``text``."""
    matches = [*_growing(text), *_begun(text, r"(?:%s)\Z")]
    return _without_overlaps(matches) if matches else matches


def find_growing(text: str) -> list[SecretMatch]:
    """What may be the beginning of a secret anywhere in ``text``, by where it stands."""
    return list(_begun(text, "%s"))


def find_short(text: str) -> list[SecretMatch]:
    """Tokens by their issuer's prefix that are too short to be whole: a few characters no word has."""
    return [match for start in scanners.short_prefix_starts(text) for match in _short(text, start)]


def _begun(text: str, how: str) -> Iterator[SecretMatch]:
    traces = scanners.Traces(text)
    named = _PLACED["name"] if traces.names else []
    addressed = _PLACED["url"] if traces.urls or "." in text else []
    for rule in [*_candidates(traces), *named, *addressed]:
        if rule.unfinished:
            regex = _regex(how % rule.unfinished)
            group = _group(regex)
            for match in regex.finditer(text):
                start, stop = match.span(group)
                first = _first(rule, text, start) if rule.before else start
                if first is not None and (
                    not rule.check_unfinished or rule.check_unfinished(match)
                ):
                    yield SecretMatch(first, stop, rule.name)


def _short(text: str, start: int) -> Iterator[SecretMatch]:
    if text[start - 1 : start].isalnum():
        return
    for prefix in _PREFIXES.get(text[start : start + 2], ()):
        if prefix.growing and text.startswith(prefix.text, start):
            match = _regex(prefix.growing).match(text, start)
            body = match[0].removeprefix(prefix.text) if match else ""
            if len(body) > issuers.SHOWN_CHARS and issuers.has_no_word(body):
                yield SecretMatch(start, start + len(prefix.text) + len(body), prefix.rule)


def _prefixed(text: str) -> Iterator[SecretMatch]:
    """Tokens that their issuer's prefix gives away."""
    stop = 0
    for start in scanners.prefix_starts(text):
        if start < stop or text[start - 1 : start].isalnum():
            continue
        for prefix in _PREFIXES.get(text[start : start + 2], ()):
            if text.startswith(prefix.text, start):
                match = _regex(prefix.pattern).match(text, start)
                if match and issuers.is_drawn(prefix, match):
                    stop = match.end()
                    yield SecretMatch(start, stop, prefix.rule)
                    break


def _growing(text: str) -> Iterator[SecretMatch]:
    for start in scanners.growing_prefix_starts(text):
        if text[start - 1 : start].isalnum():
            continue
        for prefix in _PREFIXES.get(text[start : start + 2], ()):
            if prefix.growing and text.startswith(prefix.text, start):
                match = _regex(prefix.growing).fullmatch(text, start)
                if match and issuers.gives_away(prefix, text[start + len(prefix.text) :]):
                    yield SecretMatch(start, len(text), prefix.rule)
                    break


def _searched(rule: SecretRule, text: str) -> Iterator[SecretMatch]:
    regex = _regex(rule.pattern)
    group = _group(regex)
    match = regex.search(text)
    while match:
        start, stop = match.span(group)
        first = _first(rule, text, start) if rule.before else start
        if first is not None and (rule.check is None or rule.check(match)):
            yield SecretMatch(first, stop, rule.name)
            match = regex.search(text, max(stop, match.start() + 1))
        else:  # what seemed to be a value may be the name of the next one
            match = regex.search(text, max(start if group else 0, match.start() + 1))


def _first(rule: SecretRule, text: str, start: int) -> int | None:
    """Where the secret begins of which a part was found at ``start``."""
    least = max(0, start - _MAX_BEFORE_CHARS)
    before = _regex(rf"(?:{rule.before})\Z").search(text[least:start])
    return before and least + before.start()


def _matched(rule: SecretRule, text: str, starts: list[int]) -> Iterator[SecretMatch]:
    at_place: Callable[[str, int], re.Match[str] | None] = _regex(rule.pattern).match
    stop = 0
    for start in starts:
        if start >= stop:
            match = at_place(text, start)
            if match and (rule.check is None or rule.check(match)):
                stop = match.end("v")
                yield SecretMatch(match.start("v"), stop, rule.name)


def _group(regex: re.Pattern[str]) -> str | int:
    return "v" if "v" in regex.groupindex else 0


def _without_overlaps(matches: list[SecretMatch]) -> list[SecretMatch]:
    """In order; overlapping matches become one, named by the first of their rules."""
    merged: list[SecretMatch] = []
    for match in sorted(set(matches), key=lambda m: (m.start, -m.stop, _RANK[m.rule])):
        if merged and match.start < merged[-1].stop:
            last = merged[-1]
            name = min(last.rule, match.rule, key=_RANK.__getitem__)
            merged[-1] = SecretMatch(last.start, max(last.stop, match.stop), name)
        else:
            merged.append(match)
    return merged
