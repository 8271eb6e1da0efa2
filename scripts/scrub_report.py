"""Figures of `agentrec scrub`; see scripts/scrub_report."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.redact.secret_rules import find_secrets
from fixtures.secrets import Secret
from fixtures.secrets.kinds import GROUPS, kinds, left_of
from fixtures.secrets.planted_recordings import (
    Planted,
    all_objects,
    conversation,
    indexed,
    planted,
    snapshot_files,
)

# Characters in a row: the index has ids, which share a few hexadecimal digits with some secret by chance.
_IN_INDEX = 12


class State(NamedTuple):
    """All that is kept, and what of it must not change."""

    texts: dict[str, str]  # by place
    events: list[tuple[int, int, str, str]]
    sizes: dict[str, int]


def main() -> int:
    secrets = [secret for group in GROUPS for secret in kinds(group, 0)]
    with tempfile.TemporaryDirectory(prefix="agentrec-scrub-") as folder:
        made = planted(Path(folder) / "root", secrets)
        before = state(made)
        start = time.monotonic()
        made.agentrec("scrub", "a.ahr")
        seconds = time.monotonic() - start
        made.agentrec("ls")
        after = state(made)
        made.agentrec("verify", "a.ahr")
    print(f"{'place':<16}{'planted':>9}{'there':>8}{'left':>8}{'left by rules':>15}")
    worse = 0
    for place, those in made.by_place.items():
        there = sum(bool(left_of(s, before.texts[place])) for s in those)
        left = [s for s in those if is_left(s, place, after)]
        by_rules = [s for s in those if left_of(s, masked(s.text))]
        worse += len(set(left) - set(by_rules))
        print(f"{place:<16}{len(those):>9}{there:>8}{len(left):>8}{len(by_rules):>15}")
        for secret in left:
            print(f"  {secret.kind}")
    same = before.events == after.events and before.sizes == after.sizes
    print(
        f"\nevents, times and sizes of files {'are the same' if same else 'DIFFER'}; {seconds:.1f} s"
    )
    return 1 if worse or not same else 0


def masked(text: str) -> str:
    """What the rules leave, as in an event."""
    for hit in reversed(find_secrets(text)):
        text = text[: hit.start] + "*" * (hit.stop - hit.start) + text[hit.stop :]
    return text


def is_left(secret: Secret, place: str, now: State) -> bool:
    """Whether a piece of it can be read where it was planted or in the index, or all of it anywhere."""
    parts = left_of(secret, now.texts[place]) + left_of(secret, now.texts["index"], _IN_INDEX)
    return bool(parts) or any(
        needle in text for needle in secret.needles for text in now.texts.values()
    )


def state(made: Planted) -> State:
    with Recording.open(str(made.workspace / "a.ahr")) as recording:
        events = [event for event in recording.events() if event.kind != "redacted"]
    files = snapshot_files(made, "a.ahr")
    contents = b"\n".join(files.values()).decode("latin-1")
    texts = {
        "terminal": b"".join(e.data for e in events if isinstance(e.data, bytes)).decode(
            "utf-8", "replace"
        ),
        "event": _texts(events),
        "file": contents,
        "shared file": contents,
        "objects": all_objects(made).decode("latin-1"),
        "conversation": _lines(conversation(made)),
        "index": indexed(made),
    }
    named = [(event.seq, event.t, event.track, event.kind) for event in events]
    return State(texts, named, {path: len(data) for path, data in files.items()})


def _texts(events: list[Event]) -> str:
    return "\n".join(str(e.data.get("text", "")) for e in events if isinstance(e.data, dict))


def _lines(data: bytes) -> str:
    rows = [json.loads(line) for line in data.splitlines()]
    return "\n".join(str(row.get("message", "")) for row in rows)


if __name__ == "__main__":
    sys.exit(main())
