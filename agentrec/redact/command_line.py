"""Masking secrets in what describes a recording: its command line and environment.

Here a name that promises a secret is enough: ``--token x`` hides ``x`` whatever it looks like. A mask
hides the length too. Nothing is compiled before it is needed, because `record` starts with this.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

MASK = "***"

_SECRETISH = (
    r"(?:[A-Za-z0-9]+[_-])*"
    r"(?:api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|key[_-]?id|auth[_-]?key|apikey"
    r"|token|secret|passwd|password|passphrase|pass|pwd|credentials?|auth|cookie|session[_-]?id)"
    r"(?:[_-][A-Za-z0-9]+)*"
)
# Where one stands, and stood before.
_DIRECTORIES = frozenset({"PWD", "OLDPWD"})
# What a name ends with that only speaks about a secret: `--auth-type openai`, DB_PASSWORD_FILE.
_ABOUT = frozenset(
    {"type", "mode", "method", "provider", "file", "path", "dir", "url", "sock", "store", "helper"}
)
_NOT_ABOUT = "".join(f"(?<![_-]{word})" for word in sorted(_ABOUT))
_ASSIGNED = rf"(?<![\w-])((?:--?)?{_SECRETISH}{_NOT_ABOUT}\s*[=:]\s*)(?!\s)[^\s,;&]+"
_HINTS = ("key", "token", "secret", "pass", "pwd", "credential", "auth", "cookie", "session")
# Without one of these no rule can match: see the rules' anchors and shapes.
_SHORTEST = 8
# Options that hold a secret without saying so in their name: curl -u, -H (handled as text).
_USER_FLAGS = frozenset({"-u", "--user", "--proxy-user", "-U"})


def mask_text(text: str) -> str:
    """``text`` with everything masked that looks like a secret, or is assigned to a secret's name."""
    if len(text) < _SHORTEST and ":" not in text and "=" not in text:
        return text
    from agentrec.redact.secret_rules import find_secrets

    for start, stop, _rule in reversed(find_secrets(text)):
        text = text[:start] + MASK + text[stop:]
    if not _hints(text):
        return text
    return _regex(_ASSIGNED).sub(rf"\1{MASK}", text)


def mask_value(name: str, value: str) -> str:
    """The value of a variable or setting: masked as a whole when its name promises a secret."""
    return MASK if value and _promises(name) else mask_text(value)


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
        hide_next = word.startswith("-") and _promises(word.lstrip("-"))
    return masked


def _mask_word(word: str) -> str:
    name, equals, value = word.partition("=")
    if equals and value and _promises(name.lstrip("-")):  # also values with spaces in them
        return f"{name}={MASK}"
    return mask_text(word)


def _promises(name: str) -> bool:
    if name in _DIRECTORIES or not _hints(name):
        return False
    about = name.lower().replace("-", "_").rpartition("_")[2] in _ABOUT
    return not about and _regex(_SECRETISH).fullmatch(name) is not None


def _hints(text: str) -> bool:
    lowered = text.lower()
    return any(hint in lowered for hint in _HINTS)


def _regex(pattern: str) -> re.Pattern[str]:
    import re

    return re.compile(pattern, re.IGNORECASE)  # kept by re itself
