"""Secrets in HTTP: headers, cookies, query parameters, passwords in URLs, addresses that are secrets."""

from __future__ import annotations

import re

from agentrec.redact.rules.plausibility import is_code, is_placeholder, is_token
from agentrec.redact.rules.randomness import is_random, is_uuid
from agentrec.redact.rules.secret_names import PASSWORD, WEAK, kind_of
from agentrec.redact.rules.secret_rule import secret_rule

_SCHEMES = (
    "basic|bearer|token|digest|negotiate|ntlm|api-?key|key|dpop|hawk|hmac|mac|oauth|geniekey|splunk|bot|sso-key"
    "|aws4-hmac-sha256|klaviyo-api-key|zoho-oauthtoken|apitoken|api-token|snowflake|sharedkey(?:lite)?|jwt|private-token"
)
_HEADER = r"authorization[\"']?\]?\s{0,2}(?:[:=]|,(?=\s?[\"'])|=>)\s{0,2}[\"'`]?"
# Parameters of signed URLs and of callbacks, beside those whose names promise a secret anyway.
_PARAMETERS = frozenset(
    [
        "sig",
        "sign",
        "signature",
        "hmac",
        "x-amz-signature",
        "x-amz-security-token",
        "x-amz-credential",
        "x-goog-signature",
        "code",
        "ticket",
        "key",
        "auth",
        "sid",
        "session",
        "otp",
        "hash",
        "jwt",
        "policy",
        "hdnts",
        "hdnea",
        "st",
        "se",
        "sv",
        "state",
        "assertion",
        "samlresponse",
        "oauth_verifier",
        "appid",
        "x-plex-token",
    ]
)
_UNCHECKED = frozenset(["x-amz-signature", "x-amz-security-token", "x-goog-signature"])


def _is_credential(match: re.Match[str]) -> bool:
    """After an unknown scheme, or none: what looks random."""
    value = match["v"]
    if is_placeholder(value) or is_code(value):
        return False
    return is_token(value) or (len(value) >= 8 and any(map(str.isdigit, value)) and value.isalnum())


def _is_known_credential(match: re.Match[str]) -> bool:
    value = match["v"]
    if is_placeholder(value):
        return False
    return bool(re.search(r"[0-9=]|[a-z][A-Z]", value)) or len(value) >= 24


def _is_cookie(match: re.Match[str]) -> bool:
    if match.string[max(0, match.start() - 4) : match.start()].lower() == "set-":
        return False
    return _is_set_cookie(match)


def _is_set_cookie(match: re.Match[str]) -> bool:
    for part in match["v"].split(";"):
        name, equals, value = part.strip().partition("=")
        value = value.strip("\"' ")
        if equals and _is_cookie_value(name, value):
            return True
    return False


def _is_cookie_value(name: str, value: str) -> bool:
    if is_placeholder(value) or len(value) < 8:
        return False
    return is_token(value) or (bool(kind_of(name)) and any(map(str.isdigit, value)))


def _is_parameter(match: re.Match[str]) -> bool:
    name, value = match["n"].lower(), match["v"]
    if is_placeholder(value):
        return False
    if name in _UNCHECKED:
        return True
    kind = kind_of(match["n"])
    if is_code(value) or "=" in value.rstrip("="):
        return False
    if kind == PASSWORD:
        return True
    if kind and kind != WEAK:
        return len(value) >= 8 and any(map(str.isdigit, value))
    return (name in _PARAMETERS or kind == WEAK) and is_token(value)


def _is_address(match: re.Match[str]) -> bool:
    """An address that whoever has it may post to: some part of it is random."""
    return any(
        is_uuid(part) or is_random(part) or (len(part) >= 16 and is_token(part))
        for part in re.split(r"[/@?&=]", match["v"])
    )


def _is_user_token(match: re.Match[str]) -> bool:
    return is_token(match["v"]) and not is_placeholder(match["v"])


