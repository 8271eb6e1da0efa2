"""Programs that run beside ours: each from its locked packages, in an environment of its own in .tools."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_STAMP = "installed"  # holds the hash of the lock file


def find(name: str, lock: str) -> Path | None:
    """The program ``name`` of ``requirements/LOCK.lock``, if it is there."""
    program = _folder(lock) / "bin" / name
    return program if program.exists() else None


def install(name: str, lock: str) -> Path | None:
    """The program, installed just as the lock file says. None if that fails: pip has said why."""
    folder, packages = _folder(lock), ROOT / "requirements" / f"{lock}.lock"
    stamp, wanted = folder / _STAMP, sha256(packages.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(folder)]
        command = [*pip, "install", "-q", "--require-hashes", "-r", str(packages)]
        if subprocess.run(command, check=False).returncode:
            return None
        stamp.write_text(wanted)
    return find(name, lock)


def _folder(lock: str) -> Path:
    return ROOT / ".tools" / lock
