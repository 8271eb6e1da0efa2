"""The story of a run: what an adapter understands, as events of the one model.

Sans-IO: adapters call a method for each thing that happened, in order, and take the events.
Texts are bounded, tool calls are timed, the conversation is referenced at every point one can resume at.
"""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.report import pricing
from agentrec.report.pricing import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TEXT_LIMIT = 64 << 10  # characters of one text, or of all texts of one tool input
ITEMS = 50  # entries of an object or list that are kept when the limit is used up
DEPTH = 100  # levels of a tool input that are kept
KEY_LIMIT = 200  # characters of a name in a tool input
QUOTE_LIMIT = 2000  # characters of the last query and result in a conversation reference
USER = "user"


class Told(NamedTuple):
    """One event, before it has a number and a time; the fields are those of ``Event``."""

    track: str
    kind: str
    data: dict[str, Any]
    span: str | None = None
    parent: str | None = None
    actor: str | None = None


class Story:
    """Collects events; ``take`` empties it. ``agent`` is the name of the main agent's actor.

    ``begun`` says how the agent was started, and stands in every session: argv, home ...

    Times (``at``) are what the agent wrote: ISO 8601 strings, kept as they are. While ``silent`` is set,
    nothing is collected but everything is remembered: that is how history is read.
    """

    def __init__(self, agent: str, begun: Mapping[str, Any] | None = None) -> None:
        self.agent = agent
        self._begun = dict(begun or {})
        self.silent = False
        self._told: list[Told] = []
        self._turns: dict[str, int] = {}
        self._calls: dict[str, tuple[str, str | None]] = {}  # tool id -> who called it, and when
        self._exact: dict[str, float] = {}  # tool id -> ms, from who knows better
        self._tools: dict[str, None] = {}  # names in order of first use
        self._model = ""
        self._query = self._result = ""
        self._messages = 0
        self._odd = 0

    def take(self) -> list[Told]:
        """The events since the last time."""
        told, self._told = self._told, []
        return told

    def session(self, session_id: str, transcript: str, **more: Any) -> None:
        """The conversation is known. ``more``: version, cwd, model, system_prompt, resume ..."""
        if text := more.get("system_prompt"):
            more |= clipped("system_prompt", str(text))
        data = {"agent": self.agent, "session_id": session_id, "transcript": transcript}
        self._add("agent", "session", data | self._begun | _known(more))

    def message(
        self,
        role: str,
        text: str,
        *,
        at: str | None = None,
        id: str | None = None,  # noqa: A002 - the event's own word
        parent: str | None = None,
        actor: str | None = None,
        thinking: bool = False,
    ) -> None:
        """Somebody said something. ``role`` is user, assistant or system."""
        if not text:
            return
        who = actor or (USER if role == "user" else self.agent)
        data = {"role": role, **clipped("text", text), **_known({"id": id, "at": at})}
        if thinking:
            data["thinking"] = True
        self._add("agent", "message", data, parent=parent, actor=who)
        self._messages += not self.silent
        if role == "user":
            self._query = text
        elif role == "assistant" and not thinking and actor in (None, self.agent):
            self._result = text

    def turn(self, *, at: str | None, actor: str | None = None, span: str | None = None) -> int:
        """The model starts to answer: one iteration of the agent's loop. Returns its number, from 1."""
        who = actor or self.agent
        number = self._turns.get(who, 0) + 1
        if not self.silent:
            self._turns[who] = number
        self._add("agent", "turn", {"n": number, **_known({"at": at})}, parent=span, actor=who)
        return number

    def called(
        self,
        model: str,
        usage: Usage,
        *,
        span: str,
        id: str | None = None,  # noqa: A002
        began: str | None = None,
        at: str | None = None,
        stop_reason: str | None = None,
        actor: str | None = None,
        parent: str | None = None,
        cost_usd: float | None = None,
        duration_ms: float | None = None,
        variant: str = "",
    ) -> None:
        """A model call has ended. ``cost_usd`` and ``duration_ms`` are the agent's own figures, if any.

        Else the call is taken to have begun when what it answers was said (``began``).
        """
        if actor in (None, self.agent):
            self._model = model
        if cost_usd is None:
            cost_usd = pricing.cost(model, usage, variant=variant)
        data = {"model": model, "usage": usage.as_data(), "cost_usd": cost_usd}
        more = {
            "duration_ms": _between(began, at) if duration_ms is None else duration_ms,
            "id": id,
            "stop_reason": stop_reason,
            "variant": variant or None,
            "at": at,
        }
        data |= _known(more)
        self._add("llm", "call", data, span=span, parent=parent, actor=actor or self.agent)

    def tool(
        self,
        id: str,  # noqa: A002
        name: str,
        arguments: Any,
        *,
        at: str | None = None,
        parent: str | None = None,
        actor: str | None = None,
    ) -> None:
        """A tool is called; ``id`` becomes the span that its result shares."""
        self._calls[id] = (actor or self.agent, at)
        self._tools[name] = None
        shorter, cut = shortened(arguments)
        data = {"name": name, "input": shorter, "id": id, **_known({"at": at})}
        if cut:
            data["input_length"] = cut
        self._add("tool", "call", data, span=id, parent=parent, actor=actor or self.agent)

    def timed(self, id: str, duration_ms: float) -> None:  # noqa: A002
        """Somebody measured a tool more exactly than its result's time tells."""
        self._exact[id] = duration_ms

    def result(
        self,
        id: str,  # noqa: A002
        output: str,
        *,
        is_error: bool = False,
        at: str | None = None,
        actor: str | None = None,
        **more: Any,
    ) -> None:
        """A tool returned. ``more``: exit_code ..."""
        _, began = self._calls.pop(id, ("", None))
        took = self._exact.pop(id, None)
        duration = _between(began, at) if took is None else took
        data = {
            "is_error": is_error,
            **clipped("output", output),
            "duration_ms": duration,
            "id": id,
        }
        self._add(
            "tool", "result", data | _known({"at": at} | more), span=id, actor=actor or self.agent
        )
        if actor in (None, self.agent):
            self._result = output

    @property
    def waiting_for_tools(self) -> bool:
        """Whether the main agent has called tools that have not returned."""
        return any(who == self.agent for who, _ in self._calls.values())

    def forget_calls(self) -> None:
        """Calls that will never have a result: the turn was interrupted."""
        self._calls.clear()

    def state(self, state: str, **more: Any) -> None:
        """started, waiting_permission, waiting_user, idle, finished, interrupted, compacted, error."""
        if text := more.get("text"):
            more |= clipped("text", str(text))
        self._add("agent", "lifecycle", {"state": state, **_known(more)}, actor=self.agent)

    def safely(self, feed: Callable[..., object], *record: object) -> None:
        """Feed a parser one record. One that it cannot bear is counted, and costs nothing but itself."""
        try:
            feed(*record)
        except Exception:  # noqa: BLE001 - somebody else's format, and the next version of it
            self._odd += 1

    def finished(self) -> None:
        """The agent has ended. Says too how much of what it wrote nobody understood."""
        if self._odd:
            text = f"{self.agent}: records that could not be understood"
            self._add("sys", "trouble", {"text": text, "count": self._odd})
        self.state("finished")

    def conversation(self, session_id: str, transcript: str, **point: Any) -> None:
        """The main conversation stands at a point where it can be resumed.

        ``point`` says where in the transcript: offset (bytes), last (the record's own id), role (of what
        was said last: user, tool or assistant), cwd ...
        """
        data = {"session_id": session_id, "transcript": transcript, **_known(point)}
        data["messages"] = self._messages
        data["tools"] = list(self._tools)
        known = {"model": self._model, "query": self._query, "result": self._result}
        data |= {name: text[:QUOTE_LIMIT] for name, text in known.items() if text}
        self._add("agent", "conversation", data, actor=self.agent)

    def _add(self, track: str, kind: str, data: dict[str, Any], **links: str | None) -> None:
        if not self.silent:
            self._told.append(Told(track, kind, data, **links))


