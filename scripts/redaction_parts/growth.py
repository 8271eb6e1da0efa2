"""What can be read of a secret in a line that is repainted while it grows."""

from __future__ import annotations

from agentrec.recording.events import Event
from agentrec.redact.masked_stream import MaskedStream
from agentrec.redact.rules.issuers import PREFIXES
from agentrec.redact.two_pass import TwoPassRedaction
from fixtures.secrets import Secret, secrets
from fixtures.secrets.checks import longest_piece
from fixtures.secrets.growing import GROWING

COLS, ROWS = 80, 24
# Longer ones wrap; that is another way.
MAX_CHARS = COLS - 14


def report() -> None:
    corpus = [s for s in secrets() if "\n" not in s.text and len(s.text) < MAX_CHARS]
    print(f"longest piece left of {len(corpus)} secrets that grow, in characters after the prefix")
    print(f"{'':<14}{'exported':>12}{'recorded':>12}{'over 4':>12}")
    for name, way in GROWING.items():
        exported, recorded = [], []
        for secret in corpus:
            pieces = [*way(secret.text, COLS, ROWS), b"\r\n"]
            exported.append(longest_piece(_body(secret), masked_export(pieces), COLS, ROWS))
            recorded.append(longest_piece(_body(secret), masked_live(pieces), COLS, ROWS))
        over = sum(size > 4 for size in recorded)
        print(f"{name:<14}{max(exported):>12}{max(recorded):>12}{f'{over} of {len(corpus)}':>12}")


def _body(secret: Secret) -> str:
    needle = secret.needles[0]
    known = [prefix.text for prefix in PREFIXES if needle.startswith(prefix.text)]
    return needle.removeprefix(max(known, key=len, default=""))


def masked_export(pieces: list[bytes]) -> bytes:
    events = [Event(n, n, "term", "output", piece) for n, piece in enumerate(pieces)]
    masked = TwoPassRedaction(lambda: events, (COLS, ROWS)).events(events, report=False)
    return b"".join(event.data for event in masked if isinstance(event.data, bytes))


def masked_live(pieces: list[bytes]) -> bytes:
    """As if each piece came long after the one before."""
    stream, out = MaskedStream("terminal", COLS, ROWS), b""
    for piece in pieces:
        start = stream.append(piece)
        stream.scan()
        stream.mark_until(start + len(piece))
        out += stream.mask(piece, start)
        stream.forget()
    return out
