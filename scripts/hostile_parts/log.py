"""What was measured, in a file that a run can go on from."""

from __future__ import annotations

import json
from pathlib import Path

from scripts.hostile_parts.measure import Measured


class Log:
    """Measured commands; kept in the file ``path``, one a line, when there is one."""

    def __init__(self, path: str | None) -> None:
        self._path = Path(path) if path else None
        self.measured: list[Measured] = []
        if self._path and self._path.exists():
            lines = self._path.read_text().splitlines()
            self.measured = [Measured(*json.loads(line)) for line in lines]

    def __contains__(self, key: tuple[str, str]) -> bool:
        return any((one.file, one.command) == key for one in self.measured)

    def add(self, one: Measured) -> None:
        self.measured.append(one)
        if self._path:
            with self._path.open("a") as file:
                file.write(json.dumps(one) + "\n")
