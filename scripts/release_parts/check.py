"""Installs a wheel in a clean environment and tries it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from scripts.release_parts.share import COMPLETIONS, MAN_PAGE


def installed(wheel: Path, source: Path, venv: Path) -> None:
    """Install ``wheel`` in a new environment ``venv``, with pinned dependencies, and try what it brings."""
    print("trying the wheel in a clean environment", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    python, agentrec = venv / "bin/python", venv / "bin/agentrec"
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    _run(*pip, "--require-hashes", "-r", source / "requirements" / "run.lock")
    _run(*pip, "--no-deps", "--no-index", wheel)
    version = wheel.name.split("-")[1]
    _expect(_run(agentrec, "--version") == f"agentrec {version}\n", "wrong version")
    for shell, path in COMPLETIONS.items():
        printed = _run(agentrec, "completion", shell)
        _expect((venv / "share" / path).read_text() == printed, f"wrong completion for {shell}")
    _expect(f'"agentrec {version}"' in (venv / "share" / MAN_PAGE).read_text(), "no man page")
    recording = venv / "try.ahr"
    _run(
        agentrec,
        "record",
        "--headless",
        "--no-snapshots",
        "-o",
        recording,
        "--",
        "echo",
        "it works",
    )
    _expect("it works" in _run(agentrec, "cat", recording), "a recording without its text")


def _run(*command: str | Path) -> str:
    """Return what a program prints. It sees neither this checkout nor the user's data."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    home = str(Path(command[0]).parents[1])
    env |= {"XDG_DATA_HOME": f"{home}/data", "XDG_CONFIG_HOME": f"{home}/config"}
    done = subprocess.run(
        list(map(str, command)),
        cwd=home,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return done.stdout


def _expect(true: bool, otherwise: str) -> None:
    if not true:
        sys.exit(f"the installed wheel is not as built: {otherwise}")
