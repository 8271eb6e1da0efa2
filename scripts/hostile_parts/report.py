"""The table of what commands took at most, and which laws were broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scripts.hostile_parts.measure import Measured


def table(measured: Iterable[Measured]) -> Iterator[str]:
    """One row for each command: the worst file for its time and for its memory."""
    commands: dict[str, list[Measured]] = {}
    for one in measured:
        commands.setdefault(one.command, []).append(one)
    yield "| command | files | most CPU | on | most memory | on |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, runs in commands.items():
        slow, large = max(runs, key=_seconds), max(runs, key=_mb)
        yield (
            f"| {name} | {len(runs)} | {slow.seconds:.1f} s | {slow.file} | {large.mb:.0f} MB "
            f"| {large.file} |"
        )


def faults(measured: Iterable[Measured]) -> Iterator[str]:
    """A line for each law that was broken, with the last words of the command."""
    for one in measured:
        if one.fault:
            figures = f"{one.seconds:.1f} s, {one.mb:.0f} MB, exit code {one.code}"
            yield f"{one.fault}: {one.command} on {one.file} ({figures}): {one.words[-200:]!r}"


def _seconds(one: Measured) -> float:
    return one.seconds


def _mb(one: Measured) -> float:
    return one.mb
