"""Lines that programs print, and what the rules say about them: ``lines.toml``."""

import tomllib
from pathlib import Path

LINES = [
    tuple(entry[name] for name in ("text", "rule", "status", "label"))
    for entry in tomllib.loads((Path(__file__).parent / "lines.toml").read_text())["line"]
]
