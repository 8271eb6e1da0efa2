"""The messages of a recording up to a point."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.events.agent import AgentMessage
from agentrec.recording.events.decode import decode
from agentrec.recording.events.llm import LlmCall
from agentrec.recording.markers import happened
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from agentrec.recording.reader import Recording
    from agentrec.sdk.read.run_frames import FrameIndex


class Message(NamedTuple):
    """A message: ``t`` in seconds, ``content`` a text, or what a model's API has as one."""

    role: str
    content: object
    t: float


def messages_until(recording: Recording, index: FrameIndex, until: int) -> list[Message]:
    """What was said up to ``until`` ns.

    That is what transcripts and ``record_message`` say. If there is nothing of that kind, it is what
    the last model call before was sent, and its answer.
    """
    said = [
        Message(message.role, message.text, happened(event) / NS_PER_SECOND)
        for event in recording.events(tracks=("agent",))
        if happened(event) <= until
        and isinstance(message := decode(event), AgentMessage)
        and not message.thinking
    ]
    return said or _last_call(recording, index, until)


def _last_call(recording: Recording, index: FrameIndex, until: int) -> list[Message]:
    seqs = [seq for seq, _, _ in index.prompts]
    calls = [event for event in recording.at(seqs) if happened(event) <= until]
    if not calls:
        return []
    last = calls[-1]
    run, number = next((run, number) for seq, run, number in index.prompts if seq == last.seq)
    t = happened(last) / NS_PER_SECOND
    messages = [
        Message(role, content, t) for role, content in _sent(index.stored(run, "prompt", number))
    ]
    call = decode(last)
    if isinstance(call, LlmCall) and call.response is not None:
        messages.append(Message("assistant", answer_text(call.response), t))
    return messages


def _sent(prompt: object) -> list[tuple[str, object]]:
    """The messages of a prompt: a text, a list of messages, or a request with one."""
    if isinstance(prompt, dict):
        system = prompt.get("system") or prompt.get("instructions")
        rest = _sent(prompt.get("messages") or prompt.get("input") or [])
        return ([("system", system)] if system else []) + rest
    if isinstance(prompt, list):
        return [
            (str(item.get("role", item.get("type", "user"))), item.get("content", item))
            if isinstance(item, dict)
            else ("user", item)
            for item in prompt
        ]
    return [("user", prompt)] if prompt else []


def answer_text(response: object) -> object:
    """The text of a model's answer, if it is one that an API gives; else the answer itself."""
    if isinstance(response, str):
        return response
    texts = list(_texts(response))
    return "".join(texts) if texts else response


def _texts(response: object) -> list[str]:
    if not isinstance(response, dict):
        return []
    found: list[str] = []
    for choice in _list(response.get("choices")):
        message = choice.get("message") if isinstance(choice, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        found += [content] if isinstance(content, str) else []
    for block in [*_list(response.get("content")), *_list(response.get("output"))]:
        if isinstance(block, dict):
            if isinstance(text := block.get("text"), str):
                found.append(text)
            found += _texts(block) if block.get("type") == "message" else []
    return found


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
