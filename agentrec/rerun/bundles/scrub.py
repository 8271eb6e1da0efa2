"""Masks secrets in a bundle before it is shared, and counts them by rule and by place."""

from __future__ import annotations

from typing import NamedTuple

from agentrec.json_values import JsonObject, table
from agentrec.redact import MASK
from agentrec.redact.command_line import mask_command
from agentrec.redact.json_redaction import redact_json, redact_text
from agentrec.rerun.bundles.bundle import Bundle, Worker


class Masked(NamedTuple):
    """Secrets that were masked in one place."""

    place: str
    rule: str
    times: int

    def as_data(self) -> JsonObject:
        """As a JSON object."""
        return self._asdict()


def scrub(bundle: Bundle) -> list[Masked]:
    """Mask everything in ``bundle`` that looks like a secret; returns what was masked, without it."""
    report: list[Masked] = []
    for name in ("session", "task", "agents", "harness", "base_ref"):
        setattr(bundle, name, _masked(getattr(bundle, name), f"meta: {name}", report))
    for worker in bundle.workers:
        _scrub_worker(worker, report)
    totals: dict[str, int] = dict(bundle.masked)
    for it in report:
        totals[it.rule] = totals.get(it.rule, 0) + it.times
    bundle.masked = dict(sorted(totals.items()))
    return report


def _scrub_worker(worker: Worker, report: list[Masked]) -> None:
    for name in ("task", "handoff", "status", "model", "expected"):
        value = _masked(getattr(worker, name), f"{worker.slug}: {name}", report)
        setattr(worker, name, value)
    options = mask_command(worker.options)
    hidden = sum(
        MASK in after and after != before
        for before, after in zip(worker.options, options, strict=True)
    )
    if hidden:
        report.append(Masked(f"{worker.slug}: options", "command-line", hidden))
    worker.options = options
    for path, entry in (worker.files or {}).items():
        _scrub_file(worker.slug, path, entry, report)


def _scrub_file(slug: str, path: str, entry: JsonObject, report: list[Masked]) -> None:
    """Lines together: a secret may go over several of them."""
    lines = entry.get("lines")
    if not isinstance(lines, list):
        return
    counts: dict[str, int] = {}
    masked = redact_text("".join(map(str, lines)), counts)
    if counts:
        entry["lines"] = masked.splitlines(keepends=True)
        entry["masked"] = True
        report += [Masked(f"{slug}: {path}", rule, n) for rule, n in counts.items()]


def _masked(value: object, place: str, report: list[Masked]) -> object:
    masked, counts = redact_json(value)
    report += [Masked(place, rule, n) for rule, n in counts.items()]
    return masked


def masked_files(worker: Worker) -> list[str]:
    """Files of a worker in which something was masked: they are not as they were."""
    return [path for path, entry in (worker.files or {}).items() if table(entry).get("masked")]
