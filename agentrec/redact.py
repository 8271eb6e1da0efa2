"""Masking secrets in what describes a recording: its command line and environment.

The recorded bytes themselves are exact and not touched here. A mask hides the length too.
"""

from __future__ import annotations

import re

MASK = "***"

# Shapes of tokens whose issuers chose them to be recognisable.
_TOKENS = re.compile(
    r"\bsk-[A-Za-z0-9_-]{8,}"  # OpenAI, Anthropic and those who copied them
    r"|\b[srp]k_(?:live|test)_[A-Za-z0-9]{8,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_[A-Za-z0-9_]{16,}"
    r"|\bglpat-[A-Za-z0-9_-]{12,}"
    r"|\bxox[a-z]-[A-Za-z0-9-]{8,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bAIza[A-Za-z0-9_-]{30,}"
    r"|\b(?:npm_|hf_|pypi-|dop_v1_|tskey-)[A-Za-z0-9_-]{12,}"
    r"|\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"  # JSON web token
    r"|AGE-SECRET-KEY-1[A-Z0-9]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)
_HEADER = re.compile(r"(\bauthorization\s*[:=]\s*(?:[\w-]+\s+)?)\S+", re.IGNORECASE)
_BEARER = re.compile(r"(\bbearer\s+)(?=\S*\d)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_USERINFO = re.compile(r"([a-z][a-z0-9+.-]*://[^\s/@:]*:)[^\s/@]+(?=@)", re.IGNORECASE)
_SECRETISH = (
    r"(?!(?:OLD)?PWD\b)"  # the working directory
    r"(?:[A-Za-z0-9]+[_-])*"
    r"(?:api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|key[_-]?id|auth[_-]?key|apikey"
    r"|token|secret|passwd|password|passphrase|pass|pwd|credentials?|auth|cookie|session[_-]?id)"
    r"(?:[_-][A-Za-z0-9]+)*"
)
_NAME = re.compile(_SECRETISH, re.IGNORECASE)
_ASSIGNED = re.compile(rf"(?<![\w-])((?:--?)?{_SECRETISH}\s*[=:]\s*)(?!\s)[^\s,;&]+", re.IGNORECASE)
_FLAG = re.compile(rf"--?{_SECRETISH}", re.IGNORECASE)
# Options that hold a secret without saying so in their name: curl -u, -H (handled as text).
_USER_FLAGS = frozenset({"-u", "--user", "--proxy-user", "-U"})


def mask_text(text: str) -> str:
    """``text`` with everything masked that looks like a secret."""
    text = _TOKENS.sub(MASK, text)
    text = _HEADER.sub(rf"\1{MASK}", text)
    text = _BEARER.sub(rf"\1{MASK}", text)
    text = _USERINFO.sub(rf"\1{MASK}", text)
    return _ASSIGNED.sub(rf"\1{MASK}", text)


def mask_value(name: str, value: str) -> str:
    """The value of a variable or setting: masked as a whole when its name promises a secret."""
    return MASK if value and _NAME.fullmatch(name) else mask_text(value)


def mask_command(command: list[str]) -> list[str]:
    """A command line with secrets masked, one entry for each of ``command``."""
    masked = []
    hide_next = False
    for index, word in enumerate(command):
        if index and hide_next and not word.startswith("-"):
            masked.append(MASK)
        elif index and command[index - 1] in _USER_FLAGS and ":" in word:
            masked.append(word.partition(":")[0] + ":" + MASK)
        else:
            masked.append(_mask_word(word))
        hide_next = bool(_FLAG.fullmatch(word))
    return masked


def _mask_word(word: str) -> str:
    name, equals, value = word.partition("=")
    if equals and value and _NAME.fullmatch(name.lstrip("-")):  # also values with spaces in them
        return f"{name}={MASK}"
    return mask_text(word)
