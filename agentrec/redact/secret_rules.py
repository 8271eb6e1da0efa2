"""What a secret looks like: rules as data.

A :class:`SecretRule` is a regular expression, and anchors: lower-case strings of which each match contains
one. Looking for anchors first makes text without secrets cheap. What is masked is the group ``v``,
or the whole match when there is none. ``unfinished`` matches the beginning of a secret at the very
end of a text: what may become one while it is typed or streamed.

Shapes are from the issuers' documentation and from what secret scanners agree on. Lengths are lower
bounds, so that a secret is masked before its last character has arrived.
"""

from __future__ import annotations

import re
from collections import namedtuple

from agentrec.redact.plausibility import is_plausible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import NamedTuple

    class SecretMatch(NamedTuple):
        """A secret in a text: ``text[start:stop]``, and the name of the rule that says so."""

        start: int
        stop: int
        rule: str
else:
    # The recorder starts with this, and typing takes its time to load.
    SecretMatch = namedtuple("SecretMatch", ("start", "stop", "rule"))  # noqa: PYI024

_WORD = "[A-Za-z0-9_-]"
_ALNUM = "[A-Za-z0-9]"
_HEX = "[0-9a-f]"

# Tokens with a prefix of their issuer: rule, prefixes, alphabet of the rest, its least length.
PREFIXED = (
    ("anthropic-key", "sk-ant-", _WORD, 8),
    ("openai-key", "sk-proj- sk-svcacct- sk-admin- sk-None-", _WORD, 12),
    ("openrouter-key", "sk-or-v1-", _WORD, 12),
    ("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", _ALNUM, 12),
    ("github-fine-grained-token", "github_pat_", "[A-Za-z0-9_]", 12),
    ("gitlab-token", "glpat- gldt- glrt- glptt- glcbt- glsoat- glagent-", _WORD, 12),
    ("google-api-key", "AIza", _WORD, 26),
    ("google-oauth", "ya29. GOCSPX-", _WORD, 16),
    ("slack-token", "xoxb- xoxp- xoxa- xoxe- xoxr- xoxs- xoxc- xoxd- xapp-", "[A-Za-z0-9%-]", 10),
    ("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_ whsec_", _ALNUM, 12),
    ("npm-token", "npm_", _ALNUM, 20),
    ("pypi-token", "pypi-AgE", _WORD, 16),
    ("huggingface-token", "hf_ api_org_", _ALNUM, 20),
    ("sendgrid-key", "SG.", "[A-Za-z0-9_.-]", 36),
    ("age-key", "AGE-SECRET-KEY-1", "[A-Z0-9]", 12),
    ("vault-token", "hvs. hvb.", _WORD, 20),
    ("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", _HEX, 16),
    ("shopify-token", "shpat_ shpca_ shppa_ shpss_", "[0-9a-fA-F]", 16),
    ("linear-key", "lin_api_ lin_oauth_", _ALNUM, 16),
    ("groq-key", "gsk_", _ALNUM, 24),
    ("replicate-token", "r8_", _ALNUM, 24),
    ("perplexity-key", "pplx-", _ALNUM, 24),
    ("xai-key", "xai-", _ALNUM, 24),
    ("grafana-token", "glsa_ glc_", "[A-Za-z0-9_+/=]", 24),
    ("sentry-token", "sntrys_ sntryu_", "[A-Za-z0-9_+/=]", 24),
    ("docker-token", "dckr_pat_ dckr_oat_", _WORD, 16),
    ("databricks-token", "dapi", _HEX, 32),
    ("tailscale-key", "tskey-", _WORD, 16),
    ("netlify-token", "nfp_", _ALNUM, 24),
    ("notion-token", "ntn_ secret_", _ALNUM, 36),
    ("atlassian-token", "ATATT3", _WORD + "|=", 24),
    ("postman-key", "PMAK-", _WORD, 24),
    ("supabase-token", "sbp_", _HEX, 24),
    ("doppler-token", "dp.pt. dp.st.", "[A-Za-z0-9_.-]", 24),
)

