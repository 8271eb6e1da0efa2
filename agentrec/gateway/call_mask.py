"""What of a call is never recorded: keys wherever they stand, and secrets as in other events."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

from agentrec.recording.events.llm import REPLAYED_HEADER
from agentrec.redact import MASK
from agentrec.redact.json_redaction import redact_json, redact_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.json_values import JsonObject

# Headers that are recorded; all others may hold anything.
SAFE_HEADERS = frozenset({
    "accept", "anthropic-beta", "anthropic-version", "content-encoding", "content-length",
    "content-type", "date", "openai-beta", "openai-model", "openai-processing-ms",
    "openai-version", "originator", "request-id", "retry-after", "server",
    "transfer-encoding", "upgrade", "user-agent", "version", "x-api-version", "x-app",
    "x-request-id", "x-should-retry", REPLAYED_HEADER,
})  # fmt: skip
_SAFE_BEGINNINGS = ("anthropic-ratelimit-", "x-ratelimit-", "x-stainless-")
SAFE_QUERY = frozenset({"alt", "api-version", "beta", "client_version", "stream"})
# Headers whose values are keys; of "Bearer KEY" the last word is.
_KEY_HEADERS = ("auth", "key", "token", "cookie", "secret", "credential", "signature")
_MIN_KEY_CHARS = 6
# What a model's server made for itself: an agent only sends it back.
_OPAQUE = frozenset({"signature", "thoughtSignature"})


class CallMask:
    """Masks what one recording keeps of its calls. It remembers every key that was sent.

    ``secrets``: also what looks like a secret, as in other events.
    """

    def __init__(self, *, secrets: bool = True) -> None:
        self._secrets = secrets
        self._keys: list[str] = []

    def learn(self, headers: Iterable[tuple[str, str]], target: str) -> bool:
        """Take note of the keys in a request's headers and query. Returns whether one is new."""
        known = len(self._keys)
        for name, value in headers:
            if name not in SAFE_HEADERS and any(word in name for word in _KEY_HEADERS):
                words = value.replace(";", " ").replace("=", " ").split()
                self._add(value, *(words if "cookie" in name else words[-1:]))
        for name, value in parse_qsl(target.partition("?")[2]):
            if name not in SAFE_QUERY:
                self._add(value)
        return len(self._keys) > known

    def _add(self, *values: str) -> None:
        for value in values:
            for form in (value, quote(value, safe="")):
                if len(form) >= _MIN_KEY_CHARS and form not in self._keys:
                    self._keys.append(form)
        self._keys.sort(key=len, reverse=True)

    def text(self, text: str) -> str:
        """Return ``text`` without keys and secrets."""
        for key in self._keys:
            text = text.replace(key, MASK)
        return redact_text(text, {}) if self._secrets else text

    def value(self, value: object) -> object:
        """Return JSON without keys and secrets."""
        value = self._without_keys(value)
        return redact_json(value)[0] if self._secrets else value

    def _without_keys(self, value: object) -> object:
        if isinstance(value, str):
            for key in self._keys:
                value = value.replace(key, MASK)
            return value
        if isinstance(value, dict):
            return {
                str(self._without_keys(name)): self._without_keys(inner)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._without_keys(inner) for inner in value]
        return value

    def headers(self, headers: Iterable[tuple[str, str]]) -> JsonObject:
        """Return the headers that may be recorded."""
        return {name: self.text(value) for name, value in headers if _is_safe(name)}

    def target(self, target: str) -> str:
        """Return a path with its query; values of the query are masked unless they are known to be safe."""
        path, mark, query = target.partition("?")
        parts = [_query_part(part) for part in query.split("&") if part]
        return self.text(path) + mark + self.text("&".join(parts))


def is_altered(before: object, after: object) -> bool:
    """Return whether masking changed something in JSON that means something to an agent."""
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        names = before.keys() - _OPAQUE
        return any(is_altered(before[name], after[name]) for name in names)
    if isinstance(before, list) and isinstance(after, list):
        return any(map(is_altered, before, after))
    return before != after


def _is_safe(name: str) -> bool:
    return name in SAFE_HEADERS or name.startswith(_SAFE_BEGINNINGS)


def _query_part(part: str) -> str:
    name, mark, _value = part.partition("=")
    return part if not mark or unquote(name) in SAFE_QUERY else f"{name}={MASK}"
