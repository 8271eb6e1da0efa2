"""scripts/packages installs nothing that nobody agreed to."""

import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "packages"


@pytest.fixture
def machine(tmp_path):
    """Programs of a machine where only root's `apt-get` is: it writes down what it is told."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "cat", "env"):
        (folder / name).symlink_to(shutil.which(name))
    (folder / "id").write_text("#!/bin/bash\necho 0\n")
    (folder / "apt-get").write_text(f'#!/bin/bash\necho "$@" >>{tmp_path}/installed\n')
    for name in ("id", "apt-get"):
        (folder / name).chmod(0o755)
    return folder


def installed(machine):
    log = machine.parent / "installed"
    return log.read_text() if log.exists() else ""


def run(machine, *args, **env):
    return subprocess.run(
        ["/bin/bash", SCRIPT, *args],
        env={"PATH": str(machine), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )


def test_without_a_terminal_it_says_what_is_missing_and_installs_nothing(machine):
    done = run(machine)
    assert "  chromium: the page and exported files in a browser: tests/web_page\n" in done.stderr
    assert "  tmux: " in done.stderr
    assert "scripts/packages --yes" in done.stderr
    assert not installed(machine)


@pytest.mark.parametrize(("args", "env"), [((), {"CI": "true"}), (("--yes",), {})])
def test_ci_and_an_option_install_without_asking(machine, args, env):
    run(machine, *args, **env)
    last = installed(machine).splitlines()[-1].split()
    assert "install" in last
    assert {"tmux", "chromium", "man-db", "procps"} <= set(last)


def test_what_is_there_is_not_installed_again(machine):
    (machine / "tmux").symlink_to(shutil.which("true"))
    done = run(machine, "--yes")
    assert "tmux" not in done.stderr
    assert "tmux" not in installed(machine)


@pytest.mark.parametrize(("answer", "agreed"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_in_a_terminal_it_asks(machine, answer, agreed):
    child, fd = pty.fork()
    if not child:
        os.execve("/bin/bash", ["bash", str(SCRIPT)], {"PATH": str(machine)})
    shown, deadline, answered = b"", time.monotonic() + 20, False
    while time.monotonic() < deadline:
        if not select.select([fd], [], [], 0.2)[0]:
            continue
        try:
            data = os.read(fd, 4096)
        except OSError:  # the script has ended
            break
        if not data:
            break
        shown += data
        if b"[y/N] " in shown and not answered:
            answered = True
            os.write(fd, answer.encode())
    os.close(fd)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert answered, shown
    assert bool(installed(machine)) is agreed


def test_without_apt_it_says_so(machine):
    (machine / "apt-get").unlink()
    assert "your package manager" in run(machine, CI="true").stderr
