"""Asks the terminal whether it has 24-bit colors, because COLORTERM is lost on the way (SSH, tmux, sudo).

The replies come among the keys, at any time. They are taken out before Textual sees them, so nothing
waits for them and no key is lost. Until one says yes, colors are drawn as before: as many as TERM and
COLORTERM promise.
"""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.message import Message

if TYPE_CHECKING:
    from rich.console import Console
    from textual.color import Color
    from textual.driver import Driver

# Set a color and ask which one is set (DECRQSS), ask for terminfo's RGB and Tc (XTGETTCAP), and for the
# name (XTVERSION): tmux takes all colors and shows what the terminal around it can.
QUERY = "\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[49m\x1bP+q524742\x1b\\\x1bP+q5463\x1b\\\x1b[>0q"
_YES = re.compile(
    r"\x1bP(?:1\$r[\d:;]*48[:;]2[:;](?:\d*[:;])?1[:;]2[:;]3|1\+r(?:524742|5463)|>\|tmux)",
    re.IGNORECASE,
)
_REPLY = re.compile(r"\x1bP[^\x1b\x07\x18\x1a]{0,256}(?:\x1b\\|\x07)")
_UNFINISHED = re.compile(r"\x1b(?:P[^\x1b\x07\x18\x1a]{0,256}\x1b?)?\Z")
_NOT_ASKED = ("", "dumb", "unknown", "linux")  # values of TERM
_POLL_SECONDS = 0.1
_READ_BYTES = 4096


class TrueColorFound(Message, bubble=False):
    """The terminal has 24-bit colors."""


class ReplyFilter:
    """Takes the terminal's replies out of what is typed. ``true_color``: one of them says yes."""

    def __init__(self) -> None:
        self.true_color = False
        self._held = ""

    def feed(self, text: str) -> str:
        """Everything but replies; what may become one is held back until the next call."""
        text, self._held = self._held + text, ""
        if "\x1b" not in text:
            return text
        self.true_color = self.true_color or _YES.search(text) is not None
        text = _REPLY.sub("", text)
        unfinished = _UNFINISHED.search(text)
        if unfinished:
            text, self._held = text[: unfinished.start()], unfinished[0]
        return text

    def release(self) -> str:
        """What is held back, when nothing has followed: a key."""
        held, self._held = self._held, ""
        return held


class PlayerDriver(LinuxDriver):
    """Textual's driver for a terminal, which also asks about colors."""

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.write(QUERY)
        self.flush()

    def run_input_thread(self) -> None:
        """Read keys and replies until the player ends."""
        parser, replies = XTermParser(self._debug), ReplyFilter()
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        told = False
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], _POLL_SECONDS)[0]:
                data = _read(self.fileno)
                if not data:  # the terminal is gone, and nohup may have hidden that
                    os.kill(os.getpid(), signal.SIGTERM)
                    return
                text = replies.feed(decode(data))
            else:
                text = replies.release()
            for message in (*(parser.feed(text) if text else ()), *parser.tick()):
                self.process_message(message)
            if replies.true_color and not told:
                told = True
                self.send_message(TrueColorFound())


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, _READ_BYTES)
    except OSError:
        return b""


class ColorLimit(LineFilter):
    """Replaces colors by the nearest that ``system`` has."""

    def __init__(self, system: ColorSystem) -> None:
        super().__init__()
        self._limited = lru_cache(4096)(lambda style: _limited(style, system))

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        return [
            Segment(text, style and self._limited(style), control)
            for text, style, control in segments
        ]


def _limited(style: Style, system: ColorSystem) -> Style:
    color, ground = style.color, style.bgcolor
    return style + Style(
        color=color and color.downgrade(system), bgcolor=ground and ground.downgrade(system)
    )


def driver_class(*, no_color: bool) -> type[Driver] | None:
    """The driver that asks, where that makes a difference; None takes Textual's own."""
    env = os.environ
    promised = env.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit")
    settled = no_color or promised or env.get("TEXTUAL_COLOR_SYSTEM")
    return None if settled or env.get("TERM", "") in _NOT_ASKED else PlayerDriver


def limit_colors(console: Console) -> ColorLimit:
    """A filter with the limit of ``console``, which itself draws all colors from now on.

    Rich gives styles their sequence once, so the console's limit cannot change later.
    """
    system = console._color_system or ColorSystem.STANDARD  # noqa: SLF001 (no public way)
    console._color_system = ColorSystem.TRUECOLOR  # noqa: SLF001
    return ColorLimit(system)
