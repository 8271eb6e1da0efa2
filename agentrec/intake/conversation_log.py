"""What is new in the messages of a call: most were sent with the call before as well."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING

from agentrec.otel.span_messages import message_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.json_values import JsonObject

_ROLES = {"user": "user", "human": "user", "system": "system", "developer": "system"}
_ASSISTANT = ("assistant", "ai", "model")


class ConversationLog:
    """The messages of one agent so far.

    A message that a call was sent is new if it occurs in it more often than it was recorded: a
    conversation may be shortened, or begin again.
    """

    def __init__(self) -> None:
        self._recorded: Counter[bytes] = Counter()

    def sent(self, messages: Iterable[JsonObject]) -> Iterator[JsonObject]:
        """Data of ``agent/message`` events for what is new; results of tools have events of their own."""
        occurs: Counter[bytes] = Counter()
        for message in messages:
            role, words = _role(message), message_text(message)
            if not role or not words:
                continue
            key = _key(role, words)
            occurs[key] += 1
            if occurs[key] > self._recorded[key]:
                self._recorded[key] = occurs[key]
                yield {"role": role, "text": words}

    def answered(self, messages: Iterable[JsonObject]) -> Iterator[JsonObject]:
        """The same for what the model answered."""
        for message in messages:
            if thought := message_text(message, "reasoning"):
                yield {"role": "assistant", "text": thought, "thinking": True}
            if words := message_text(message):
                self._recorded[_key("assistant", words)] += 1
                yield {"role": "assistant", "text": words}


def _role(message: JsonObject) -> str:
    role = str(message.get("role", "")).lower()
    return "assistant" if role in _ASSISTANT else _ROLES.get(role, "")


def _key(role: str, words: str) -> bytes:
    return blake2b(f"{role} {words}".encode(errors="replace"), digest_size=16).digest()
