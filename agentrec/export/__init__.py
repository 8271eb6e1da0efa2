"""Formats of recordings: one module for each, and the list of them.

A format is a module with ``read(source) -> ImportedRecording``, ``write(header, events, out) -> Loss``
or both, and an entry in :data:`FORMATS`. Readers and writers stream: memory does not grow with the
recording.

``ahr``            the native format
``ahr1``           Agent Harbor's recordings, v1
``asciicast``      asciinema's recordings, v1 to v3
``script``         sessions of util-linux ``script``
``ttyrec``         ttyrec
``jsonl``          the text twin of a recording
``txt``            the text that was shown
``agent_logs``     runs of agents that other tools recorded
``html``           one file that plays in a browser; ``outline`` is what it shows around the screen
``picture``        screens as SVG, PNG, GIF and video
``script_tag``     a script that plays a recording in the page of its tag
``conversion``     what readers and writers exchange
``line_codec``     lines of JSON, strict and bounded
``markdown``       parts of Markdown made of recorded text
``conversation_markdown``  what was said and done
``reading``        files of any format, read like recordings
``masked_copy``    a recording without its secrets
``job_summary``    a run in Markdown, for the page of a CI job
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO

from agentrec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agentrec.export.conversion import ImportedRecording, Loss, Source
    from agentrec.export.picture.options import PictureOptions
    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event

    Advance = Callable[[float], object]


# Those that work on after the last event, and say how far they are.
SLOW_WRITERS = ("html", "script_tag")
CONVERSATION = "conversation_markdown"


@dataclass(frozen=True, slots=True)
class Format:
    """A format, and the modules of this package that read and write it, loaded when used.

    ``lacks`` is what a recording has and a file of this format cannot.
    """

    name: str
    summary: str
    extensions: tuple[str, ...]
    reader: str = ""
    writer: str = ""
    binary: bool = False
    animated: bool = False
    lacks: str = ""

    def read(self, source: Source) -> ImportedRecording:
        """Raises UsageError when agentrec only writes this format, FormatError for a broken ``source``."""
        if not self.reader:
            raise UsageError(f"cannot read {self.name} files: agentrec only writes this format")
        source = replace(source, format=self.name)
        session: ImportedRecording = import_module(f"agentrec.export.{self.reader}").read(source)
        return session

    def write(
        self,
        header: JsonObject,
        events: Iterable[Event],
        out: BinaryIO,
        advance: Advance | None = None,
        picture: PictureOptions | None = None,
        links: str = "",
    ) -> Loss:
        """Raises UsageError when agentrec only reads this format.

        ``advance`` is called with the share that is done of what follows the last event, if that takes
        long. ``picture`` is for formats that are ``animated``, ``links`` for Markdown.
        """
        if not self.writer:
            raise UsageError(f"cannot write {self.name} files: agentrec only reads this format")
        if self.animated:
            from agentrec.export.picture.options import PictureOptions
            from agentrec.export.picture.render import write_animation

            return write_animation(header, events, self.name, picture or PictureOptions(), out)
        more: tuple[object, ...] = (advance,) if advance and self.writer in SLOW_WRITERS else ()
        more = (links,) if self.writer == CONVERSATION else more
        module = import_module(f"agentrec.export.{self.writer}")
        loss: Loss = module.write(header, events, out, *more)
        return loss


_AGENTS = "what agents did, files"
# Sessions as agents keep them, by the agent's name.
STORED_SESSIONS = {
    "claude-code": "Claude Code",
    "codex": "Codex",
    "gemini-cli": "Gemini CLI",
    "qwen-code": "Qwen Code",
    "copilot": "Copilot CLI",
    "opencode": "opencode",
    "kilo": "Kilo Code",
    "pi": "pi",
    "cline": "Cline",
    "aider": "aider",
}
_ALL = (
    Format("ahr", "agentrec recording, keeps everything", (".ahr",), "ahr", "ahr", binary=True),
    Format(
        "ahr1",
        "Agent Harbor recording, v1",
        (".ahr1",),
        "ahr1.reader",
        "ahr1.writer",
        binary=True,
        lacks=_AGENTS,
    ),
    # Every player reads version 2, so it has the extension; version 3 is named with --to.
    Format(
        "asciicast2", "asciinema, v2", (".cast",), "asciicast.v2", "asciicast.v2", lacks=_AGENTS
    ),
    Format("asciicast3", "asciinema, v3", (), "asciicast.v3", "asciicast.v3", lacks=_AGENTS),
    Format("asciicast1", "asciinema, v1", (), "asciicast.v1", lacks=f"{_AGENTS}, input"),
    Format("ttyrec", "ttyrec", (".ttyrec", ".tty"), "ttyrec", lacks=f"{_AGENTS}, size, input"),
    Format(
        "script",
        "typescript and timing log of util-linux script",
        (".typescript",),
        "script",
        lacks=_AGENTS,
    ),
    Format("vcr", "session of Agent VCR", (".vcr",), "agent_logs.vcr", lacks="screen, files"),
    Format("devduck", "session of DevDuck", (), "agent_logs.devduck", lacks="screen, files"),
    Format("agentos", "actions of AgentOS", (), "agent_logs.agentos", lacks="screen, files"),
    *(
        Format(name, f"session of {title}", (), "agent_logs.stored_session", lacks="screen, files")
        for name, title in STORED_SESSIONS.items()
    ),
    Format("jsonl", "text twin of a recording, keeps everything", (".jsonl",), "jsonl", "jsonl"),
    Format("txt", "the text that was shown", (".txt",), "", "txt"),
    Format("md", "the conversation, tools folded", (".md",), "", CONVERSATION),
    Format(
        "html",
        "one file that plays in a browser",
        (".html", ".htm"),
        "reading.page_reader",
        "html",
        lacks="the bytes of the terminal, scrollback, input, processes, snapshots' files",
    ),
    Format("svg", "an animated picture", (".svg",), "", "picture", animated=True),
    Format("gif", "an animated picture", (".gif",), "", "picture", binary=True, animated=True),
    Format("mp4", "a video", (".mp4",), "", "picture", binary=True, animated=True),
    Format("webm", "a video", (".webm",), "", "picture", binary=True, animated=True),
    Format("js", "a script that plays it in a page of yours", (".js",), "", "script_tag"),
)
FORMATS = {format_.name: format_ for format_ in _ALL}


def by_extension(path: str) -> Format | None:
    """The format of the extension of ``path``."""
    lowered = path.lower()
    for format_ in _ALL:
        if lowered.endswith(format_.extensions or ("\0",)):
            return format_
    return None
