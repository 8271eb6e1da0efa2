"""Masking secrets in JSON: tool inputs and results, messages, labels."""

from __future__ import annotations

from agentrec.redact.command_line import MASK
from agentrec.redact.own.active import own_rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject

# Levels of nesting that are looked into; what is deeper is masked as a whole.
_MAX_DEPTH = 100
# No name of a secret is longer, and no secret shorter, in characters.
_MAX_NAME = 100
_MIN_SECRET = 8


# Names of members that say in which file the texts beside them are.
_PATH_NAMES = ("path", "file_path", "filePath", "filename", "notebook_path", "file")
# A model's server signs what the model thought, to know it when an agent sends it back; it opens nothing.
_THOUGHT_SIGNATURES = (("signature", "thinking"), ("thoughtSignature", "functionCall"))


def thought_signatures(value: object, depth: int = 0) -> Iterator[str]:
    """The signatures in ``value`` of what a model thought: an agent cannot go on without them."""
    if isinstance(value, list) and depth < _MAX_DEPTH:
        for item in value:
            yield from thought_signatures(item, depth + 1)
    elif isinstance(value, dict) and depth < _MAX_DEPTH:
        for name, of in _THOUGHT_SIGNATURES:
            if of in value and isinstance(signature := value.get(name), str) and signature:
                yield signature
        for item in value.values():
            yield from thought_signatures(item, depth + 1)


def redact_json(value: object) -> tuple[object, dict[str, int]]:
    """``value`` without its secrets, and how many were masked by each rule.

    ``value`` itself is left alone. The value of a name like "password" or "api_key" is masked when it
    looks like one; numbers never are.
    """
    mask = _JsonMask()
    return mask.value(value, 0), mask.counts


def redact_object(data: JsonObject) -> tuple[JsonObject, dict[str, int]]:
    """The same for a JSON object."""
    mask = _JsonMask()
    return mask.members(data, 0), mask.counts


def redact_event(
    data: JsonObject, links: dict[str, str]
) -> tuple[JsonObject, dict[str, str], dict[str, int]]:
    """An event's data and its ``links`` (span, parent, actor) without secrets, and how many were masked
    by each rule."""
    mask = _JsonMask()
    masked = mask.members(data, 0)
    return masked, {name: mask.text(link) for name, link in links.items()}, mask.counts


def redact_text(text: str, counts: dict[str, int]) -> str:
    """``text`` with every secret masked, and counted by rule in ``counts``."""
    from agentrec.redact.secret_rules import find_secrets

    for start, stop, rule in reversed(find_secrets(text)):
        text = text[:start] + MASK + text[stop:]
        counts[rule] = counts.get(rule, 0) + 1
    return text


def secrets_in(value: object) -> list[tuple[str, str]]:
    """Every secret in ``value``, as it is there, and its rule."""
    mask = _JsonMask()
    mask.value(value, 0)
    return mask.found


class _JsonMask:
    """Masks one value; ``counts`` has how many secrets were masked by each rule."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.found: list[tuple[str, str]] = []
        self._own = own_rules()
        self._path = ""  # of the file that is talked about

    def value(self, value: object, depth: int) -> object:
        """``value``, that many levels deep, without its secrets."""
        if isinstance(value, str):
            return self.text(value)
        if depth > _MAX_DEPTH:
            return MASK if isinstance(value, dict | list) else value
        if isinstance(value, dict):
            return self.members(value, depth)
        if isinstance(value, list | tuple):
            return [self.value(item, depth + 1) for item in value]
        return value

    def text(self, text: str) -> str:
        """Short ones are secrets by the user's own rules only."""
        if not self._own and len(text) < _MIN_SECRET:
            return text
        from agentrec.redact.secret_rules import find_secrets

        for start, stop, rule in reversed(find_secrets(text, self._path)):
            self._masked(rule, text[start:stop])
            text = text[:start] + MASK + text[stop:]
        return text

    def members(self, data: JsonObject, depth: int) -> JsonObject:
        """An object without secrets, in its names, too."""
        before = self._path
        self._path = self._path_in(data)
        masked = {
            self.text(name): value
            if any(name == of and beside in data for of, beside in _THOUGHT_SIGNATURES)
            else self._member(name, value, depth)
            for name, value in data.items()
        }
        self._path = before
        return masked

    def _path_in(self, data: JsonObject) -> str:
        if self._own and self._own.needs_path():
            for name in _PATH_NAMES:
                if isinstance(path := data.get(name), str) and path:
                    return path
        return self._path

    def _member(self, name: str, value: object, depth: int) -> object:
        if isinstance(value, str) and len(name) < _MAX_NAME and value != MASK:
            from agentrec.redact.rules.plausibility import is_plausible_value

            if own := self._own.rule_for(name, value, self._path) if self._own else "":
                return self._masked(own, value)
            allowed = self._own and self._own.allow.has(value, self._path)
            if not allowed and is_plausible_value(name, value):
                return self._masked("assignment", value)
        return self.value(value, depth + 1)

    def _masked(self, rule: str, secret: str) -> str:
        self.found.append((secret, rule))
        self.counts[rule] = self.counts.get(rule, 0) + 1
        return MASK
