"""Secrets in files of known formats: keys, .netrc, .pgpass, password hashes, vaults, connections."""

from __future__ import annotations

import re

from agentrec.redact.rules.plausibility import is_placeholder, is_token
from agentrec.redact.rules.randomness import is_random
from agentrec.redact.rules.secret_rule import secret_rule

_PEM = r"----[ -]BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?(?:-----| ----)"
_CRYPT = (
    r"\$(?:1|2[abxy]?|5|6|7|y|gy|md5|sha1|apr1|argon2(?:id?|d)|scrypt|pbkdf2(?:-sha\d+)?"
    r"|bcrypt-sha256)\$"
)


def _is_netrc(match: re.Match[str]) -> bool:
    """After a login, or alone on its line."""
    value, text = match["v"], match.string
    before = text[max(0, match.start() - 160) : match.start()]
    if is_placeholder(value):
        return False
    if re.search(r"(?<![\w-])(?:login|user|account)\s+[^\s,=:]{1,120}\s+\Z", before):
        return not value.isalpha()
    alone = not before.rpartition("\n")[2].strip() and text[match.end() : match.end() + 1] in (
        "",
        "\n",
    )
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return alone and mixed and len(value) >= 6


def _is_pgpass(match: re.Match[str]) -> bool:
    host = match.string[max(0, match.start() - 128) : match.start()].rpartition("\n")[2]
    return re.fullmatch(r"\s*(?:[\w.-]+|\*)", host) is not None and not is_placeholder(match["v"])


def _is_encoded_login(match: re.Match[str]) -> bool:
    """Base64 of user:password, or another random value."""
    import base64

    value = match["v"]
    try:
        login = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("ascii")
    except ValueError:
        return is_random(value) or (len(value) >= 24 and is_token(value))
    return ":" in login and login.isprintable()


def _is_private_key(match: re.Match[str]) -> bool:
    """Not the border alone, nor an example without a key."""
    body = re.sub(r"----[ -](?:BEGIN|END) [A-Z0-9 ]*-{4,5}|-----|\\+[nr]|[X\s.]", "", match[0])
    return len(body) >= (4 if "END " in match[0] else 16)


def _is_set(match: re.Match[str]) -> bool:
    value = match["v"].rstrip("),")
    return not is_placeholder(value) and not value.startswith(("self.", "None"))


def _is_sql_password(match: re.Match[str]) -> bool:
    """In lower case only in a statement about a user: prose has "identified by", too."""
    before = match.string[max(0, match.start() - 160) : match.start()]
    told = match[0][0] == "I" or re.search(r"(?i)\b(?:user|role|create|alter|grant)\b", before)
    return bool(told) and _is_set(match)


def _is_in_connection(match: re.Match[str]) -> bool:
    """After other fields of a connection string: Server=db;User Id=sa;, or host=db user=app."""
    before = match.string[max(0, match.start() - 300) : match.start()].rpartition("\n")[2]
    fields = (
        r"(?i)(?:server|host|data source|user id|uid|user|endpoint|dbname|port)\s{0,2}=[^"
        r";=,\s]{1,200}(?:;|[ ,]\w{0,20}=?)"
    )
    parted = ";" in before or "," in before or " " in before
    return parted and re.search(fields, before) is not None and _is_set(match)


def _is_psk(match: re.Match[str]) -> bool:
    return not is_placeholder(match["v"]) and not match["v"].isalpha()


