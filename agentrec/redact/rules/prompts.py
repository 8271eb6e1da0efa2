"""Secrets that people are asked for or told in plain words: ``Your API key: x``, ``the password is x``."""

from __future__ import annotations

import re

from agentrec.redact.rules.plausibility import is_code, is_placeholder, is_plausible_value, is_token
from agentrec.redact.rules.randomness import is_random
from agentrec.redact.rules.secret_names import PASSWORD, WEAK, kind_of
from agentrec.redact.rules.secret_rule import secret_rule

_NOUN = r"(?P<n>(?i:key|token|secret|password|passphrase|passcode|credential)s?)"
# [None], [****************ABCD], (will not be echoed), for user, here
_ASIDE = (
    r"(?:[ ]{1,2}(?:\[[^\]\n]{0,40}\]|\([^)\n]{0,60}\)|(?:for|of|to|from|on|in"
    r"|here)(?:[ ][^\s:>?]{1,60}){0,4})){0,2}"
)
_ANSWER = r"(?P<q>[\"'`]?)(?P<v>[^\s\"'`]{6,512})"


def _is_answer(match: re.Match[str]) -> bool:
    kind, value = kind_of(_label(match)), match["v"].rstrip(".,;")
    if not kind or is_placeholder(value):
        return False
    if kind == PASSWORD:
        return (
            not is_code(value)
            and not re.match(r"\w+[\[(]", value)
            and not value.isalpha()
            and bool(re.search(r"[0-9!#%&*+?^~]", value))
            and not re.match(r"[\d.,:%/-]+\Z", value)
        )
    if kind == WEAK:
        return is_plausible_value(_label(match), value)
    return (
        is_token(value)
        and not is_code(value)
        and (not re.search(r"[/(\[.]", value) or is_random(value))
    )


def _label(match: re.Match[str]) -> str:
    """The words that end with what is asked for: ``AWS Secret Access Key``."""
    start, stop = match.span("n")
    words = re.search(
        r"(?:[A-Za-z0-9]{1,20}[ _-]){0,3}\Z", match.string[max(0, start - 64) : start]
    )
    return (words[0] if words else "") + match.string[start:stop]


RULES = (
    secret_rule(
        "prompt",
        "",
        rf"{_NOUN}{_ASIDE}[ ]?(?::|\?|>|\u203a|\u00bb)[ \t]{{1,4}}{_ANSWER}",
        rf"{_NOUN}{_ASIDE}[ ]?(?::|\?)[ ](?P<v>[^\s\"'`$<{{*(\[]\S*)",
        _is_answer,
        lambda match: kind_of(_label(match)) not in ("", WEAK),
        starts="assigned",
    ),
    secret_rule(
        "prompt",
        "",
        rf"{_NOUN}{_ASIDE}[ ](?:is|was|are|to|as|be)(?:[ ]now)?:?[ ]{{1,2}}{_ANSWER}",
        check=_is_answer,
        starts="assigned",
    ),
)
