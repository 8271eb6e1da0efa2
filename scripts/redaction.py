"""Figures of redaction; see scripts/redact_report."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.recording.writer import Writer
from agentrec.redact.masking_writer import MaskingWriter
from agentrec.redact.screen.masker import Masker
from agentrec.redact.secret_rules import RULE_NAMES
from agentrec.redact.two_pass import TwoPassRedaction
from fixtures.secrets import Secret, harmless, secrets
from fixtures.secrets.checks import leaks
from fixtures.secrets.planting import PLANTINGS
from scripts.bench_parts.streams import STREAMS
from scripts.redaction_parts import false_masks, growth, kinds

SIZES = ((80, 24), (120, 40), (40, 12))
SPEED_BYTES = 16 << 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("roots", nargs="*", help="folders in which nothing should be masked")
    parser.add_argument("--show", action="store_true", help="print what is masked in them")
    parser.add_argument("--false-masks", action="store_true", help="measure nothing else")
    args = parser.parse_args()
    if args.false_masks:
        false_masks.report(args.roots, show=args.show)
        return 0
    kinds.report()
    print()
    growth.report()
    print()
    corpus = secrets()
    names = {secret.kind for secret in corpus}
    print(f"{len(corpus)} secrets of {len(names)} kinds; {len(RULE_NAMES)} rules\n")
    left = _plantings(corpus)
    masked = [text for text in harmless() if _shown_masked(text)]
    print(f"\nharmless strings masked: {len(masked)} of {len(harmless())}")
    for text in masked:
        print(f"  {text}")
    _speed()
    if args.roots:
        print()
        false_masks.report(args.roots, show=args.show)
    return 1 if left or len(masked) > 2 else 0


def _plantings(corpus: list[Secret]) -> int:
    print(f"{'secrets left':<14}{'exported':>12}{'recorded':>12}")
    total = 0
    for name in PLANTINGS:
        counts = [0, 0]
        for cols, rows in SIZES:
            pieces = [PLANTINGS[name](s.text, cols, rows, random.Random(name)) for s in corpus]
            for column, way in enumerate((_exported, _recorded)):
                shown = way(pieces, cols, rows)
                left = [
                    s for s, out in zip(corpus, shown, strict=True) if leaks(s, out, cols, rows)
                ]
                counts[column] += len(left)
        of = len(corpus) * len(SIZES)
        print(f"{name:<14}{f'{counts[0]} of {of}':>12}{f'{counts[1]} of {of}':>12}")
        total += sum(counts)
    return total


def _events(pieces: list[list[bytes]]) -> list[Event]:
    """All of it in one session, with an event before each secret."""
    events: list[Event] = []
    for number, planted in enumerate(pieces):
        events.append(Event(len(events), len(events), "test", "planted", {"number": number}))
        events += [
            Event(len(events) + n, len(events) + n, "term", "output", piece)
            for n, piece in enumerate([*planted, b"\x1b[0m\r\n"])
        ]
    return events


def _exported(pieces: list[list[bytes]], cols: int, rows: int) -> list[bytes]:
    events = _events(pieces)
    return _apart(list(TwoPassRedaction(lambda: events, (cols, rows)).events(events, report=False)))


def _recorded(pieces: list[list[bytes]], cols: int, rows: int) -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "r.ahr")
        writer = MaskingWriter(Writer(path, {"cols": cols, "rows": rows}), (cols, rows))
        writer.start()
        for event in _events(pieces):
            if isinstance(event.data, bytes):
                writer.output(event.t, event.data)
            else:
                writer.event(event.t, event.track, event.kind, event.data)
        writer.close()
        with Recording.open(path) as recording:
            return _apart(list(recording.events()))


def _apart(events: list[Event]) -> list[bytes]:
    """What was shown of each secret."""
    shown: list[bytes] = []
    for event in events:
        if event.track == "test":
            shown.append(b"")
        elif isinstance(event.data, bytes):
            shown[-1] += event.data
    return shown


def _shown_masked(text: str) -> bool:
    masker = Masker(80, 24)
    masker.feed(f"{text}\r\n".encode())
    masker.scan()
    return bool(masker.spans)


def _speed() -> None:
    print("\nMB/s on one core, beside bytes.lower() of the same bytes")
    for name, stream in STREAMS.items():
        data = b"".join(stream(SPEED_BYTES))
        masker = Masker(120, 40)
        seconds = _seconds(lambda masker=masker, data=data: (masker.feed(data), masker.scan()))
        lower = _seconds(data.lower)
        print(f"{name:<14}{len(data) / seconds / 1e6:>12.0f}{len(data) / lower / 1e6:>12.0f}")


def _seconds(what: Callable[[], object]) -> float:
    start = time.process_time()
    what()
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main())