RULES = (
    secret_rule(
        "authorization-header",
        "bearer auth",
        # A blank where a line was wrapped may be lost.
        r"(?i:\bbearer(?:\s+(?=\S*[0-9])|(?=[a-z._~+/=-]*[0-9][^\s\"']{20}))"
        rf"|{_HEADER}(?:basic|token|bearer)\s*)"
        r"(?P<v>[A-Za-z0-9._~+/=-]{8,})",
        rf"(?i:{_HEADER}(?:basic|token|bearer)\s)(?P<v>[^\s\"']+)",
        starts="named",
    ),
    secret_rule(
        "authorization-header",
        "bearer auth",
        rf"(?i:{_HEADER}(?:{_SCHEMES})[ \t]+)(?P<v>[^\s\"'`<>$][^\r\n\"'`<>]{{7,}})",
        rf"(?i:{_HEADER}(?:{_SCHEMES})[ \t]+)(?P<v>[^\s\"'`<>$][^\r\n\"'`<>]*)",
        _is_known_credential,
        starts="named",
    ),
    secret_rule(
        "authorization-header",
        "bearer auth",
        rf"(?i:{_HEADER})(?:[A-Za-z][\w-]{{1,30}}[ \t]+)?(?P<v>[^\s\"'`<>$(){{}}]{{8,}})",
        "",
        _is_credential,
        starts="named",
    ),
    # Digest and OAuth: response="...", oauth_signature="..."; AWS: Signature=...
    secret_rule(
        "authorization-header",
        "response= nonce= oauth_ -signature= credential=",
        r"(?i:(?<![\w-])(?:c?nonce|response|oauth_\w{3,20}|(?:x-amz-)?signature|credential|mac)=)\"?"
        r"(?P<v>[A-Za-z0-9%+/=._-]{16,})",
        check=_is_user_token,
    ),
    # X-JFrog-Art-Api: what looks random
    *(
        secret_rule(
            "header",
            "x-",
            rf"{first}-(?<![\w-].-)[A-Za-z][A-Za-z-]{{1,40}}(?<![Ii][Dd])[\"']?:"
            r" ?[\"']?(?P<v>[A-Za-z0-9+/=_.-]{20,400})(?![\w-])",
            check=lambda match: is_random(match["v"]) and "/" not in match["v"],
            word=rf"{first}\Z",
        )
        for first in "Xx"
    ),
    secret_rule(
        "cookie",
        "cookie",
        r"(?i:cookie[\"']?\s{0,2}[:=]\s{0,2}[\"']?)(?P<v>[A-Za-z_$][\w.$-]{0,60}=[^\r\n\"'`<>]{6,})",
        r"(?i:(?<![\w-])cookie: )(?P<v>[A-Za-z_$][\w.$-]{0,60}=[^\r\n\"'`<>;]+)",
        _is_cookie,
        starts="named",
    ),
    secret_rule(
        "cookie",
        "cookie",
        r"(?i:cookie[\"']?\s{0,2}[:=,]\s{0,2}[\"']?)(?P<v>[A-Za-z_$][\w.$-]{0,60}=[^\s;\"'`<>\\]{8,})",
        r"(?i:set-cookie: )(?P<v>[A-Za-z_$][\w.$-]{0,60}=[^\s\"'`<>;]+)",
        _is_set_cookie,
        starts="named",
    ),
    secret_rule(
        "cookie",
        "",
        r"(?:curl|wget|http|https|xh)[^\n|;&]{0,300}?[ \t]-(?:b|-cookie)[="
        r" ]{0,2}[\"']?(?P<v>[A-Za-z_$][\w.$-]{0,60}=[^\r\n\"'`<> ]{8,})",
        check=_is_cookie,
        starts="program",
    ),
    *(
        secret_rule(
            "url-parameter",
            sign,
            rf"\{sign}(?:amp;)?(?P<n>[A-Za-z][\w.-]{{0,40}})=(?P<v>[^\s&\"'<>#`\\(){{}}\[\];,|]{{6,}})",
            check=_is_parameter,
        )
        for sign in "?&;#"
    ),
    secret_rule(
        "url-password",
        "",
        r"://[^\s/@:\"'<>]{0,128}:(?P<v>(?![$<{*%])[^\s/@\"'<>]{1,256})@",
        r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/@:\"'<>]{0,128}:(?P<v>(?![$<{*%]|[0-9]{1,5}\Z)[^\s/@\"'<>]+)",
        lambda match: not is_placeholder(match["v"]) and not match["v"].startswith("&lt;"),
        starts="url",
    ),
    secret_rule(
        "url-password",
        "",
        r"://(?P<v>[A-Za-z0-9_-]{20,128})(?::x-oauth-basic|:)?@",
        check=_is_user_token,
        starts="url",
    ),
    secret_rule(
        "slack-webhook",
        "",
        r"://hooks\.slack\.com/(?:services|workflows|triggers)/(?P<v>[A-Za-z0-9/_-]{12,})",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<v>[A-Za-z0-9/_-]+)",
        starts="url",
    ),
    secret_rule(
        "discord-webhook",
        "",
        r"://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/(?P<v>[0-9]{8,}/[A-Za-z0-9_-]{16,})",
        r"discord(?:app)?\.com/api/webhooks/(?P<v>[0-9]+/[A-Za-z0-9_-]*)",
        starts="url",
    ),
    secret_rule(
        "webhook",
        "",
        r"://(?:[\w.-]{0,80}hook[\w.-]{0,80}/|[\w.-]{1,80}/(?:[^\s\"'<>]{0,80}/)?[\w-]{0,20}hooks?\w{0,4}/"
        r"|[\w.-]{0,60}infura\.io/|[\w.-]{0,60}alchemy(?:api)?\.(?:com|io)/|[\w.-]{0,60}quiknode\.pro/|events\.pagerduty\.com/"
        r"|hc-ping\.com/|maker\.ifttt\.com/)(?P<v>[^\s\"'<>`]{12,300})",
        check=_is_address,
        starts="url",
    ),
)
