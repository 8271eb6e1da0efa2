"""The header of a run's own recording."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject


def new_header(
    session: str,
    *,
    title: str,
    env: Mapping[str, str],
    redact: bool,
    parent: JsonObject | None,
) -> JsonObject:
    """The header, with secrets masked if ``redact``. ``parent``: the recording that this one comes from."""
    from agentrec import __version__
    from agentrec.times import format_rfc3339_exact

    argv = [*sys.orig_argv] or [sys.executable]
    if redact:
        from agentrec.redact import mask_command, mask_text

        argv, title = mask_command(argv), mask_text(title)
    header: JsonObject = {
        "id": session,
        "created": format_rfc3339_exact(time.time_ns()),
        "command": argv,
        "title": title,
        "cwd": _cwd(),
        "producer": f"agentrec {__version__}",
        "headless": True,
    }
    outer = env.get("AGENTREC_SESSION")
    if parent:
        header["parent"] = parent | ({"nested_in": outer} if outer else {})
    elif outer:
        header["parent"] = {"id": outer, "relation": "nested"}
    return header


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""
