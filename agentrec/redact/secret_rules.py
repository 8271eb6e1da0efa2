"""Finding secrets in text, by the rules in :mod:`agentrec.redact.rules`.

Text without secrets is cheap: a rule is tried only if one of its anchors is in the text, and only where
it may match.
"""

from __future__ import annotations

import re

from agentrec.redact.own.active import own_rules
from agentrec.redact.rules import (
    assignments,
    command_secrets,
    file_secrets,
    http_secrets,
    issuers,
    prompts,
    scanners,
)
from agentrec.redact.rules.escapes import PlainText, without_escapes
from agentrec.redact.rules.name_places import NamePlaces
from agentrec.redact.rules.secret_rule import SecretMatch
from agentrec.redact.rules.vocabulary import Vocabulary

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

_SEARCHED = [rule for rule in RULES if not rule.starts]
# By where they can match.
_PLACED: dict[tuple[str, tuple[str, ...]], list[SecretRule]] = {}
for _rule in RULES:
    if _rule.starts:
        _PLACED.setdefault((_rule.starts, _rule.anchors), []).append(_rule)
_NAMES = tuple(dict.fromkeys(assignments.NAMES.split()))
# Of a secret, before the part that is looked for.
_MAX_BEFORE_CHARS = 100
# What is around the start of a match, and tells whether there is one.
_BEFORE_CHARS = 60
_AFTER_CHARS = 240
# Of a text, at whose end a token may be growing.
_MAX_GROWING_CHARS = 400
# Text that is searched before it is worth it to find out what texts have: more than a command line.
_COLD_CHARS = 4000

_compiled: dict[str, re.Pattern[str]] = {}
_vocabularies: list[Vocabulary] = []  # the one there is
_cold: list[int] = []  # lengths of the texts that were searched without it


def _regex(pattern: str) -> re.Pattern[str]:
    regex = _compiled.get(pattern)
    if regex is None:
        regex = _compiled[pattern] = re.compile(pattern)
    return regex


def find_secrets(text: str, path: str = "") -> list[SecretMatch]:
    """Every secret in ``text``, in order, without overlaps; ``path``: of the file it is in, if any.

    Colors hide nothing: a text may be what a program has printed.
    """
    if "\x1b[" in text:
        plain = PlainText(text)
        return [
            SecretMatch(plain.origin(hit.start), plain.origin(hit.stop - 1) + 1, hit.rule)
            for hit in _found(plain.text, path)
        ]
    return _found(text, path)


def _found(text: str, path: str) -> list[SecretMatch]:
    traces = _traces(text)
    lowered = text.lower() if text.isascii() else text.replace("\u0130", "I").lower()  # as long
    matches = list(_prefixed(text, traces))
    if escaped := without_escapes(text):
        matches += _prefixed(escaped, _traces(escaped))
    for rule in _candidates(lowered, traces):
        matches += _searched(rule, text)
    starts = _Starts(text, lowered, traces)
    for (kind, anchors), rules in _PLACED.items():
        if found := starts.of(kind, anchors):
            matches += _matched(rules, text, found)
    if own := own_rules():
        matches += own.find(text, lowered, path)
        matches = [hit for hit in matches if not own.allow.has(text[hit.start : hit.stop], path)]
    return _without_overlaps(matches) if matches else matches


class _Starts:
    """Where rules may match that cannot match anywhere else in a text."""

    def __init__(self, text: str, lowered: str, traces: scanners.Traces) -> None:
        names = [name for name in _NAMES if traces is None or name in traces]
        self._names = NamePlaces(text, lowered, names)
        self._programs = scanners.program_starts(text, traces)
        self._urls = scanners.url_starts(text)

    def of(self, kind: str, anchors: tuple[str, ...]) -> list[int]:
        if kind == "program":
            return self._programs
        return self._urls if kind == "url" else self._names.starts(kind, anchors)


def _traces(text: str) -> scanners.Traces:
    """What ``text`` may have; unknown while little is searched: what knows it costs time to build."""
    if not _vocabularies:
        _cold.append(len(text))
        if sum(_cold) < _COLD_CHARS:
            return None
        _vocabularies.append(
            Vocabulary(
                dict.fromkeys(
                    [*_NAMES, *(anchor for rule in _SEARCHED for anchor in rule.anchors)]
                ),
                scanners.beginnings(),
                dict.fromkeys(rule.word for rule in _SEARCHED if rule.word),
            )
        )
    return _vocabularies[0].traces(text)


def _candidates(lowered: str, traces: scanners.Traces) -> list[SecretRule]:
    if traces is None:
        return [rule for rule in _SEARCHED if any(map(lowered.__contains__, rule.anchors))]
    return [
        rule
        for rule in _SEARCHED
        if (not rule.word or rule.word in traces)
        and any(anchor in traces and _has(lowered, anchor) for anchor in rule.anchors)
    ]


