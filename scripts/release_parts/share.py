"""Writes the man page and the completion files, in the folders where a system looks for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scripts.release_parts import manpage

MAN_PAGE = "man/man1/agentrec.1"
COMPLETIONS = {
    "bash": "bash-completion/completions/agentrec",
    "zsh": "zsh/site-functions/_agentrec",
    "fish": "fish/vendor_completions.d/agentrec.fish",
}


def write(folder: Path) -> None:
    """Write all of them below ``folder``."""
    texts = {MAN_PAGE: manpage.page()}
    for shell, path in COMPLETIONS.items():
        command = [sys.executable, "-m", "agentrec", "completion", shell]
        texts[path] = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
