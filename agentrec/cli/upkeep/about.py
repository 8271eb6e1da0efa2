"""What `title` and `tag` share: the title and tags of a recording."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, TypedDict

from agentrec.errors import UsageError
from agentrec.json_values import text
from agentrec.recording.append import append_about
from agentrec.recording.format.header import tags_of
from agentrec.recording.reader import Recording
from agentrec.redact import mask_text

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_TAGS = 100
_TAG = re.compile(r"[^\s,#]{1,50}")


class About(TypedDict):
    """The title and tags of the recording ``file``."""

    file: str
    id: str
    title: str
    tags: list[str]


def about(path: str) -> About:
    """What a recording is called. Raises InputError, FormatError."""
    with Recording.open(path) as recording:
        header = recording.header
    return {
        "file": path,
        "id": text(header.get("id")),
        "title": text(header.get("title")),
        "tags": tags_of(header),
    }


def change(
    path: str, *, title: str | None = None, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> None:
    """Change title or tags; secrets are masked. Raises InputError, FormatError, OutputError."""
    now = about(path)
    tags = [one for one in dict.fromkeys([*now["tags"], *add]) if one not in remove]
    if len(tags) > MAX_TAGS:
        raise UsageError(f"{len(tags)} tags are too many", f"a recording can have {MAX_TAGS}")
    new = now["title"] if title is None else mask_text(title)
    if (new, tags) != (now["title"], now["tags"]):
        append_about(path, new, tags)


def tag(name: str) -> str:
    """A tag; for argparse."""
    name = name.removeprefix("#")
    if not _TAG.fullmatch(name) or not name.isprintable():
        raise argparse.ArgumentTypeError(
            f"invalid tag {name!r}: use up to 50 characters without blanks, commas and #"
        )
    return name