def clipped(name: str, text: str) -> dict[str, Any]:
    """``{name: text}``, bounded; the true length in characters stands beside what was cut."""
    if len(text) <= TEXT_LIMIT:
        return {name: text}
    return {name: text[:TEXT_LIMIT], f"{name}_length": len(text)}


def shortened(value: Any) -> tuple[Any, int]:
    """``value`` with at most TEXT_LIMIT characters of strings in it; and its true count if some are gone."""
    budget = [TEXT_LIMIT, 0]
    shorter = _shorten(value, budget, DEPTH)
    return shorter, budget[1] if budget[1] > TEXT_LIMIT else 0


def _shorten(value: Any, budget: list[int], depth: int) -> Any:
    if isinstance(value, str):
        kept = value[: max(0, budget[0])]
        budget[0] -= len(value)
        budget[1] += len(value)
        return kept
    if depth == 0 and isinstance(value, dict | list):
        return "…"
    if isinstance(value, dict):
        pairs = islice(value.items(), max(ITEMS, budget[0]))
        return {str(key)[:KEY_LIMIT]: _shorten(inner, budget, depth - 1) for key, inner in pairs}
    if isinstance(value, list):
        kept_items = value[: max(ITEMS, budget[0])]
        budget[0] -= len(value)
        budget[1] += max(0, len(value) - len(kept_items))
        return [_shorten(inner, budget, depth - 1) for inner in kept_items]
    return value


def moment(at: str | None) -> float | None:
    """Seconds since the epoch of an ISO 8601 time with a zone, or None."""
    if not at:
        return None
    try:
        parsed = datetime.fromisoformat(at)
    except ValueError:
        return None
    return parsed.timestamp() if parsed.tzinfo else None


def _between(began: str | None, ended: str | None) -> float | None:
    first, last = moment(began), moment(ended)
    if first is None or last is None or last < first:
        return None
    return round((last - first) * 1000, 3)


def _known(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}
