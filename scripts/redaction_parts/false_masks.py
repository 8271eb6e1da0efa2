"""What is masked in files, logs and listings: all of it counts as false, also examples of secrets."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from agentrec.redact.screen.masker import Masker

# Of each root, and of each file.
ROOT_BYTES = 30_000_000
FILE_BYTES = 4 << 20
SHOWN = 40
# Of a wide character, of which only the first byte is marked.
WIDE_BYTES = 3


def report(roots: list[str], *, show: bool) -> None:
    print(f"{'masked in':<44}{'MB':>8}{'masks':>8}{'a MB':>8}{'MB/s':>8}")
    all_bytes = all_masks = 0
    for root in roots:
        for name, data in (
            ("files", _files(root)),
            ("git log -p", _log(root)),
            ("ls -lR", _listing(root)),
        ):
            size = masks = 0
            begin = time.process_time()
            for piece in data:
                size += len(piece)
                masks += _masks(piece, show=show)
            if not size:
                continue
            seconds = max(time.process_time() - begin, 1e-6)
            label = f"{Path(root).name} {name}"
            print(
                f"{label:<44}{size / 1e6:>8.1f}{masks:>8}{masks / size * 1e6:>8.2f}"
                f"{size / 1e6 / seconds:>8.1f}"
            )
            all_bytes, all_masks = all_bytes + size, all_masks + masks
    print(
        f"{'all':<44}{all_bytes / 1e6:>8.1f}{all_masks:>8}{all_masks / max(all_bytes, 1) * 1e6:>8.2f}"
    )


def _masks(data: bytes, *, show: bool) -> int:
    """Stretches of ``data`` that are masked as output of a terminal."""
    data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    masker = Masker(120, 40)
    masker.feed(data)
    masker.scan()
    count, stop = 0, -1
    for span in sorted(masker.spans):
        if span.start > stop + WIDE_BYTES:
            count += 1
            if show:
                print(f"  {data[max(0, span.start - SHOWN) : span.stop + SHOWN]!r}")
        stop = max(stop, span.stop)
    return count


def _files(root: str) -> Iterator[bytes]:
    total = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in (".git", "__pycache__"))
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_symlink() or not path.is_file() or path.stat().st_size > FILE_BYTES:
                continue
            data = path.read_bytes()
            if b"\0" in data or b"\x1b" in data or total > ROOT_BYTES:
                continue
            total += len(data)
            yield data


def _log(root: str) -> Iterator[bytes]:
    if Path(root, ".git").exists():
        yield _output("git", "-C", root, "log", "-p")


def _listing(root: str) -> Iterator[bytes]:
    yield _output("ls", "-lR", root)


def _output(*command: str) -> bytes:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        data = process.stdout.read(ROOT_BYTES)
        process.kill()
    return data
