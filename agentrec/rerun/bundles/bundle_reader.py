"""Reads bundles that anybody may have written: every value is checked, and everything has a limit."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from agentrec.errors import FormatError, InputError
from agentrec.json_values import amount, table, tables, text
from agentrec.recording.format.header import load_json
from agentrec.rerun.bundles.bundle import KODELYTH, MAX_TEXT_BYTES, SCHEMA, Bundle, Worker
from agentrec.rerun.bundles.bundle_files import check_files

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

MAX_BYTES = 64 << 20
_MAX_WORKERS = 1000
_MAX_TASK_CHARS = 64 << 10
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")


def is_bundle(path: str) -> bool:
    """Whether a file looks like a bundle: a JSON object that names a schema early."""
    try:
        with open(path, "rb") as file:
            start = file.read(4096)
    except OSError:
        return False
    return start.lstrip().startswith(b"{") and b'"schema"' in start


def read_bundle(path: str) -> Bundle:
    """Read a bundle. Raises InputError, FormatError."""
    try:
        with open(path, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    return parse_bundle(raw, path)


def parse_bundle(raw: bytes, name: str) -> Bundle:
    """The bundle in ``raw``, called ``name`` in errors. Raises FormatError."""
    most = MAX_BYTES if raw.isascii() else MAX_TEXT_BYTES
    if len(raw) > most:
        raise FormatError(f"{name} is larger than {most >> 20} MiB")
    try:
        data = load_json(raw)
    except FormatError as error:
        raise FormatError(f"{name} is not valid JSON: {error}") from None
    schema = data.get("schema")
    if schema not in (SCHEMA, KODELYTH):
        raise FormatError(f"{name} is not a bundle: its schema is {schema!r}")
    try:
        return _bundle(data)
    except FormatError as error:
        raise FormatError(f"{name}: {error}") from None


def _bundle(data: JsonObject) -> Bundle:
    workers = tables(data.get("workers"))
    if not workers or len(workers) > _MAX_WORKERS:
        raise FormatError(f"it has {len(workers)} workers, not 1 to {_MAX_WORKERS:,}")
    meta = table(data.get("meta"))
    read = [_worker(worker) for worker in workers]
    slugs = [worker.slug for worker in read]
    if len(set(slugs)) < len(slugs):
        raise FormatError("two workers have the same slug")
    return Bundle(
        session=text(data.get("session")),
        exported_at=text(data.get("exported_at")),
        exported_by=text(data.get("exported_by")),
        workers=read,
        task=text(meta.get("task")),
        agents=meta.get("agents"),
        harness=meta.get("harness"),
        base_ref=meta.get("base_ref"),
        masked={rule: int(amount(n) or 0) for rule, n in table(data.get("masked")).items()},
    )


def _worker(data: JsonObject) -> Worker:
    slug, task = text(data.get("slug")), text(data.get("task"))
    if not _SLUG.fullmatch(slug):
        raise FormatError(f"invalid slug {slug[:100]!r}")
    if len(task) > _MAX_TASK_CHARS or "\0" in task:
        raise FormatError(f"the task of {slug} is too long, or has a NUL character")
    commit = text(data.get("base_commit"))
    if commit and not _COMMIT.fullmatch(commit):
        raise FormatError(f"invalid base_commit of {slug}")
    agent = text(data.get("agent"))
    if agent and os.path.basename(agent) != agent:
        raise FormatError(f"the agent of {slug} is a path, not a name")
    options = data.get("options")
    files = data.get("files")
    if files is not None:
        check_files(table(files), slug)
    return Worker(
        slug,
        task,
        handoff=text(data.get("handoff")),
        status=text(data.get("status")),
        agent=agent,
        model=text(data.get("model")),
        options=[text(word) for word in options] if isinstance(options, list) else [],
        base_commit=commit,
        files={path: table(entry) for path, entry in table(files).items()}
        if files is not None
        else None,
        expected=table(data.get("expected")),
        signed=table(data.get("signed")),
    )
