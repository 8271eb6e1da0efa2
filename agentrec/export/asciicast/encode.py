"""Writing asciicasts, what versions 2 and 3 share: header fields, event codes, text from bytes."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from agentrec import times
from agentrec.export.asciicast.parse import MAX_IDLE_SECONDS, env_strings, join_command
from agentrec.export.conversion import Loss, is_number, object_of
from agentrec.recording.events import EXIT, INPUT, OUTPUT, Event
from agentrec.recording.events.decode import decode
from agentrec.recording.events.mark import MarkMoment
from agentrec.recording.events.term import TermExit, TermResize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.json_values import JsonObject

_MAX_SIGNAL = 127
# More of one time becomes several lines: escaped, it may be six times as large.
_MAX_LINE_BYTES = 1 << 20
INVALID = "bytes that are not UTF-8 became U+FFFD"
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def common_header(header: JsonObject, loss: Loss) -> JsonObject:
    """The fields that versions 2 and 3 have in common."""
    fields: JsonObject = {}
    created = times.parse_rfc3339(header.get("created"))
    if created is not None and created >= 0:
        fields["timestamp"] = created // times.NS_PER_SECOND
    if is_number(header.get("idle_time_limit"), 0, MAX_IDLE_SECONDS):
        fields["idle_time_limit"] = header["idle_time_limit"]
    command = header.get("command")
    if isinstance(command, list) and command and all(isinstance(word, str) for word in command):
        fields["command"] = join_command(command)
    if isinstance(header.get("title"), str) and header["title"]:
        fields["title"] = header["title"]
    if env := env_strings(header):
        fields["env"] = env
    if header.get("parent"):
        loss.notes.add("left out: the header's parent (which recording this one branched from)")
    return fields


def theme_of(header: JsonObject, loss: Loss) -> dict[str, str] | None:
    """The header's colors, when they are complete: players refuse a file with a wrong palette."""
    theme = object_of(header, "term").get("theme")
    if theme is None:
        return None
    if isinstance(theme, dict):
        colors = [theme.get("fg"), theme.get("bg")]
        palette = theme.get("palette")
        cells = palette.split(":") if isinstance(palette, str) else []
        if len(cells) in (8, 16) and all(
            isinstance(c, str) and _COLOR.fullmatch(c) for c in colors + cells
        ):
            return {name: theme[name] for name in ("fg", "bg", "palette")}
    loss.notes.add("left out: a theme whose colors are not complete")
    return None


class TextDecoder:
    """Bytes of one stream as text. A character split between two events arrives with the second."""

    def __init__(self, code: str, loss: Loss) -> None:
        self.code = code
        self._loss = loss
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes, *, final: bool = False) -> str:
        text = self._decoder.decode(data, final)
        # A replacement character that the program itself printed is not a loss.
        if "\ufffd" in text and text.count("\ufffd") > data.count(b"\xef\xbf\xbd"):
            self._loss.notes.add(INVALID)
        return text


def encode_events(
    events: Iterable[Event], loss: Loss, *, exits: bool
) -> Iterator[tuple[int, str, str]]:
    """``(t, code, data)`` of the events that an asciicast can hold; ``loss`` counts the rest."""
    texts = {OUTPUT: TextDecoder("o", loss), INPUT: TextDecoder("i", loss)}
    t = 0
    for event in events:
        t = event.t
        name = event.name
        if name in texts and isinstance(event.data, bytes):
            for at in range(0, len(event.data), _MAX_LINE_BYTES):
                if text := texts[name].feed(event.data[at : at + _MAX_LINE_BYTES]):
                    yield t, texts[name].code, text
        elif name == EXIT and exits:
            yield from _rest(texts, t)
            yield t, "x", str(exit_status(event))
        elif line := _other(event):
            yield (t, *line)
        else:
            loss.leave_out(event)
    yield from _rest(texts, t)


def _rest(texts: dict[tuple[str, str], TextDecoder], t: int) -> Iterator[tuple[int, str, str]]:
    """The rest of characters that were never completed."""
    for text in texts.values():
        if rest := text.feed(b"", final=True):
            yield t, text.code, rest


def _other(event: Event) -> tuple[str, str] | None:
    match decode(event):
        case TermResize(size=(cols, rows)):
            return "r", f"{cols}x{rows}"
        case MarkMoment(label=label):
            return "m", label
    return None


def exit_status(event: Event) -> int:
    """What a shell would have in ``$?``: the code, or 128 plus the number of the signal."""
    match decode(event):
        case TermExit(code=int(code)):
            return code
        case TermExit(signal=int(signal)) if 0 <= signal <= _MAX_SIGNAL:
            return 128 + signal
    return 1
