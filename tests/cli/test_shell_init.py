"""Lines for startup files that record every interactive shell, in real shells."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.recording.reader import Recording
from tests.agents_env.need import missing
from tests.capture.terminal import Terminal, environment

START_FILES = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
SHELLS = pytest.mark.parametrize("shell", START_FILES)


def prepare(shell: str, tmp_path: Path, **more: str) -> dict[str, str]:
    """A home whose startup file has the lines; the environment."""
    if shutil.which(shell) is None:
        missing(f"{shell} is not installed: scripts/packages installs it as root")
    env = environment(tmp_path, **more)
    argv = [sys.executable, "-m", "agentrec", "shell-init", shell]
    lines = subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout
    file = tmp_path / START_FILES[shell]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(lines)
    return env


def recordings(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / ".local/share/agentrec/recordings").rglob("*.ahr"))


@SHELLS
def test_a_shell_is_recorded_once_and_ends_as_it_would(shell: str, tmp_path: Path) -> None:
    env = prepare(shell, tmp_path)
    with Terminal([shell, "-i"], env, cwd=tmp_path) as terminal:
        terminal.send(b"echo one-$((40 + 2))\r" if shell != "fish" else b"echo one-(math 40 + 2)\r")
        terminal.until(b"one-42")
        terminal.send(f"{shell} -i\r".encode())
        terminal.send(
            b"echo inner-$((1 + 1))\r" if shell != "fish" else b"echo inner-(math 1 + 1)\r"
        )
        terminal.until(b"inner-2")
        terminal.send(b"exit\r")
        terminal.send(b"exit 7\r")
        assert terminal.wait() == 7
    (file,) = recordings(tmp_path)
    with Recording.open(str(file)) as recording:
        assert shell in recording.header["command"][0]


@SHELLS
def test_a_shell_that_cannot_be_recorded_is_there_all_the_same(shell: str, tmp_path: Path) -> None:
    env = prepare(shell, tmp_path)
    (tmp_path / ".local/share").mkdir(parents=True)
    (tmp_path / ".local/share/agentrec").write_text("in the way")
    with Terminal([shell, "-i"], env, cwd=tmp_path) as terminal:
        terminal.send(b"echo here-$((1 + 1))\r" if shell != "fish" else b"echo here-(math 1 + 1)\r")
        terminal.until(b"here-2")
        terminal.send(b"exit 3\r")
        assert terminal.wait() == 3


@SHELLS
def test_it_is_off_where_it_is_turned_off_and_in_scripts(shell: str, tmp_path: Path) -> None:
    env = prepare(shell, tmp_path)
    done = subprocess.run(
        [shell, "-i", "-c", "echo script"],
        env=env | {"AGENTREC_SHELL_INIT": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
    )
    assert b"script" in done.stdout
    done = subprocess.run(
        [shell, "-c", "echo script"], env=env, stdin=subprocess.DEVNULL, capture_output=True
    )
    assert done.stdout == b"script\n"
    assert recordings(tmp_path) == []
