"""Convert a recording to or from another format.

The format of IN is detected from its content, that of OUT from its extension; --from and --to override
this. `-` is standard input or output. What OUT cannot hold is reported on standard error.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO, Self

from agentrec.atomic import create_part, publish
from agentrec.cli.common import add_identity
from agentrec.cli.common import found as named
from agentrec.cli.inspect.picture_options import add_picture, picture_of, refuse_picture
from agentrec.cli.inspect.signature_text import broken_signature
from agentrec.cli.progress import progress
from agentrec.config import make_folders
from agentrec.errors import ExitCode, FormatError, InputError, OutputError, UsageError
from agentrec.export import CONVERSATION, FORMATS, SLOW_WRITERS, Format, by_extension
from agentrec.export.conversion import ImportedRecording, Source, size_of
from agentrec.export.reading.detect_format import UnknownFormatError, detect_format, peek, unpacked
from agentrec.export.reading.readable import as_import, limited, timing_of
from agentrec.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from agentrec.recording.events import Event
    from agentrec.redact.two_pass import TwoPassRedaction

_BUFFER = 1 << 20
_EVENTS_PER_UPDATE = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", metavar="IN", help="file to read, a recording's id or `last`, or -"
    )
    parser.add_argument("target", metavar="OUT", help="file to write, or - (requires --to)")
    readable = [name for name, format_ in FORMATS.items() if format_.reader]
    writable = [name for name, format_ in FORMATS.items() if format_.writer]
    parser.add_argument(
        "--from", dest="from_", metavar="FORMAT", choices=readable, help="format of IN, see below"
    )
    parser.add_argument("--to", metavar="FORMAT", choices=writable, help="format of OUT")
    parser.add_argument("--overwrite", action="store_true", help="replace OUT if it exists")
    parser.add_argument(
        "--redact", action="store_true", help="mask secrets on the screen, in events, everywhere"
    )
    add_picture(
        parser.add_argument_group("animated pictures and videos (svg, gif, mp4, webm)"),
        animated=True,
    )
    parser.add_argument(
        "--links",
        metavar="URL",
        default="",
        help="md: the page that plays the recording, such as RUN.html; times link to it",
    )
    group = parser.add_argument_group("sessions of util-linux `script` (IN is the typescript)")
    group.add_argument("--timing", metavar="FILE", help="its timing log (script --log-timing)")
    group.add_argument("--input-log", metavar="FILE", help="its input log (script --log-in)")
    parser.epilog = "formats:\n" + "\n".join(map(_describe, FORMATS.values()))
    add_identity(parser)


def _describe(format_: Format) -> str:
    ways = {(1, 1): "in, out", (1, 0): "in", (0, 1): "out"}
    way = ways[bool(format_.reader), bool(format_.writer)]
    ending = format_.extensions[0] if format_.extensions else ""
    return f"  {format_.name:<11} {ending:<12} {way:<8} {format_.summary}"


def run(args: argparse.Namespace) -> int:
    target = _target_format(args)
    picture = picture_of(args) if target.animated else None
    if picture is None:
        refuse_picture(args, target.name)
    if args.links and target.writer != CONVERSATION:
        raise UsageError(f"--links: for md, not for {target.name}", "leave it out")
    if args.source != "-":
        args.source = named(args.source)
    with ExitStack() as stack:
        redaction = _survey(args, stack) if args.redact else None
        session, name = _open_session(args, stack)
        events = _reading(session.events, name)
        if redaction:
            from agentrec.redact.two_pass import redact_header

            session.header = redact_header(session.header)
            events = redaction.events(events, report=target.name in ("ahr", "jsonl"))
        out = stack.enter_context(Output(args.target, args.overwrite, binary=target.binary))
        try:
            size = _size(args)
            bar = stack.enter_context(progress("converting", size))
            reading = size // 4 if target.writer in SLOW_WRITERS else size

            def advance(share: float) -> None:
                bar(reading + round((size - reading) * share))

            events = _counted(events, args.stream, lambda at: bar(at * reading // max(1, size)))
            loss = target.write(session.header, events, out.stream, advance, picture, args.links)
            out.commit()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"cannot write {args.target}: {error.strerror}") from None
    for line in session.notes.lines():
        _say(f"{name}: {line}")
    written = "standard output" if args.target == "-" else args.target
    for line in loss.lines():
        _say(f"{written}: {line}")
    if redaction:
        _say_masked(args, redaction, written, is_recording=target.name == "ahr")
    if args.target != "-":
        _say(f"wrote {args.target}")
    return ExitCode.OK


def _say_masked(
    args: argparse.Namespace, redaction: TwoPassRedaction, written: str, *, is_recording: bool
) -> None:
    for line in redaction.notes():
        _say(f"{written}: {line}")
    for rule, count in sorted(redaction.counts.items()):
        _say(f"{written}: masked {count} {rule}{'s' if count > 1 else ''}")
    if redaction.counts and is_recording and args.target != "-":
        for line in broken_signature(args.target):
            _say(line)


def _survey(args: argparse.Namespace, stack: ExitStack) -> TwoPassRedaction:
    """Read IN a first time to find what to mask. A stream is copied, so that it can be read again."""
    from agentrec.redact.two_pass import TwoPassRedaction

    if args.source == "-" or not os.path.isfile(args.source):
        kept = stack.enter_context(tempfile.NamedTemporaryFile(prefix="agentrec-"))  # noqa: SIM115
        source = sys.stdin.buffer if args.source == "-" else stack.enter_context(_open(args.source))
        shutil.copyfileobj(source, kept)
        kept.flush()
        args.stream_copy = kept.name
    session, _ = _open_session(args, stack)

    def read() -> Iterator[Event]:
        again, name = _open_session(args, stack)
        with progress("looking for secrets", _size(args)) as bar:
            yield from _counted(_reading(again.events, name), args.stream, bar)

    return TwoPassRedaction(read, size_of(session.header))


def _say(line: str) -> None:
    print(f"agentrec: {printable(line)}", file=sys.stderr)


def _target_format(args: argparse.Namespace) -> Format:
    if args.to:
        return FORMATS[args.to]
    found = by_extension(args.target)
    if found is None:
        raise UsageError(
            f"cannot tell the format of {args.target!r} from its extension"
            if args.target != "-"
            else "missing format of OUT",
            "`agentrec shot` saves one screen as PNG"
            if args.target.lower().endswith(".png")
            else f"choose one with --to: {', '.join(n for n, f in FORMATS.items() if f.writer)}",
        )
    if not found.writer:
        raise UsageError(
            f"cannot write {found.name} files, only read them", "choose another format with --to"
        )
    return found


# Input


def _open_session(args: argparse.Namespace, stack: ExitStack) -> tuple[ImportedRecording, str]:
    """The session in IN, and what messages call IN."""
    name = "standard input" if args.source == "-" else args.source
    copy = getattr(args, "stream_copy", "")
    if args.source == "-" and not copy:
        stream: BinaryIO = sys.stdin.buffer
    else:
        stream = stack.enter_context(_open(copy or args.source))
    try:
        head, file = peek(stream)
        head, stream = unpacked(head, file)
        format_ = _source_format(args, head, name)
        source = Source(name, stream)
        if stream is file and not copy and os.path.isfile(args.source):
            source.path = args.source
        timing = args.timing
        if format_.name == "script" and args.source != "-":
            timing = timing or timing_of(args.source)
        if timing:
            source.timing = stack.enter_context(_open(timing))
        if args.input_log:
            source.input_log = stack.enter_context(_open(args.input_log))
        session = format_.read(source)
        args.stream = file
    except FormatError as error:
        raise _named(error, name) from None
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror}") from None
    size = _size(args)
    if format_.name != "ahr" and size:  # that limits itself; a pipe is as long as its writer likes
        session.events = limited(session.events, session.notes, size)
    if format_.name not in ("ahr", "jsonl"):
        session.header = as_import(session.header, format_)
    return session, name


def _open(path: str) -> BinaryIO:
    try:
        return open(path, "rb", buffering=_BUFFER)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a directory") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"cannot read {path!r}: {reason}") from None


def _source_format(args: argparse.Namespace, head: bytes, name: str) -> Format:
    other = args.timing or args.input_log
    format_ = FORMATS[args.from_] if args.from_ else _detected(head, name, bool(args.timing))
    if other and format_.name != "script":
        raise UsageError(
            f"--timing and --input-log are for `script` sessions; IN is {format_.name}",
            "leave them out"
            if args.from_
            else "leave them out, or say that it is one: --from script",
        )
    return format_


def _detected(head: bytes, name: str, has_timing: bool) -> Format:
    try:
        return detect_format(head, name)
    except UnknownFormatError as error:
        if has_timing:  # a typescript need not have a first line that says so
            return FORMATS["script"]
        error.hint = "if it is in one of them, name it with --from; --help lists them"
        raise


def _size(args: argparse.Namespace) -> int:
    """How large IN is; 0 if that is unknown."""
    path = getattr(args, "stream_copy", "") or args.source
    return os.path.getsize(path) if os.path.isfile(path) else 0


def _counted(
    events: Iterator[Event], stream: BinaryIO, advance: Callable[[int], object]
) -> Iterator[Event]:
    """``events``; ``advance`` is called with how much of ``stream`` was read for them."""
    for number, event in enumerate(events):
        # What is reported at the end comes after all of it was read.
        if not number % _EVENTS_PER_UPDATE and not stream.closed and stream.seekable():
            advance(stream.tell())
        yield event


def _reading(events: Iterator[Event], name: str) -> Iterator[Event]:
    """``events``; errors while reading them name IN."""
    try:
        yield from events
    except FormatError as error:
        raise _named(error, name) from None
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror}") from None


def _named(error: FormatError, name: str) -> FormatError:
    text = str(error)
    return FormatError(text if name in text else f"{name}: {text}", error.hint)


# Output


def _make_folder(path: str) -> None:
    try:
        make_folders(path)
    except FileExistsError:  # a parent of it is a file
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None


class Output:
    """OUT as a context manager: the file appears at ``commit()``; without one nothing is left.

    Raises OutputError when OUT exists and may not be replaced, or cannot be created.
    """

    def __init__(self, path: str, overwrite: bool, *, binary: bool) -> None:
        self._path = path
        self._part = ""
        if path == "-":
            if binary and sys.stdout.isatty():
                raise UsageError("cannot write a binary format to a terminal", "pass a file")
            self.stream: BinaryIO = sys.stdout.buffer
            return
        self._overwrite = overwrite
        try:
            self.stream = self._create(os.path.realpath(path))
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}") from None

    def _create(self, real: str) -> BinaryIO:
        if os.path.exists(real) and not stat.S_ISREG(os.stat(real).st_mode):
            return open(real, "wb")  # a device or a pipe; a directory is an error
        if os.path.exists(real) and not self._overwrite:
            raise self._exists()
        _make_folder(os.path.dirname(real))
        self._real = real
        self._part, fd = create_part(real)
        return open(fd, "wb")

    def _exists(self) -> OutputError:
        return OutputError(f"{self._path} already exists", "use --overwrite to replace it")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._path == "-":
            return
        try:
            self.stream.close()
        except OSError:
            pass  # a full disk was reported by write or commit
        finally:
            if self._part and os.path.lexists(self._part):
                os.unlink(self._part)

    def commit(self) -> None:
        """Everything is written: put the file in place. Raises OSError, OutputError."""
        self.stream.flush()
        if not self._part:
            return
        os.fsync(self.stream.fileno())
        try:
            publish(self._part, self._real, overwrite=self._overwrite)
        except FileExistsError:
            raise self._exists() from None
