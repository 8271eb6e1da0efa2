"""Save the screen of a recording as a picture, PNG or SVG by the extension of OUT.

agentrec shot run.ahr end.png
agentrec shot last@1:30 picture.svg --theme light
agentrec shot run.ahr@m12 failed.png
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.cli.common import add_identity, opened
from agentrec.cli.inspect.convert import Output
from agentrec.cli.inspect.picture_options import add_picture, picture_of
from agentrec.errors import ExitCode, InputError, OutputError, UsageError
from agentrec.recording.markers import list_markers
from agentrec.times import parse_clock

if TYPE_CHECKING:
    import argparse

    from agentrec.recording.reader import Recording


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source",
        metavar="FILE[@POINT]",
        help="a recording, and a time, a mark or a snapshot (default: the end)",
    )
    parser.add_argument(
        "target", metavar="OUT", help="a .png or .svg file, or - for standard output"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace OUT if it exists")
    add_picture(parser, animated=False)
    add_identity(parser)


def run(args: argparse.Namespace) -> int:
    from agentrec.export.picture.render import STILL_FORMATS, write_picture

    kind = "png" if args.target == "-" else args.target.lower().rpartition(".")[2]
    if kind not in STILL_FORMATS:
        raise UsageError(
            f"cannot write {args.target!r} as a picture", "use a name with .png or .svg"
        )
    name, _, point = args.source.rpartition("@") if "@" in args.source else (args.source, "", "")
    with opened(name) as recording:
        t = _time_of(recording, point)
        with Output(args.target, args.overwrite, binary=kind == "png") as out:
            try:
                write_picture(recording, t, kind, picture_of(args), out.stream)
                out.commit()
            except OSError as error:
                raise OutputError(f"cannot write {args.target}: {error.strerror}") from None
    return ExitCode.OK


def _time_of(recording: Recording, point: str) -> int:
    """The time of a point in ns. Raises InputError."""
    if not point:
        return recording.duration
    t = parse_clock(point)
    if t is None:
        t = next((marker.t for marker in list_markers(recording) if marker.id == point), None)
    if t is None:
        raise InputError(
            f"no point {point!r}", "use a time (1:30), or an id from `agentrec branch-points`"
        )
    if t > recording.duration:
        raise InputError(f"{point} is past the end of the recording")
    return t
