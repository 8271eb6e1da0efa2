"""Whether the value of a name like "password" is a secret, or else code, a path, a placeholder."""

from __future__ import annotations

import re

# `re` compiles these when they are first used: the recorder starts with this module.
_PLACEHOLDER = (
    r"(?i)[$%<{*]|\.\.\.|x{3}|your|example|placeholder|redacted|changeme"
    r"|(?:none|null|nil|true|false|undefined|required|optional|string|str|bytes|int|number|boolean|bool"
    r"|any|text|hidden|invalid|missing|expired|empty|unset|default|prompt|password|token|secret)\Z"
)
_PATH = r"(?:~|\.{1,2})?/|[A-Za-z]:\\|https?:|file:"
_DOTTED = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z"  # settings.token, process.env.X
_IDENTIFIER = r"[A-Za-z_][a-z]*(?:_[a-z]+|[A-Z][a-z]+)*\Z"
_FILE = r"[\w.-]+\.(?:py|js|ts|go|rs|c|h|json|ya?ml|toml|txt|md|pem|key|crt|log|sh|env)\Z"
_CHOSEN_BY_PEOPLE = r"(?i)pass|pwd|credential"


def is_plausible(match: re.Match[str]) -> bool:
    """For a match with the groups ``n`` name, ``s`` separator, ``q`` opening quote, ``v`` value."""
    value, name = match["v"], match["n"]
    if re.match(_PLACEHOLDER, value) or re.match(_PATH, value):
        return False
    quoted = bool(match["q"])
    setting = name.isupper() and match["s"] == "="  # as in an environment file
    if re.search(_CHOSEN_BY_PEOPLE, name):
        return _is_password(value, sure=quoted or setting)
    return not _is_code(value) and _is_token(value)


def is_plausible_value(name: str, value: str) -> bool:
    """The same for a value in JSON under ``name``."""
    if not value or re.match(_PLACEHOLDER, value) or re.match(_PATH, value):
        return False
    return (
        _is_password(value, sure=True) if re.search(_CHOSEN_BY_PEOPLE, name) else _is_token(value)
    )


def _is_password(value: str, *, sure: bool) -> bool:
    if sure:
        return True
    if len(value) < 6 or _is_code(value):
        return False
    return not value.isalpha()


def _is_code(value: str) -> bool:
    return bool(re.match(_DOTTED, value) or re.match(_IDENTIFIER, value) or re.match(_FILE, value))


def _is_token(value: str) -> bool:
    """Long, mixed and varied enough to be random."""
    if len(value) < 12 or len(set(value)) < 7:
        return False
    digits = sum(map(str.isdigit, value))
    letters = sum(map(str.isalpha, value))
    if digits and letters and letters + digits >= len(value) * 3 // 4:
        return True
    return len(value) >= 20 and value != value.lower() and value != value.upper()
