"""Masking secrets in what describes a recording: its command line and environment.

Here the name alone is enough: ``--token x`` hides ``x`` whatever it looks like. A mask hides the
length, too. Nothing is compiled before it is needed, because `record` starts with this.
"""

from __future__ import annotations

from agentrec.redact.own.active import own_rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

MASK = "***"

_SENSITIVE_WORDS = (
    r"(?:[A-Za-z0-9]+[_-])*"
    r"(?:api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|key[_-]?id|auth[_-]?key|apikey"
    r"|token|secret|passwd|password|passphrase|pass|pwd|credentials?|auth|cookie|session[_-]?id)"
    r"(?:[_-][A-Za-z0-9]+)*"
)
# The current directory and the one before, not passwords.
_DIRECTORIES = frozenset({"PWD", "OLDPWD"})
# Last words of names that are only about a secret: `--auth-type openai`, DB_PASSWORD_FILE.
_ABOUT = frozenset(
    {"type", "mode", "method", "provider", "file", "path", "dir", "url", "sock", "store", "helper"}
)
_NOT_ABOUT = "".join(f"(?<![_-]{word})" for word in sorted(_ABOUT))
_ASSIGNED = rf"(?<![\w-])((?:--?)?{_SENSITIVE_WORDS}{_NOT_ABOUT}\s*[=:]\s*)(?!\s)[^\s,;&]+"
_HINTS = ("key", "token", "secret", "pass", "pwd", "credential", "auth", "cookie", "session")
# Shorter texts cannot be secrets unless they assign something.
_MIN_SECRET_CHARS = 8
# Words this short, of nothing but these characters, hold no secret: `make test`, `xterm-256color`.
_MAX_PLAIN_CHARS = 14
_PLAIN_CHARS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_- ")
# Rules that need other words of a command.
_BY_PLACE = frozenset({"command-option", "cookie", "netrc"})
# Options that take USER:PASSWORD: curl -u.
_USER_FLAGS = frozenset({"-u", "--user", "--proxy-user", "-U"})


def mask_text(text: str) -> str:
    """``text`` with everything masked that looks like a secret, or is the value of a name like "token"."""
    short = len(text) < _MIN_SECRET_CHARS and ":" not in text and "=" not in text
    if (short or _is_plain(text)) and not own_rules():
        return text
    from agentrec.redact.secret_rules import find_secrets

    for start, stop, _rule in reversed(find_secrets(text)):
        text = text[:start] + MASK + text[stop:]
    if not _has_hint(text):
        return text
    return _regex(_ASSIGNED).sub(rf"\1{MASK}", text)


def mask_value(name: str, value: str) -> str:
    """The value of a variable or setting: masked as a whole when its name is like "token"."""
    own = own_rules()
    is_secret = value and (_names_secret(name) or (own and own.rule_for(name, value)))
    return MASK if is_secret else mask_text(value)


def mask_command(command: list[str]) -> list[str]:
    """A command line with secrets masked, one entry for each of ``command``."""
    return _mask_options(_mask_together(command))


def _mask_together(command: list[str]) -> list[str]:
    """Masks what only the words around it give away: ``mysql -pX``, ``sshpass -p X``."""
    text = " ".join(command)
    short = len(text) < _MIN_SECRET_CHARS or _is_plain(text)
    if len(command) < 2 or (short and not own_rules()):
        return command
    from agentrec.redact.secret_rules import find_secrets

    own = own_rules()
    stars = list(text)
    for start, stop, rule in find_secrets(text):
        if rule in _BY_PLACE or (own and own.is_loose(rule)):
            stars[start:stop] = ["\0"] * (stop - start)
    masked, at = [], 0
    for word in command:
        masked.append(_collapsed("".join(stars[at : at + len(word)])))
        at += len(word) + 1
    return masked


def _is_plain(text: str) -> bool:
    """Whether ``text`` is so plain that the rules, which take a while to load, would find nothing in it."""
    if not _PLAIN_CHARS.issuperset(text.encode(errors="replace")) or _has_hint(text):
        return False
    words = text.split(" ")
    if any(len(word) > _MAX_PLAIN_CHARS for word in words):
        return False
    # Among several words one may be an option or the name of a scheme, and the next one the secret.
    return len(words) == 1 or all(word[:1].isalpha() and _is_lower(word) for word in words)


def _is_lower(word: str) -> bool:
    return word.islower() and not any(char.isdigit() for char in word)


def _collapsed(word: str) -> str:
    """``word`` with a mask instead of each run of masked characters."""
    while "\0\0" in word:
        word = word.replace("\0\0", "\0")
    return word.replace("\0", MASK)


def _mask_options(command: list[str]) -> list[str]:
    masked = []
    hide_next = False
    for index, word in enumerate(command):
        if index and hide_next and not word.startswith("-"):
            masked.append(MASK)
        elif index and command[index - 1] in _USER_FLAGS and ":" in word:
            masked.append(word.partition(":")[0] + ":" + MASK)
        else:
            masked.append(_mask_word(word))
        hide_next = word.startswith("-") and _names_secret(word.lstrip("-"))
    return masked


def _mask_word(word: str) -> str:
    name, equals, value = word.partition("=")
    if equals and mask_value(name.lstrip("-"), value) == MASK:  # also values with spaces in them
        return f"{name}={MASK}"
    return mask_text(word)


def _names_secret(name: str) -> bool:
    if name in _DIRECTORIES or not _has_hint(name):
        return False
    about = name.lower().replace("-", "_").rpartition("_")[2] in _ABOUT
    return not about and _regex(_SENSITIVE_WORDS).fullmatch(name) is not None


def _has_hint(text: str) -> bool:
    lowered = text.lower()
    return any(hint in lowered for hint in _HINTS)


def _regex(pattern: str) -> re.Pattern[str]:
    import re

    return re.compile(pattern, re.IGNORECASE)  # `re` caches it