# Names of secrets, for assignments: NAME=value, "name": "value", --name value.
_NAMES = (
    r"(?:api|access|secret|private|auth|account|signing|encryption|master|service|deploy|storage"
    r"|shared[_-]?access)[_-]?key|apikey|[a-z]*[_-]?token|(?:client|app|jwt|webhook|session)?[_-]?secret"
    r"|passwo?r?d|passphrase|passwd|pwd|credentials?"
)
_ASSIGNED = (
    r"(?<![A-Za-z0-9])(?P<n>(?:[A-Za-z0-9]+[_.-]){0,6}?"
    rf"(?:(?i:{_NAMES})(?i:_base|[_-]?v?[0-9]{{1,2}})?|[A-Z0-9]+_KEY))"
    r"(?P<s>[\"'`]?\s{0,2}(?:=>|:=|=|:)\s{0,2})(?P<q>\\?[\"'`]?)"
    r"(?P<v>%s[^\s\"'`,;&|<>(){}\[\]\\]{%s})"
)
_PEM = r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
_BASE64 = "[A-Za-z0-9+/]"

SecretRule = namedtuple("SecretRule", ("name", "anchors", "pattern", "unfinished", "check"))  # noqa: PYI024


def _prefixed(name: str, beginnings: str, alphabet: str, least: int) -> SecretRule:
    starts = beginnings.split()
    start = "|".join(map(re.escape, starts))
    left = r"(?<![A-Za-z0-9])"
    return SecretRule(
        name,
        tuple(text.lower() for text in starts),
        f"{left}(?:{start})(?:{alphabet}){{{least},}}",
        f"{left}(?:{start})(?:{alphabet})*",
        None,
    )


def _rule(
    name: str,
    anchors: str,
    pattern: str,
    unfinished: str = "",
    check: Callable[[re.Match[str]], bool] | None = None,
) -> SecretRule:
    return SecretRule(name, tuple(anchors.split()), pattern, unfinished, check)


RULES = (
    _rule(
        "private-key",
        "-----begin",
        # It never reads past another border: repeated beginnings would cost quadratic time.
        _PEM
        + r"(?:(?:[A-Za-z0-9+/=\\\s:,.]|-(?!----))*?-----END [A-Z0-9 ]*-----|[A-Za-z0-9+/=\\\s]*)",
    ),
    *[_prefixed(*entry) for entry in PREFIXED],
    _rule(
        "openai-key",
        "sk-",
        rf"(?<![A-Za-z0-9_-])sk-(?={_ALNUM}*[0-9]){_ALNUM}{{20,}}",
        rf"(?<![A-Za-z0-9_-])sk-{_ALNUM}*",
    ),
    _rule(
        "aws-access-key-id",
        "akia asia abia acca",
        r"(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,17}(?![A-Za-z0-9])",
        r"(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]*",
    ),
    _rule(
        "aws-secret-key",
        "secret",
        r"(?i:aws.{0,20}?secret|secret[_-]?access)[A-Za-z_ -]{0,16}[\"']?\s{0,2}[=:]\s{0,2}[\"']?"
        rf"(?P<v>(?:{_BASE64}|=){{30,}})",
    ),
    _rule("google-refresh-token", "1//0", rf"(?<![A-Za-z0-9/])1//0{_WORD}{{24,}}"),
    _rule(
        "azure-storage-key",
        "accountkey= accesskey= sig=",
        r"(?i:account|access)(?i:key)=(?P<v>(?:[A-Za-z0-9+/]|%2[BbFf]){20,}(?:=|%3[Dd]){0,2})",
        r"(?i:account|access)(?i:key)=(?P<v>[A-Za-z0-9+/]+)",
    ),
    _rule("azure-sas", "sig=", r"[?&;](?:amp;)?sig=(?P<v>[A-Za-z0-9%+/=]{20,})"),
    _rule(
        "azure-client-secret",
        "q~",
        r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{24,}",
        r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]*",
    ),
    _rule(
        "slack-webhook",
        "hooks.slack.com",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<v>[A-Za-z0-9/_-]{12,})",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<v>[A-Za-z0-9/_-]+)",
    ),
    _rule(
        "discord-webhook",
        "/api/webhooks/",
        r"discord(?:app)?\.com/api/webhooks/(?P<v>[0-9]{8,}/[A-Za-z0-9_-]{16,})",
    ),
    _rule(
        "telegram-token",
        ":aa",
        rf"(?<![A-Za-z0-9])[0-9]{{8,10}}:AA{_WORD}{{24,}}",
        rf"(?<![A-Za-z0-9])[0-9]{{8,10}}:AA{_WORD}*",
    ),
    _rule(
        "twilio-key",
        "sk",
        rf"(?<![A-Za-z0-9])SK{_HEX}{{32}}(?![A-Za-z0-9])",
        rf"(?<![A-Za-z0-9])SK{_HEX}{{6,}}",
    ),
    _rule(
        "mailgun-key",
        "key-",
        rf"(?<![A-Za-z0-9_-])key-{_HEX}{{32}}(?![A-Za-z0-9])",
        rf"(?<![A-Za-z0-9_-])key-{_HEX}{{6,}}",
    ),
    _rule(
        "jwt",
        "eyj",
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,3}",
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{4,}[A-Za-z0-9_.-]*",
    ),
    _rule(
        "authorization-header",
        "bearer authorization",
        # A blank where a line was wrapped may be lost.
        r"(?i:\bbearer(?:\s+(?=\S*[0-9])|(?=[a-z._~+/=-]*[0-9][^\s\"']{20}))"
        r"|\bauthorization[\"']?\s{0,2}[:=]\s{0,2}[\"']?(?:basic|token|bearer)\s*)"
        r"(?P<v>[A-Za-z0-9._~+/=-]{8,})",
        r"(?i:\bauthorization[\"']?\s{0,2}[:=]\s{0,2}[\"']?(?:basic|token|bearer)\s)(?P<v>[^\s\"']+)",
    ),
    _rule(
        "url-password",
        "://",
        r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/@:\"'<>]{0,128}:(?P<v>(?![$<{*%])[^\s/@\"'<>]{1,256})@",
        r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/@:\"'<>]{0,128}:(?P<v>(?![$<{*%]|[0-9]{1,5}\Z)[^\s/@\"'<>]+)",
    ),
    _rule(
        "connection-string",
        "password= pwd=",
        r"(?i:(?:server|host|data source|user id|uid|user|endpoint)\s{0,2}=[^\n;]{1,200};(?:[^\n;=]{1,40}"
        r"=[^\n;]{0,200};){0,8}?\s?(?:password|pwd)\s{0,2}=\s{0,2})(?P<v>(?![$<{*%])[^\s;\"']{3,})",
    ),
    _rule(
        "assignment",
        "key token secret passw pwd passphrase credential",
        _ASSIGNED % ("", "4,"),
        _ASSIGNED % ("(?![$%*~/.])", "1,"),
        is_plausible,
    ),
)

