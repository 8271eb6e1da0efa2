"""`agentrec convert --redact`: a recording that exists, by the command a user types."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save
from agentrec.redact.two_pass import TwoPassRedaction
from fixtures.secrets import secrets
from fixtures.secrets.checks import leaks

SECRETS = [secret for secret in secrets() if "\n" not in secret.text][:20]
AGENTREC = [sys.executable, "-m", "agentrec"]
KEY = next(secret for secret in secrets() if secret.kind == "github classic")


def convert(*args: object, **how: Any) -> subprocess.CompletedProcess[bytes]:
    command = [*AGENTREC, "convert", *map(str, args)]
    return subprocess.run(command, capture_output=True, check=False, **how)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Secrets that came a byte at a time over minutes, in events, in the header, and typed."""
    events: list[Event] = []

    def add(track: str, kind: str, data: Any) -> None:
        events.append(Event(len(events), len(events) * 10**9, track, kind, data))

    for secret in SECRETS:
        for byte in f"{secret.text}\r\n".encode():
            add("term", "output", bytes([byte]))
        add("tool", "call", {"command": secret.text})
    add("term", "resize", {"cols": 100, "rows": 30})
    for byte in KEY.text.encode():
        add("term", "input", bytes([byte]))
    add("?", "99", f"later: {KEY.text}".encode())
    links = {"span": f"call {KEY.text}", "parent": KEY.text, "actor": f"agent/{KEY.text}"}
    events.append(Event(len(events), len(events) * 10**9, "tool", "call", {"name": "x"}, **links))
    add("term", "exit", {"code": 0, "signal": None, "why": KEY.text})
    header = {
        "cols": 80,
        "rows": 24,
        "command": ["tool", "--token", KEY.text],
        "title": f"about {KEY.text}",
        "env": {"MY_TOKEN": KEY.text, "TERM": "xterm"},
    }
    save(str(tmp_path / "source.ahr"), header, events)
    return tmp_path / "source.ahr"


@pytest.mark.parametrize("name", ["out.ahr", "out.jsonl", "out.cast", "out.txt", "out.ahr1"])
def test_no_format_holds_a_secret(source: Path, name: str) -> None:
    out = source.with_name(name)
    done = convert(source, out, "--redact")
    assert done.returncode == 0, done.stderr
    assert b"masked" in done.stderr
    back = source.with_name("back.jsonl")
    if name != "out.txt":
        assert convert(out, back).returncode == 0
    text = (out if name == "out.txt" else back).read_text()
    assert not [secret.kind for secret in [*SECRETS, KEY] if secret.needles[0] in text]
    assert "*" in text


def test_a_recording_of_it_is_whole_and_tells_what_was_masked(source: Path) -> None:
    out = source.with_name("out.ahr")
    assert convert(source, out, "--redact").returncode == 0
    with Recording.open(str(source)) as before, Recording.open(str(out)) as after:
        old, new = list(before.events()), list(after.events())
        header = after.header
        assert after.ended
    same = [(e.seq, e.t, e.track, e.kind) for e in old]
    assert [(e.seq, e.t, e.track, e.kind) for e in new[: len(old)]] == same
    shown = [
        b"".join(e.data for e in events if e.name == ("term", "output")) for events in (old, new)
    ]  # type: ignore[misc]
    assert all(leaks(secret, shown[0], 80, 24) for secret in SECRETS)
    assert not [secret.kind for secret in SECRETS if leaks(secret, shown[1], 80, 24)]
    assert len(shown[0]) == len(shown[1])
    told = [event.data for event in new[len(old) :]]
    assert {"terminal", "event", "input"} == {
        note["where"] for note in told if isinstance(note, dict)
    }
    assert KEY.needles[0] not in json.dumps(header)
    assert header["command"] == ["tool", "--token", "***"]
    assert header["env"] == {"MY_TOKEN": "***", "TERM": "xterm"}


def test_from_standard_input_to_standard_output(source: Path) -> None:
    done = convert("-", "-", "--redact", "--to", "jsonl", input=source.read_bytes())
    assert done.returncode == 0, done.stderr
    assert KEY.needles[0].encode() not in done.stdout
    assert b'"guard"' in done.stdout


def test_a_foreign_format(tmp_path: Path) -> None:
    cast = tmp_path / "in.cast"
    lines = [
        {"version": 2, "width": 80, "height": 24},
        *([n, "o", c] for n, c in enumerate(KEY.text)),
    ]
    cast.write_text("\n".join(map(json.dumps, lines)))
    done = convert(cast, tmp_path / "out.txt", "--redact")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.txt").read_text().strip("*\n") == ""


def test_without_it_nothing_changes(source: Path) -> None:
    assert convert(source, source.with_name("out.jsonl")).returncode == 0
    assert KEY.needles[0] in source.with_name("out.jsonl").read_text()


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    done = convert(tmp_path / "no.ahr", tmp_path / "out.txt", "--redact")
    assert done.returncode == 3
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("size", [(65535, 65535), (1, 65535), (65535, 1)])
def test_a_terminal_of_any_size_takes_bounded_memory(tmp_path: Path, size: tuple[int, int]) -> None:
    events = [
        Event(0, 0, "term", "resize", {"cols": size[0], "rows": size[1]}),
        Event(1, 1, "term", "output", f"token {KEY.text}\r\n".encode()),
    ]
    source, out = tmp_path / "wide.ahr", tmp_path / "out.ahr"
    save(str(source), {"cols": 80, "rows": 24}, events)
    limit = 2 << 30  # bytes of addresses
    done = convert(
        *(source, out, "--redact"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    assert done.returncode == 0, done.stderr
    with Recording.open(str(out)) as recording:
        shown = b"".join(
            it.data for it in recording.events(tracks=("term",)) if it.kind == "output"
        )
    assert b"token" in shown
    assert KEY.text.encode() not in shown


def test_what_was_not_searched_is_left_out() -> None:
    """Reading is bounded: the first pass, which is slower, may end earlier than the second."""
    text = KEY.text.encode()
    events = [Event(n, n, "term", "output", b"%d " % n + text + b"\r\n") for n in range(4)]
    redaction = TwoPassRedaction(lambda: events[:2], (80, 24))
    shown = [event.data for event in redaction.events(events, report=False)]
    assert redaction.left_out == sum(len(event.data) for event in events[2:])
    assert shown == [b"%d " % n + b"*" * len(text) + b"\r\n" for n in range(2)] + [b"", b""]
