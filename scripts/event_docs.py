"""Tables of docs/events.md and types of the page, made from agentrec/recording/events.

``python -m scripts.event_docs`` writes them, ``--check`` says which are stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from agentrec.recording.events.llm import Usage
from agentrec.recording.events.record import EventRecord
from agentrec.recording.events.registry import BYTES, KINDS, RESERVED
from agentrec.report.event_text import PATHS, TELLING

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs/events.md"
TYPES = ROOT / "agentrec/web/page/src/events.ts"
BEGIN, END = "<!-- made by scripts/event_docs -->\n", "<!-- end of what is made -->\n"
TRACKS = {
    "term": "the terminal",
    "mark": "marks",
    "agent": "what an agent reports",
    "llm": "calls of models",
    "tool": "calls of tools",
    "step": "steps inside a program",
    "sys": "the system",
    "fs": "files",
    "guard": "what was masked",
}
_TYPES = """\
The fields of each kind follow. A *count* is a whole number from 0; an *integer* is an exit status, a signal
or a process id; a *number* is a measurement, not below 0; *ns* is nanoseconds since the start; *texts* is a
list of texts. Readers treat a value of another type, or an implausible number, as absent, and keep fields
they do not know."""


def docs() -> str:
    """The part of docs/events.md between the markers."""
    return "\n".join([*_overview(), *_fields(), ""])


def _overview() -> Iterator[str]:
    yield "| track/kind | what it says | from | span, parent |"
    yield "| --- | --- | --- | --- |"
    for name, meaning in BYTES.items():
        yield _row(name, f"{meaning}: bytes, as they are", "the recorder", "")
    for record in KINDS:
        yield _row(_name(record), _meaning(record), record.SOURCE, record.LINKS)
    for name, meaning in RESERVED.items():
        yield _row(name.replace("*", "\\*"), meaning, "*reserved*", "")


def _fields() -> Iterator[str]:
    yield ""
    yield _TYPES
    for track, records in groupby(KINDS, lambda record: record.NAME[0]):
        yield ""
        yield f"### {track}: {TRACKS[track]}"
        yield ""
        yield "| kind | field | type | |"
        yield "| --- | --- | --- | --- |"
        for record in records:
            kind = record.NAME[1]
            for name, field in record.fields().items():
                yield _row(kind, name, field.type.name, field.meaning)
                kind = ""


def types() -> str:
    """All of the page's events.ts."""
    return "\n".join([*_types(), ""])


def _types() -> Iterator[str]:
    yield "// Made by scripts/event_docs from agentrec/recording/events; see docs/events.md."
    yield ""
    yield f"export const Usage = {_list(Usage._fields)};"
    for record in KINDS:
        yield ""
        yield f"// {_name(record)}: {_meaning(record)}."
        yield f"export const {record.__name__} = {{"
        yield from (f'  {name}: "{it.type.name}",' for name, it in record.fields().items())
        yield "} as const;"
    yield ""
    yield "// What a tool's input is about, the most telling first; and which of these are paths."
    yield f"export const TELLING = {_list(TELLING)};"
    yield f"export const PATHS = {_list(name for name in TELLING if name in PATHS)};"


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(f'{chr(34)}{name}{chr(34)}' for name in names)}] as const"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |".replace("  ", " ")


def _name(record: type[EventRecord]) -> str:
    return "/".join(record.NAME)


def _meaning(record: type[EventRecord]) -> str:
    return " ".join((record.__doc__ or "").split()).rstrip(".")


def stale() -> dict[Path, str]:
    """The files that are not what they should be, and what they should be."""
    text = DOCS.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    wanted = {DOCS: f"{head}{BEGIN}{docs()}{END}{tail}", TYPES: types()}
    return {path: made for path, made in wanted.items() if _text(path) != made}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main(arguments: list[str]) -> int:
    found = stale()
    if arguments == ["--check"]:
        for path in found:
            print(f"{path.relative_to(ROOT)} is stale: run scripts/event_docs", file=sys.stderr)
        return 1 if found else 0
    for path, made in found.items():
        path.write_text(made, encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
