"""What this package knows about an API: where a request's parts are, and what an answer says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from agentrec.json_values import JsonObject
from agentrec.recording.events.llm import Usage

# The model of a path such as /v1beta/models/NAME:generateContent.
MODEL_IN_PATH = re.compile(r"/models/([^/:?]+)")


class Said(NamedTuple):
    """One thing that a message says.

    ``kind`` is ``user``, ``assistant``, ``system``, ``thinking``, ``call`` or ``result``. ``id`` pairs a call
    with its result; ``name`` and ``arguments`` are a call's; ``failed`` is a result's.
    """

    kind: str
    text: str = ""
    id: str = ""
    name: str = ""
    arguments: object = None
    failed: bool = False


class Answer(NamedTuple):
    """What an answer's body says about the call. ``error`` is the API's own text."""

    id: str = ""
    model: str = ""
    usage: Usage | None = None
    stop_reason: str = ""
    error: str = ""
    variant: str = ""


class Api:
    """One API. The keys say where a request's body holds its messages, its system prompt and its tools."""

    name: ClassVar[str] = ""
    # Matches the path of a request for an answer.
    path: ClassVar[re.Pattern[str]] = re.compile(r"(?!)")
    messages: ClassVar[str] = "messages"
    system: ClassVar[str] = ""
    tools: ClassVar[str] = "tools"
    # Where an answer's body holds what the model said: a list.
    output: ClassVar[str] = ""

    def model(self, body: JsonObject, path: str) -> str:
        """Return the model that a request names."""
        found = MODEL_IN_PATH.search(path)
        named = body.get("model")
        return named if isinstance(named, str) else found[1] if found else ""

    def streams(self, body: JsonObject, path: str) -> bool:
        """Return whether a request asks for a stream."""
        return body.get("stream") is True or ":stream" in path

    def assemble(self, frames: Sequence[JsonObject]) -> tuple[JsonObject, bool]:
        """Return the body that a stream would have been in one piece, and whether the stream ended."""
        raise NotImplementedError

    def frames(self, body: JsonObject) -> list[tuple[str, JsonObject]]:
        """Return a stream that assembles to ``body``: the name of each event (or none) and its data."""
        raise NotImplementedError

    def answer(self, body: JsonObject) -> Answer:
        """Return what a whole body says about the call."""
        raise NotImplementedError

    def said(self, message: JsonObject) -> list[Said]:
        """Return what one message of a request, or one entry of ``output``, says."""
        raise NotImplementedError

    def outputs(self, body: JsonObject) -> list[object]:
        """Return what the model said in an answer's body, in parts that a later request may repeat."""
        value = body.get(self.output)
        return list(value) if isinstance(value, list) else []

    def with_output(self, outputs: list[object]) -> JsonObject:
        """Return the member of an answer's body that ``outputs`` were taken from."""
        return {self.output: outputs} if outputs else {}

    def user_message(self, text: str) -> JsonObject:
        """Return a message of the user as a request has it."""
        return {"role": "user", "content": text}

    def answer_messages(self, body: JsonObject) -> list[JsonObject]:
        """Return the answer as messages that ``said`` reads."""
        value = body.get(self.output)
        return [it for it in value if isinstance(it, dict)] if isinstance(value, list) else []


def error_text(body: JsonObject) -> str:
    """Return the text of an API's error object, or nothing."""
    error = body.get("error")
    if isinstance(error, dict):
        return str(error.get("message") or error.get("type") or "error")
    return error if isinstance(error, str) else ""


def content_text(content: object) -> str:
    """Return content as text: a string is itself, a list is the texts of its parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [_part_text(part) for part in parts]
    return "\n".join(text for text in texts if text)


def _part_text(part: object) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return ""
    text = part.get("text")
    return text if isinstance(text, str) else f"[{part.get('type', 'part')}]"
