"""What was said while a recording was paused, and is not to be in an event that is recorded all the same."""

from __future__ import annotations

from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

# Where the words are in events that are left out.
_WORDS = {("agent", "message"): "text", ("tool", "result"): "output"}
# Which of the data of others repeats what was said.
_QUOTES = ("query", "result")
_ARGUMENTS = ("argv", "system_prompt")
# Of each of the last ones; quotes are shorter.
_KEPT_TEXTS, _KEPT_CHARS = 200, 4000


class PausedWords:
    """Remembers the last of what was left out: a conversation is described by its last words."""

    def __init__(self) -> None:
        self._said: deque[str] = deque(maxlen=_KEPT_TEXTS)

    def leave_out(self, track: str, kind: str, data: JsonObject) -> None:
        """An event is not recorded."""
        said = data.get(_WORDS.get((track, kind), ""))
        if isinstance(said, str) and said:
            self._said.append(said[:_KEPT_CHARS])

    def without_words(self, data: JsonObject) -> JsonObject:
        """The data of an event that is recorded during a pause, without what anybody said."""
        return {name: it for name, it in data.items() if name not in (*_QUOTES, *_ARGUMENTS)}

    def without_quotes(self, data: JsonObject) -> JsonObject:
        """The data of an event after a pause, without quotes from it."""
        quoted = [name for name in _QUOTES if self._was_said(data.get(name))]
        return {name: it for name, it in data.items() if name not in quoted} if quoted else data

    def _was_said(self, quote: object) -> bool:
        return isinstance(quote, str) and any(said.startswith(quote) for said in self._said)
