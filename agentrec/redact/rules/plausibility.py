"""Whether the value of a name like "password" is a secret, or else code, a path, a placeholder."""

from __future__ import annotations

import re

from agentrec.redact.rules.randomness import is_jumbled, is_random
from agentrec.redact.rules.secret_names import PASSWORD, TOKEN, kind_of

# `re` compiles these when they are first used: the recorder starts with this module.
_PLACEHOLDER = (
    r"(?i)[$%<{*]|\\?[\"'`]|.{0,3}\.\.\.|.{0,40}(?:x{4}|\*{3}|%s|%\()|\s|--\w|(?:my|your|the|some"
    r"|any|a|new|old|test|invalid|wrong|bad)?[_ -]?"
    r"(?:your|example|placeholder|redacted|changeme|change_me|change-me|insert|replace|dummy|fake|sample|todo)|(?:foo|bar|baz|qux)+\Z"
    r"|(?:none|null|nil|true|false|undefined|required|optional|string|str|bytes|int|number|boolean|bool|yes|no"
    r"|any|text|hidden|invalid|missing|expired|empty|unset|default|prompt|auto|object|function|unknown|ok|include|omit|same-origin|echo|never|always|inherit"
    r"|(?:my|your|the|some|a|new|old|test|user|db|api|auth|access)?[_-]?(?:password|passwd|passphrase|pass|pwd|token"
    r"|secret|secrets|key|apikey|api_key|api-key|credentials?))\Z"
)
_PATH = r"(?:~|\.{1,2})/|/(?:[\w.@-]{1,30}/|[a-z._-]+\Z)|[A-Za-z]:\\|https?:|file:|arn:|projects/|@[a-z]"
_DOTTED = (
    r"[A-Za-z_$][\w$]*(?:\??(?:\.|::|->)#?[A-Za-z_$][\w$]*)+\Z"  # settings.token, process.env.X
)
_IDENTIFIER = (
    r"[A-Za-z_$][a-z]*(?:_[a-z]+|[A-Z]+[a-z]+)*_?\Z|[A-Z]+(?:[_-][A-Z]+)*\Z|[a-z]+(?:-[a-z]+)*\Z"
)
_FILE = (
    r"[\w.-]+\.(?:py|js|ts|tsx|jsx|go|rs|c|h|json|ya?ml|toml|txt|md|pem|key|crt|log|sh|env|html"
    r"|css|svg|png)\Z"
)
# ROCKET_LAUNCHER_0001
_CONSTANT = r"[A-Z]{2,}[0-9]{0,2}(?:_(?:[A-Z]{2,}[0-9]{0,2}|[0-9]{1,4}))+\Z"
_SNAKE = r"[a-z]+(?:_[a-z0-9]+)+\Z"
# Also versions.
_NUMBER = r"0[xX][0-9a-fA-F]+\Z|[~^<>= ]{0,3}[\d.,:%+-]{1,8}\Z|[~^]?\d+\.\d+\.\d+"
_CALL = r"[A-Za-z_$][\w$.]*[\[(=]"
# How public keys begin: SPKI, X.509, SSH.
_PUBLIC_KEY = r"MFkw|MII|MIG|MCow|AAAA|ssh-"
_RANDOM_ALPHABET = r"[A-Za-z0-9+/=_.~:|%@!$#^*&-]+"


def is_plausible(match: re.Match[str]) -> bool:
    """For a match with the groups ``s`` separator, ``q`` opening quote, ``v`` value, and a name before."""
    name = name_before(match)
    return is_plausible_value(
        name,
        match["v"],
        quoted=bool(match["q"]),
        sure=name.isupper()
        and (match["s"] == "=" or (match["s"] == ": " and "_" in name and _ends_line(match))),
    )


def _ends_line(match: re.Match[str]) -> bool:
    """Whether no words follow: NAME_PSK: the key exchange."""
    after = match.string[match.end("v") :][:100].partition("\n")[0].strip(" \t\r\"'`,;")
    return not after or after.startswith("#")


def name_before(match: re.Match[str]) -> str:
    """The whole name of which the group ``n`` is the last part."""
    start, text = match.start("n"), match.string
    least = max(0, start - 60)
    while start > least and (text[start - 1].isalnum() or text[start - 1] in "_-."):
        start -= 1
    return text[start : match.end("n")].lstrip("-._")


def is_plausible_value(name: str, value: str, *, quoted: bool = True, sure: bool = False) -> bool:
    """Whether ``value`` of ``name`` is a secret. ``sure``: as in an environment file."""
    kind = kind_of(name)
    if not kind or not value or is_placeholder(value) or _is_prose(value):
        return False
    if kind == PASSWORD:
        return _is_password(value, quoted=quoted, sure=sure)
    if kind == TOKEN:
        return not is_code(value) and is_token(value)
    return is_random(value) and not re.match(_PUBLIC_KEY, value)


def is_placeholder(value: str) -> bool:
    """What stands for a secret: a variable, a type, a word like "example"; a path."""
    if re.match(_PATH, value):
        return not (is_random(value) and value.count("/") < 4)
    return re.match(_PLACEHOLDER, value) is not None


def _is_password(value: str, *, quoted: bool, sure: bool) -> bool:
    if re.match(_NUMBER, value):
        return False
    if sure:
        return True
    if value.isalpha():
        if value == value.lower():
            return quoted and len(value) >= 5
        return not is_code(value) or (len(value) >= 8 and is_jumbled(value))
    if quoted:
        return not is_code(value)
    if len(value) < 6 or is_code(value) or re.match(_SNAKE, value):
        return False
    return not value.isdigit()


def _is_prose(value: str) -> bool:
    """Words with blanks between them, or of a script without blanks."""
    foreign = not value.isascii() and any(char >= "\u2e80" for char in value)
    return foreign or " " in value.strip() or value.rstrip().endswith(":")


def is_code(value: str) -> bool:
    if re.match(_CALL, value) and not re.fullmatch(r"[\w$.]+={1,2}", value):
        return "." in value or not any(map(str.isdigit, value.split("=", maxsplit=1)[0]))
    return bool(re.match(_DOTTED, value) or re.match(_IDENTIFIER, value) or re.match(_FILE, value))


def is_token(value: str) -> bool:
    """Long, mixed and varied enough to be random."""
    if len(value) < 12 or len(set(value)) < 7 or not re.fullmatch(_RANDOM_ALPHABET, value):
        return False
    if re.match(_CONSTANT, value):
        return False
    digits = sum(map(str.isdigit, value))
    letters = sum(map(str.isalpha, value))
    if digits and letters and letters + digits >= len(value) * 3 // 4:
        return True
    return (
        len(value) >= 16 and value != value.lower() and value != value.upper() and is_jumbled(value)
    )


def is_strong(value: str) -> bool:
    """A password that is not a word with a number in it."""
    digits, lower = any(map(str.isdigit, value)), value != value.upper()
    return is_token(value) or (digits and lower and re.search(r"[^a-z0-9_.-]", value) is not None)
