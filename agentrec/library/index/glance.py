"""What the index knows already, without bringing it up to date: for completion, which must not wait."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from agentrec.config import data_home
from agentrec.library.index.library_db import DB_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_ROWS = 10_000
_BUSY_SECONDS = 0.2


def known_titles(env: Mapping[str, str]) -> dict[str, tuple[int, str]]:
    """By path of a recording: when it began in ns of Unix time, and its title or first prompt."""
    sql = (
        "SELECT path, created, coalesce(nullif(title, ''), prompt) FROM recordings WHERE fault = ''"
    )
    return {path: (int(created), title or "") for path, created, title in _rows(sql, env)}


def known_tools(env: Mapping[str, str]) -> list[str]:
    """Names of tools, the most called first."""
    return _names("SELECT name FROM tools GROUP BY name ORDER BY sum(calls) DESC", env)


def known_programs(env: Mapping[str, str]) -> list[str]:
    """Names of agents and of recorded programs, the most recorded first."""
    sql = (
        "SELECT name FROM (SELECT agent AS name FROM recordings WHERE agent != '' UNION ALL"
        " SELECT program FROM recordings WHERE agent = '') GROUP BY name ORDER BY count(*) DESC"
    )
    return _names(sql, env)


def known_projects(env: Mapping[str, str]) -> list[str]:
    """Paths of projects, the most recorded first."""
    return _names(
        "SELECT project FROM recordings GROUP BY project ORDER BY count(*) DESC, project", env
    )


def _names(sql: str, env: Mapping[str, str]) -> list[str]:
    return [name for (name,) in _rows(sql, env) if name]


def _rows(sql: str, env: Mapping[str, str]) -> list[tuple[str, ...]]:
    path = Path(os.path.abspath(data_home(env))) / DB_NAME
    try:
        db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
    except sqlite3.Error:  # no index yet
        return []
    try:
        return db.execute(sql).fetchmany(_MAX_ROWS)
    except sqlite3.Error:  # of another version, or being written
        return []
    finally:
        db.close()
