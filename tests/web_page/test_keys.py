"""What player and page can do: one table in the docs, complete, with a reason for every difference."""

from __future__ import annotations

import re
from pathlib import Path

from agentrec.tui.keys import KEYS

ROOT = Path(__file__).resolve().parents[2]
PAGE_KEYS = ROOT / "agentrec/web/page/src/player/keys.ts"
ROW = re.compile(
    r"^\| (?P<what>[^|]+) \| (?P<player>[^|]+) \| (?P<page>[^|]+) \| (?P<why>[^|]*) \|$"
)
NONE = "-"


def table() -> list[dict[str, str]]:
    text = (ROOT / "docs/page.md").read_text()
    part = text.partition("## Player and page")[2].partition("\n## ")[0]
    rows = [found.groupdict() for line in part.splitlines() if (found := ROW.match(line))]
    return [{name: cell.strip() for name, cell in row.items()} for row in rows[2:]]


def keys(cell: str) -> list[str]:
    """The keys in a cell: each is code."""
    return re.findall(r"`([^`]+)`", cell)


def page_keys() -> set[str]:
    """Keys as they are shown."""
    found = re.findall(r'key\("[^"]+", "([^"]+)", "\w+", "[^"]+"\)', PAGE_KEYS.read_text())
    assert len(found) > 30
    return {"0 \u2026 9" if text == "0" else text for text in found}


def player_keys() -> set[str]:
    found = {"0 \u2026 9" if key.action.startswith("tenth(") else key.shown for key in KEYS}
    assert len(found) > 30
    return found


def test_every_key_is_in_the_table() -> None:
    assert sorted(key for row in table() for key in keys(row["player"])) == sorted(player_keys())
    assert sorted(key for row in table() for key in keys(row["page"])) == sorted(page_keys())


def test_what_one_of_them_cannot_do_has_a_reason() -> None:
    rows = table()
    assert rows
    for row in rows:
        missing = [name for name in ("player", "page") if row[name] == NONE]
        assert len(missing) < 2, row
        assert bool(missing) == bool(row["why"]), row
        for name in ("player", "page"):
            assert row[name] == NONE or keys(row[name]), row