def _has(lowered: str, anchor: str) -> bool:
    # Its traces tell of letters; a single sign is found faster.
    return anchor.isalpha() or (anchor[0] in lowered and anchor in lowered)


def find_unfinished(text: str) -> list[SecretMatch]:
    """What may be the beginning of a secret at the very end of ``text``."""
    matches = [*_growing(text), *_begun(text, r"(?:%s)\Z")]
    if own := own_rules():
        matches += own.growing(text, r"\Z")
    return _without_overlaps(matches) if matches else matches


def find_growing(text: str) -> list[SecretMatch]:
    """What may be the beginning of a secret anywhere in ``text``, by where it stands."""
    matches = list(_begun(text, "%s"))
    if own := own_rules():
        matches += own.growing(text)
    return matches


def find_short(text: str) -> list[SecretMatch]:
    """Tokens by their issuer's prefix that are too short to be whole: a few characters no word has."""
    found = scanners.prefixes_in(text, _traces(text), short=True)
    return [match for at, prefix in found if (match := _short(text, at, prefix))]


def _begun(text: str, how: str) -> Iterator[SecretMatch]:
    traces = _traces(text)
    rules = [rule for rule in RULES if rule.unfinished and _may_begin(rule, text, traces)]
    for rule in rules:
        regex = _regex(how % rule.unfinished)
        group = _group(regex)
        for match in regex.finditer(text):
            start, stop = match.span(group)
            first = _first(rule, text, start) if rule.before else start
            if first is not None and (not rule.check_unfinished or rule.check_unfinished(match)):
                yield SecretMatch(first, stop, rule.name)


def _may_begin(rule: SecretRule, text: str, traces: scanners.Traces) -> bool:
    if rule.starts == "url":
        return "." in text or "://" in text
    if traces is None:
        return True
    anchors = rule.anchors if rule.starts in ("", "named") else _NAMES
    return not traces.isdisjoint(anchors)


def _short(text: str, start: int, prefix: issuers.Prefix) -> SecretMatch | None:
    match = _regex(prefix.growing).match(text, start) if prefix.growing else None
    body = match[0].removeprefix(prefix.text) if match else ""
    if len(body) > issuers.SHOWN_CHARS and issuers.has_no_word(body):
        return SecretMatch(start, start + len(prefix.text) + len(body), prefix.rule)
    return None


def _prefixed(text: str, traces: scanners.Traces) -> Iterator[SecretMatch]:
    """Tokens that their issuer's prefix gives away."""
    stop = 0
    for start, prefix in scanners.prefixes_in(text, traces):
        match = _regex(prefix.pattern).match(text, start) if start >= stop else None
        if match and issuers.is_drawn(prefix, match):
            stop = match.end()
            yield SecretMatch(start, stop, prefix.rule)


def _growing(text: str) -> Iterator[SecretMatch]:
    least = max(0, len(text) - _MAX_GROWING_CHARS)
    traces = _traces(text[least:])
    for start, prefix in scanners.prefixes_in(text, traces, least, short=True):
        match = _regex(prefix.growing).fullmatch(text, start) if prefix.growing else None
        if match and issuers.gives_away(prefix, text[start + len(prefix.text) :]):
            yield SecretMatch(start, len(text), prefix.rule)


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


def _matched(rules: list[SecretRule], text: str, starts: list[int]) -> Iterator[SecretMatch]:
    """Matches at ``starts``. What stands around one that has none need not be searched again."""
    tries: list[Callable[[str, int], re.Match[str] | None]] = [
        _regex(r.pattern).match for r in rules
    ]
    stops = [0] * len(rules)
    harmless: set[tuple[str, str]] = set()
    for start in starts:
        around = text[max(0, start - _BEFORE_CHARS) : start], text[start : start + _AFTER_CHARS]
        if around in harmless:
            continue
        harmless.add(around)
        for number, rule in enumerate(rules):
            match = tries[number](text, start) if start >= stops[number] else None
            if match and (rule.check is None or rule.check(match)):
                stops[number] = match.end("v")
                yield SecretMatch(match.start("v"), stops[number], rule.name)
            if start < stops[number]:
                harmless.discard(around)


def _rank(rule: str) -> int:
    return _RANK.get(rule, -1)  # the user's own first


def _group(regex: re.Pattern[str]) -> str | int:
    return "v" if "v" in regex.groupindex else 0


def _without_overlaps(matches: list[SecretMatch]) -> list[SecretMatch]:
    """In order; overlapping matches become one, named by the first of their rules."""
    merged: list[SecretMatch] = []
    for match in sorted(set(matches), key=lambda m: (m.start, -m.stop, _rank(m.rule))):
        if merged and match.start < merged[-1].stop:
            last = merged[-1]
            name = min(last.rule, match.rule, key=_rank)
            merged[-1] = SecretMatch(last.start, max(last.stop, match.stop), name)
        else:
            merged.append(match)
    return merged