_compiled: dict[str, re.Pattern[str]] = {}


def _regex(pattern: str) -> re.Pattern[str]:
    regex = _compiled.get(pattern)
    if regex is None:
        regex = _compiled[pattern] = re.compile(pattern)
    return regex


def candidate_rules(text: str) -> list[SecretRule]:
    """The rules that may match in ``text`` or a part of it; quick for long texts."""
    lowered = text.lower()
    return [rule for rule in RULES if any(map(lowered.__contains__, rule.anchors))]


def find_secrets(text: str, rules: Iterable[SecretRule] | None = None) -> list[SecretMatch]:
    """Every secret in ``text``, in order, without overlaps. ``rules``: only by these."""
    matches: list[SecretMatch] = []
    for rule in candidate_rules(text) if rules is None else rules:
        matches += _matches(rule, _regex(rule.pattern), text, rule.check)
    return _without_overlaps(matches) if matches else matches


def find_unfinished(text: str) -> list[SecretMatch]:
    """What may be the beginning of a secret at the very end of ``text``."""
    matches: list[SecretMatch] = []
    for rule in candidate_rules(text):
        if rule.unfinished:
            matches += _matches(rule, _regex(rf"(?:{rule.unfinished})\Z"), text, None)
    return _without_overlaps(matches) if matches else matches


def _matches(
    rule: SecretRule,
    regex: re.Pattern[str],
    text: str,
    check: Callable[[re.Match[str]], bool] | None,
) -> Iterator[SecretMatch]:
    group: str | int = "v" if "v" in regex.groupindex else 0
    for match in regex.finditer(text):
        if check is None or check(match):
            yield SecretMatch(match.start(group), match.end(group), rule.name)


def _without_overlaps(matches: list[SecretMatch]) -> list[SecretMatch]:
    """In order; overlapping matches become one, named by the first of their rules."""
    rank = {rule.name: number for number, rule in reversed(list(enumerate(RULES)))}
    merged: list[SecretMatch] = []
    for match in sorted(set(matches), key=lambda m: (m.start, -m.stop, rank[m.rule])):
        if merged and match.start < merged[-1].stop:
            last = merged[-1]
            name = min(last.rule, match.rule, key=rank.__getitem__)
            merged[-1] = SecretMatch(last.start, max(last.stop, match.stop), name)
        else:
            merged.append(match)
    return merged
