"""Generated output of programs, the same on every machine: ``STREAMS[name](bytes)`` yields pieces."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

Stream = Callable[[int], Iterator[bytes]]

_VOCABULARY = """
a after agent all and answer are as at before block branch buffer build but by call case
change check child class close code command commit config copy count data default delete
directory each edit else empty end error event every example expected fail file first fix
flag for from function get give has header if in index input instead is it keep key last
length line list log loop make match message method missing model module more name new next
no not now number of old on one only open option or output parse passes path pattern process
read record rename result return run same screen see segment set should size so start state
step stop store string task terminal test than that the then there this time to tool tree
turn type under until update use user value wait was when where which while with without
word work write wrong you
"""
WORDS = _VOCABULARY.split()


def write(path: Path, name: str, size: int, unique: int = 16 << 20) -> Path:
    """A file of about ``size`` bytes of stream ``name``; past ``unique`` bytes it repeats itself.

    No compressor of the recorder looks back that far, so the repetition saves it nothing.
    """
    block = b"".join(STREAMS[name](min(size, unique)))
    with path.open("wb") as file:
        for _ in range(max(1, round(size / len(block)))):
            file.write(block)
    return path


def _until(size: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    held = 0
    for piece in pieces:
        if held >= size:
            return
        held += len(piece)
        yield piece


def log(size: int) -> Iterator[bytes]:
    """A build as a CI server shows it: every line with its time; compilers, tests, warnings, checksums."""
    return _until(size, _log(random.Random(1)))


def _log(dice: random.Random) -> Iterator[bytes]:
    clock = 1_700_000_000_000_000
    folders = {f"src/{_name(dice)}/{_name(dice)}": _flags(dice) for _ in range(60)}
    for step in itertools.count(1):
        folder = dice.choice(list(folders))
        for line in _step(dice, step, folder, folders[folder]):
            clock += dice.randrange(20, 90_000)  # microseconds
            yield f"{_time(clock)} {line}\n".encode()


def _time(clock: int) -> str:
    seconds, fraction = divmod(clock, 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{fraction:06}Z"


def _name(dice: random.Random) -> str:
    return f"{dice.choice(WORDS)}_{dice.choice(WORDS)}"


def _flags(dice: random.Random) -> str:
    includes = " ".join(f"-Isrc/{_name(dice)}/include" for _ in range(dice.randrange(3, 8)))
    return f"-std=c++20 -O2 -g -Wall -Wextra -fPIC -DNDEBUG {includes}"


def _step(dice: random.Random, step: int, folder: str, flags: str) -> list[str]:
    chance = dice.random()
    name = f"{_name(dice)}_{dice.randrange(100)}"
    if chance < 0.15:
        test = f"{_name(dice)}.{_name(dice)}"
        return [f"[ RUN      ] {test}", f"[       OK ] {test} ({dice.randrange(1, 4000)} ms)"]
    if chance < 0.20:
        digest = dice.getrandbits(160)
        return [
            f"archive build/{folder}/lib{name}.a sha1:{digest:040x} {dice.randrange(10**6)} bytes"
        ]
    target = f"build/{folder}/{name}.o"
    if chance < 0.80:
        return [f"[{step % 10_000 // 100:>3}%] Building CXX object {target}"]
    line = f"[{step:>6}] c++ {flags} -MD -MF {target}.d -c {folder}/{name}.cc -o {target}"
    return [line, *_warning(dice, folder, name)] if chance > 0.92 else [line]


def _warning(dice: random.Random, folder: str, name: str) -> list[str]:
    place = f"{folder}/{name}.cc:{dice.randrange(1, 2000)}:{dice.randrange(4, 60)}"
    variable = dice.choice(WORDS)
    source = " ".join(dice.choice(WORDS) for _ in range(dice.randrange(3, 9)))
    return [
        f"{place}: warning: unused variable '{variable}' [-Wunused-variable]",
        f"      |     auto {variable} = {source};",
        "      |          ^~~~~~",
    ]


def color(size: int) -> Iterator[bytes]:
    """Lines where every word has its own color, as `ls --color` or a highlighted diff."""
    return _until(size, _color(random.Random(2)))


def _color(dice: random.Random) -> Iterator[bytes]:
    while True:
        words = [
            f"\x1b[38;5;{dice.randrange(256)}m{dice.choice(WORDS)}\x1b[0m"
            for _ in range(dice.randrange(6, 16))
        ]
        yield (" ".join(words) + "\n").encode()


def repaint(size: int) -> Iterator[bytes]:
    """An agent's screen, 120x40: it thinks, streams an answer, runs a tool, and redraws at every step."""
    return _until(size, _repaint(random.Random(3)))


def _repaint(dice: random.Random) -> Iterator[bytes]:
    seconds = 0
    while True:
        for _ in range(dice.randrange(20, 80)):  # thinking: only the spinner turns
            seconds += 1
            yield _frame([_status(dice, seconds)])
        answer = [dice.choice(WORDS) for _ in range(dice.randrange(60, 400))]
        for end in range(1, len(answer), 2):  # streaming: the block grows by words
            seconds += 1
            lines = _wrap(answer[:end])[-30:]
            yield _frame([*lines, "", _status(dice, seconds)])
        yield _tool(dice)


def _frame(lines: list[str]) -> bytes:
    """How Ink does it: erase the lines of the last frame upwards, write them all again."""
    erase = "\x1b[2K\x1b[1A" * len(lines) + "\x1b[2K\x1b[G"
    box = [
        "\x1b[38;5;244m" + "─" * 118 + "\x1b[39m",
        "> ",
        "\x1b[38;5;244m" + "─" * 118 + "\x1b[39m",
    ]
    return ("\x1b[?2026h" + erase + "\r\n".join([*lines, *box]) + "\r\n\x1b[?2026l").encode()


def _status(dice: random.Random, seconds: int) -> str:
    spinner = "✢✳✶✻✽"[seconds % 5]
    tokens = seconds * 3 + dice.randrange(3)
    told = f"({seconds // 20}s · ↓ {tokens} tokens · esc to interrupt)"
    return f"\x1b[38;5;174m{spinner} Working…\x1b[39m \x1b[2m{told}\x1b[22m"


def _wrap(words: list[str]) -> list[str]:
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > 110:
            lines.append(line)
            line = ""
        line += word + " "
    return [*lines, line]


def _tool(dice: random.Random) -> bytes:
    lines = [f"\x1b[38;5;114m●\x1b[39m \x1b[1mBash\x1b[22m(make {dice.choice(WORDS)})"]
    for number in range(dice.randrange(3, 25)):
        words = " ".join(dice.choice(WORDS) for _ in range(8))
        lines.append(f"  \x1b[2m{number:>3}\x1b[22m {words}")
    return ("\r\n".join(lines) + "\r\n").encode()


STREAMS: dict[str, Stream] = {"log": log, "color": color, "repaint": repaint}
