"""Finds the few of many JSON events that may hold a secret: a search costs as much for one text as for
many.

An event in which nothing can be a secret may pass as the bytes that it came as. The others go through
:func:`agentrec.redact.json_redaction.redact_event`, one by one, so that what is masked is the same.
"""

from __future__ import annotations

import json

from agentrec.redact.own.active import own_rules
from agentrec.redact.rules.secret_names import kind_of
from agentrec.redact.secret_rules import find_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agentrec.json_values import JsonObject

# Searched at once: a search holds up the program's other threads.
_SEARCHED_CHARS = 8 << 10
_MIN_SECRET_CHARS = 8
# Texts that had no secret and are not searched again: states repeat most of what is in them.
_MAX_CLEAN_TEXTS = 20_000
_MAX_CLEAN_CHARS = 400
_SEPARATOR = "\n\n"
_LINKS = ("span", "parent", "actor")

_clean: set[str] = set()
_harmless_names: set[str] = set()


def suspects(payloads: Sequence[bytes]) -> set[int]:
    """The numbers of those events that may hold a secret.

    They are records of JSON events: objects with ``data``, ``span`` ... Raises ValueError for others.
    """
    found: set[int] = set()
    texts: list[str] = []
    numbers: list[int] = []
    size = 0
    for number, payload in enumerate(payloads):
        event = _texts(json.loads(payload))
        if event is None:
            found.add(number)
            continue
        fresh = [text for text in event if text not in _clean]
        if fresh:
            texts += fresh
            numbers.append(number)
            size += sum(map(len, fresh))
        if size > _SEARCHED_CHARS:
            _search(texts, numbers, found)
            texts, numbers, size = [], [], 0
    _search(texts, numbers, found)
    return found


def _search(texts: list[str], numbers: list[int], found: set[int]) -> None:
    if not texts:
        return
    if find_secrets(_SEPARATOR.join(texts)):
        found.update(numbers)
        return
    if len(_clean) > _MAX_CLEAN_TEXTS:
        _clean.clear()
    _clean.update(text for text in texts if len(text) <= _MAX_CLEAN_CHARS)


def _texts(event: JsonObject) -> list[str] | None:
    """Every text that is long enough to be a secret; None if a name says that there may be one."""
    own = own_rules()
    found = [str(event[name]) for name in _LINKS if event.get(name) is not None]
    rest: list[object] = [event.get("data")]
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            if own or not (_harmless_names.issuperset(value) or _are_harmless(value)):
                return None
            found += value
            rest += value.values()
        elif isinstance(value, list):
            rest += value
    return [text for text in found if len(text) >= _MIN_SECRET_CHARS]


def _are_harmless(names: Iterable[str]) -> bool:
    """Whether none of these names is one of secrets."""
    fresh = [name for name in names if name not in _harmless_names]
    if any(map(kind_of, fresh)):
        return False
    if len(_harmless_names) > _MAX_CLEAN_TEXTS:
        _harmless_names.clear()
    _harmless_names.update(fresh)
    return True
