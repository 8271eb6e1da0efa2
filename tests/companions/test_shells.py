"""Shells with marks: real bash, zsh and fish, the user's own files, exit codes, and the same screen."""

import os
import shutil
import stat

import pytest

from agentrec.companions.shells import ShellIntegration
from agentrec.moments.shell_commands import CommandTracker
from agentrec.terminal.engine.screen import Screen
from tests.capture.terminal import Terminal, environment

RC = {
    "bash": (
        ".bashrc",
        (
            "PS1='P> '; HISTCONTROL=ignoreboth; alias printf=false local=false builtin=false\n"
            "mine() { echo mine-$1; }\nPROMPT_COMMAND='seen=$?'\ntrap 'hits=$((hits+1))' DEBUG\nfalse\n"
        ),
    ),
    "zsh": (
        ".zshrc",
        (
            "PS1='P> '; setopt histignorespace ksharrays noclobber\nmine() { echo mine-$1; }\n"
            "precmd() { seen=$? }\nunsetopt promptsp\n"
        ),
    ),
    "fish": (
        ".config/fish/config.fish",
        (
            "function fish_prompt; set -g seen $status; echo -n 'P> '; end; set fish_greeting\n"
            "function mine; echo mine-$argv; end\n"
        ),
    ),
}
STATUS = {"bash": "$?", "zsh": "$?", "fish": "$status"}
SHELLS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            shutil.which(name) is None,
            reason=f"{name} is not installed: scripts/packages installs it as root",
        ),
    )
    for name in RC
]


class Shell(Terminal):
    """A shell in a home directory with its user's files, marked or as it is."""

    def __init__(self, name, home, *, marked=True):
        self.name = name
        file, text = RC[name]
        os.makedirs(os.path.dirname(os.path.join(home, file)), exist_ok=True)
        with open(os.path.join(home, file), "w") as rc:
            rc.write(text)
        # Without it, a new fish reads every manual page of the machine in the background first.
        os.makedirs(os.path.join(home, ".local/share/fish/generated_completions"), exist_ok=True)
        argv, env = [name], environment(home, fish_handle_reflow="0", PS1="$ ")
        if marked:
            argv, env = ShellIntegration().prepare(argv, env, str(home))
        super().__init__(argv, env, cwd=home)
        self.prompt()

    def prompt(self):
        # fish paints its prompt more than once; a shell that is ready shows nothing more.
        self.until(b"P> ")
        while self.read(0.2 if self.name == "fish" else 0.05):
            pass
        self._looked = len(self.seen)

    def type(self, line):
        self.send(line.encode() + b"\r")
        self.prompt()


def commands(seen, cut=11):
    found = CommandTracker()
    ended = []
    for at in range(0, len(seen), cut):
        ended += found.feed(at, seen[at : at + cut])
    return [(c.text, c.exit) for c in ended + found.finish(len(seen))]


@pytest.mark.parametrize("name", SHELLS)
def test_commands_and_their_exit_codes(name, tmp_path):
    with Shell(name, tmp_path) as shell:
        for line in (
            "false",
            f'echo "a;b" é {STATUS[name]} $seen',
            "sh -c 'exit 7'",
            "sh -c 'exit 7'",
            " true hidden",
            "mine 1",
            "cd / && pwd",
            "",
        ):
            shell.type(line)
        shell.send(b"exit 3\r")
        assert shell.wait() == 3
    assert "a;b é 1 1".encode() in shell.seen
    assert b"mine-1" in shell.seen
    assert commands(shell.seen) == [
        ("false", 1),
        (f'echo "a;b" é {STATUS[name]} $seen', 0),
        ("sh -c 'exit 7'", 7),
        ("sh -c 'exit 7'", 7),
        ("", 0),
        ("mine 1", 0),
        ("cd / && pwd", 0),
        ("exit 3", 3 if name == "fish" else None),
    ]


@pytest.mark.parametrize("name", SHELLS)
def test_the_screen_and_environment_are_as_without(name, tmp_path):
    shown = []
    for marked in (False, True):
        with Shell(name, tmp_path, marked=marked) as shell:
            shell.type("false")
            shell.type("env | grep -c AGENTREC")
            shell.type("env | grep -c ZDOTDIR")
            shell.type(f"echo status {STATUS[name]}")
            shell.type("mine x; mine y")
            if name == "bash":
                shell.type("false | true; echo ${PIPESTATUS[*]} $_; true x; echo $_ $!")
                shell.type("bash -ic 'echo $PROMPT_COMMAND'")
            shell.send(b"exit\r")
            code = shell.wait()
        screen = Screen(80, 24)
        screen.feed(shell.seen)
        shown.append((code, screen.text(), screen.cursor))
    assert "mine-y" in shown[0][1]
    assert shown[0] == shown[1]


@pytest.mark.parametrize("name", SHELLS)
def test_an_interrupted_command(name, tmp_path):
    with Shell(name, tmp_path) as shell:
        shell.send(b"sh -c 'echo u''p; exec sleep 60'\r")
        shell.until(rb"133;C;[^\a]*\a.*up\r\n")
        shell.send(b"\x03")
        shell.prompt()
        shell.send(b"exit\r")
        shell.wait()
    assert commands(shell.seen)[0] == ("sh -c 'echo u''p; exec sleep 60'", 130)


@pytest.mark.parametrize(
    "argv",
    [
        ["bash", "-c", "true"],
        ["bash", "--norc"],
        ["bash", "-l"],
        ["bash", "script"],
        ["zsh", "-f"],
        ["fish", "--no-config"],
    ],
)
def test_a_shell_with_a_will_of_its_own_is_left_alone(argv):
    env = {"HOME": "/"}
    assert ShellIntegration().prepare(list(argv), dict(env), "/") == (argv, env)


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_reads_everything_from_its_own_directory(tmp_path):
    place = tmp_path / "dots"
    place.mkdir()
    for file in (".zshenv", ".zprofile", ".zshrc", ".zlogin"):
        (place / file).write_text(f"read_files+=({file})\n")
    (tmp_path / ".zshenv").write_text("read_files+=(wrong)\n")
    env = environment(tmp_path, ZDOTDIR=str(place))
    argv, env = ShellIntegration().prepare(["zsh", "-l"], env, str(tmp_path))
    with Terminal(argv, env) as shell:
        shell.until(b"133;A")
        shell.send(b"echo $read_files in $ZDOTDIR; exit\r")
        shell.wait()
    assert f".zshenv .zprofile .zshrc .zlogin in {place}".encode() in shell.seen


def test_scripts_are_installed_readable():
    import agentrec.companions.shells as here

    folder = os.path.dirname(here.__file__)
    for file in ("marks.bash", "marks.fish", "zsh/.zshenv"):
        assert os.stat(os.path.join(folder, file)).st_mode & stat.S_IRUSR