RULES = (
    secret_rule(
        "private-key",
        "private",
        # It never reads past another border: repeated beginnings would cost quadratic time.
        _PEM
        + r"(?:(?:[A-Za-z0-9+/=\\\s:,.\"()@_;]|-(?!---))*?----[ -]END [A-Z0-9 ]*-{4,5}|[A-Za-z0-9+/=\\\s]*)",
        check=_is_private_key,
    ),
    secret_rule(
        "private-key",
        "private-lines:",
        r"Private-Lines: \d{1,3}\s+(?P<v>[A-Za-z0-9+/=\s]{40,}?)(?=Private-MAC|\Z)",
    ),
    secret_rule("private-key", "private-mac", r"Private-MAC: (?P<v>[0-9a-f]{32,})"),
    secret_rule(
        "private-key",
        "minisign signify",
        r"(?:minisign|signify)[^\n]{0,40}secret key[^\n]{0,40}\s+(?P<v>[A-Za-z0-9+/=]{40,})",
        word=r"(?i:minisign|signify)\Z",
    ),
    # The private numbers of a JSON web key.
    secret_rule(
        "private-key", '"d" "k"', r"\"(?:d|k|dp|dq|qi)\"\s?:\s?\"(?P<v>[A-Za-z0-9_-]{22,})\""
    ),
    secret_rule(
        "ansible-vault",
        "$ansible_vault",
        r"\$ANSIBLE_VAULT;[0-9.]+;[A-Z0-9]+[^\n]{0,40}\s+(?P<v>[0-9a-f\s]{40,})",
    ),
    secret_rule(
        "password-hash",
        "$",
        rf"{_CRYPT}(?:[A-Za-z0-9=,./+-]{{1,60}}\$){{0,4}}[A-Za-z0-9./+=-]{{13,}}",
        rf"{_CRYPT}[A-Za-z0-9$=,./+-]*",
    ),
    secret_rule(
        "password-hash",
        "{",
        r"\{(?:S?SHA(?:256|512)?|S?MD5|PBKDF2[\w-]*)\}(?P<v>[A-Za-z0-9+/=$.]{16,})",
    ),
    secret_rule(
        "password-hash",
        "scram-sha",
        r"SCRAM-SHA-(?:1|256)\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=:]+",
    ),
    secret_rule(
        "password-hash",
        ":::",
        r"(?m)^[\w.$-]{1,40}:\d+:(?P<v>[0-9A-Fa-f]{32}:[0-9A-Fa-f]{32}):::",
        word=r"[0A-Fa-f]{32}\Z",
    ),
    # .netrc, also a line a word
    secret_rule(
        "netrc",
        "pass",
        r"(?i:password|passwd)[ \t\n]{1,4}(?P<v>[^\s\"'$<{*]\S{2,200})",
        r"(?<![\w-])login \S{1,120} password (?P<v>[^\s\"'$<{*]\S*)",
        _is_netrc,
        starts="named",
    ),
    # .pgpass: host:port:database:user:password
    secret_rule(
        "pgpass",
        ":",
        r":(?:[0-9]{4,5}|\*):(?:[A-Za-z_][\w-]{0,60}|\*)"
        r":(?:[A-Za-z_][\w.@-]{0,60}|\*):(?P<v>[^\s:]\S{3,200})[ \t]*(?=\n|\Z)",
        check=_is_pgpass,
    ),
    # .docker/config.json, .npmrc
    secret_rule(
        "registry-auth",
        "auth",
        r"auth[\"']?\s?[=:]\s?[\"']?(?P<v>[A-Za-z0-9+/]{11,400}={0,2})(?![A-Za-z0-9+/=._-])",
        check=_is_encoded_login,
        starts="named",
    ),
    # kubeconfig and kubernetes secrets
    secret_rule(
        "kubernetes-secret",
        "client-key-data",
        r"client-key-data[\"']?:\s?[\"']?(?P<v>[A-Za-z0-9+/=]{16,})",
        r"client-key-data[\"']?:\s?[\"']?(?P<v>[A-Za-z0-9+/=]+)",
    ),
    secret_rule(
        "private-key",
        "ls0tls1crudj",
        r"LS0tLS1CRUdJTi(?=[A-Za-z0-9+/]{0,40}(?:UFJJVkFURS|QUklWQVRF|BSSVZBVE))[A-Za-z0-9+/=]{20,}",
    ),
    secret_rule(
        "connection-string",
        "pass pwd",
        r"(?i:password|pwd)\s{0,2}=\s{0,2}(?P<v>(?![$<{*%])[^\s;\"']{3,})",
        check=_is_in_connection,
        starts="named",
    ),
    secret_rule(
        "connection-string",
        "identified",
        r"(?:IDENTIFIED|identified)\s+(?:(?i:with)\s+\S+\s+)?(?:(?:BY|by)\s+(?:(?i:password|values)\s+)?[\"'`]|BY\s+)"
        r"(?P<v>(?![$<{*%:?@])[^\s\"'`;]{4,})",
        check=_is_sql_password,
    ),
    secret_rule(
        "wifi-key", "psk", r"psk\s?=\s?\"?(?P<v>[^\s\"]{8,63})\"?", check=_is_psk, starts="named"
    ),
)
