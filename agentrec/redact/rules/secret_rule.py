"""What a rule is, and what it finds."""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from typing import NamedTuple

    Check = Callable[[re.Match[str]], bool]

    class SecretMatch(NamedTuple):
        """A secret in a text: ``text[start:stop]``, and the name of the rule that says so."""

        start: int
        stop: int
        rule: str

    class SecretRule(NamedTuple):
        """A pattern for secrets.

        ``anchors``: lower-case strings of which each match contains one. ``pattern``: what is masked is
        its group ``v``, or the whole match. ``unfinished``: the beginning of a secret at the very end of
        a text; empty if its beginning does not give it away. ``check``, ``check_unfinished``: whether a
        match is a secret. ``starts``: where alone a match can start: at names that are "assigned" to, an
        "option", "set" by a command, or "named" by one of the anchors; at a "program", at an "url", anywhere
        (""). ``before``: what must stand right before a match, and belongs to the secret. ``word``: what a
        run of letters and digits must begin with that each match needs, 0 for all digits.
        """

        name: str
        anchors: tuple[str, ...]
        pattern: str
        unfinished: str
        check: Check | None
        check_unfinished: Check | None
        starts: str
        before: str
        word: str
else:
    # The recorder starts with this, and typing takes its time to load.
    SecretMatch = namedtuple("SecretMatch", ("start", "stop", "rule"))  # noqa: PYI024
    SecretRule = namedtuple(  # noqa: PYI024
        "SecretRule",
        (
            "name",
            "anchors",
            "pattern",
            "unfinished",
            "check",
            "check_unfinished",
            "starts",
            "before",
            "word",
        ),
    )


def secret_rule(
    name: str,
    anchors: str,
    pattern: str,
    unfinished: str = "",
    check: Check | None = None,
    check_unfinished: Check | None = None,
    starts: str = "",
    before: str = "",
    word: str = "",
) -> SecretRule:
    """A rule; ``anchors`` are separated by blanks, and have none inside."""
    return SecretRule(
        name,
        tuple(anchors.split()),
        pattern,
        unfinished,
        check,
        check_unfinished,
        starts,
        before,
        word,
    )
