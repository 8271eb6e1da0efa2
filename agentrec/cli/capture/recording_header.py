"""The header of a new recording. On the start path of `record`: imports are light here."""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.capture.recording_plan import RecordingPlan
    from agentrec.json_values import JsonObject

KEPT_ENV = ("SHELL", "TERM", "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "LANG", "LC_ALL")


def new_header(
    plan: RecordingPlan,
    *,
    title: str,
    kept_env: Iterable[str],
    headless: bool,
    redact: bool | None,
    parent: JsonObject | None,
) -> JsonObject:
    """The header, masked unless ``redact`` is False.

    ``kept_env`` names more variables to keep, ``parent`` is the recording this one comes from.
    """
    from agentrec import __version__

    env = plan.program.env
    argv = plan.program.argv
    kept = {name: env[name] for name in (*KEPT_ENV, *kept_env) if name in env}
    if redact is not False:
        from agentrec.redact import mask_command, mask_text, mask_value

        argv, title = mask_command(argv), mask_text(title)
        kept = {name: mask_value(name, value) for name, value in kept.items()}
    header: JsonObject = {
        "id": plan.session,
        "created": _now(),
        "cols": plan.size.initial[0],
        "rows": plan.size.initial[1],
        "command": argv,
        "title": title,
        "cwd": _cwd(),
        "env": kept,
        "producer": f"agentrec {__version__}",
        "headless": headless,
    }
    if any(kind != "terminal" for kind in plan.streams):
        header["streams"] = dict(zip(("stdin", "stdout", "stderr"), plan.streams, strict=True))
    if redact:
        header["redact"] = True
    if parent:
        header["parent"] = parent
    return header


def _now() -> str:
    seconds, fraction = divmod(time.time_ns(), 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{fraction:09d}Z"


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""
