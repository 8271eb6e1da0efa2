"""Where rules may match: at programs with an option, at addresses, and at the prefixes of tokens.

What a text does not have is not looked for; its traces tell what it may have.
"""

from __future__ import annotations

import re

from agentrec.redact.rules.command_secrets import OPTIONS, PROGRAMS
from agentrec.redact.rules.issuers import PREFIXES, Prefix
from agentrec.redact.rules.name_places import places
from agentrec.redact.rules.vocabulary import Beginning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.redact.rules.vocabulary import Trace

    # Of a text; None if they are not known.
    Traces = frozenset[Trace] | None

# What follows a prefix without signs between it.
_LEAD = r"\[((?:\w-\w)+)\]\{(\d+)"
_KINDS = {"0-9": "digits", "0-9a-f": "hex"}
# Characters of a command line before an option.
_MAX_COMMAND_CHARS = 400


# By what a text must have: for a whole token, and for one that may be short. See :func:`beginnings`.
_Prefixes = dict[Beginning, list[tuple[int, Prefix]]]
_whole: _Prefixes = {}
_short: _Prefixes = {}
_PROGRAMS = frozenset(Beginning(f"{name} ") for name in PROGRAMS)


def beginnings() -> list[Beginning]:
    """All that may begin a token or a command; a text of known traces can be searched from then on."""
    if not _whole:
        for number, prefix in enumerate(PREFIXES):
            lead = re.match(_LEAD, prefix.body)
            kind, length = (
                (_KINDS.get(lead[1], "letters"), int(lead[2])) if lead else ("letters", 0)
            )
            _whole.setdefault(Beginning(prefix.text, kind, length), []).append((number, prefix))
            _short.setdefault(Beginning(prefix.text), []).append((number, prefix))
    return list(dict.fromkeys([*_whole, *_short, *_PROGRAMS]))


def program_starts(text: str, traces: Traces) -> list[int]:
    """Where a program is called with an option that may have a password."""
    programs = [program.text for program in (_PROGRAMS if traces is None else _PROGRAMS & traces)]
    found = {at for program in programs for at in places(program, text)}
    return sorted(at for at in found if _has_option(text, at))


def _has_option(text: str, start: int) -> bool:
    before = text[start - 1 : start]
    if before.isalnum() or before in ("_", "-"):
        return False
    limit = start + _MAX_COMMAND_CHARS
    stop = text.find("\n", start, limit)
    return re.compile(OPTIONS).search(text, start, stop if stop >= 0 else limit) is not None


def url_starts(text: str) -> list[int]:
    """Where an address goes on after its scheme."""
    return list(places("://", text))


def prefixes_in(
    text: str, traces: Traces, least: int = 0, *, short: bool = False
) -> list[tuple[int, Prefix]]:
    """Where a token may begin with its issuer's prefix, from ``least`` on, in order; also a ``short`` one."""
    found = [
        (at, number, prefix)
        for start, prefixes in _present(traces, short=short)
        for at in places(start, text, least)
        if not text[at - 1 : at].isalnum()
        for number, prefix in prefixes
    ]
    return [(at, prefix) for at, _, prefix in sorted(found)]


def _present(traces: Traces, *, short: bool) -> Iterator[tuple[str, list[tuple[int, Prefix]]]]:
    if traces is None:
        for numbered in enumerate(PREFIXES):
            yield numbered[1].text, [numbered]
    else:
        known = _short if short else _whole
        for trace in traces:  # they are fewer than all beginnings
            if isinstance(trace, Beginning) and trace in known:
                yield trace.text, known[trace]
