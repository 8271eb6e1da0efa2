"""`agentrec completion`, used by the shells themselves."""

import shutil
import subprocess

import pytest

from agentrec.cli.commands import COMMANDS, SHORT
from agentrec.cli.main import main
from tests.agents_env.need import missing


def script(capsys, shell):
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


def ran(*argv):
    if shutil.which(argv[0]) is None:
        missing(f"{argv[0]} is not installed")
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize(
    ("words", "some"),
    [
        (["bran"], {"branch", "branch-points", "branches"}),
        (["und"], {"undo"}),
        (["replay", "--sp"], {"--speed"}),
        (["snapshots", "re"], {"restore"}),
        (["snapshots", "diff", "--st"], {"--stat"}),
        (["golden", "s"], {"save", "show"}),
        (["golden", "run", "--any"], {"--any-version"}),
    ],
)
def test_bash(words, some, capsys, tmp_path):
    (tmp_path / "c").write_text(script(capsys, "bash"))
    line = " ".join(["agentrec", *words])
    asked = f"""source {tmp_path}/c
COMP_WORDS=({line}) COMP_CWORD={len(words)} COMP_LINE='{line}' COMP_POINT=${{#COMP_LINE}}
$(complete -p agentrec | sed 's/.*-F //; s/ .*//') agentrec {words[-1]} agentrec
printf '%s\\n' "${{COMPREPLY[@]}}" """
    assert set(ran("bash", "-c", asked)) == some


def test_fish(capsys, tmp_path):
    (tmp_path / "c").write_text(script(capsys, "fish"))
    found = ran("fish", "-c", f"source {tmp_path}/c; complete -C 'agentrec bran'")
    assert {"branch", "branches", "branch-points"} <= set(found)


def test_zsh(capsys, tmp_path):
    text = script(capsys, "zsh")
    (tmp_path / "_agentrec").write_text(text)
    ran("zsh", "-n", str(tmp_path / "_agentrec"))
    assert all(f"\n    {name}:'" in text for name in COMMANDS | SHORT)


def test_another_shell_is_named_as_wrong(capsys):
    assert main(["completion", "cmd"]) == 2
    assert "bash" in capsys.readouterr().err


def test_the_overview_fits_a_screen_and_names_every_command(capsys):
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    words = {word for line in lines for word in line.split()}
    assert set(COMMANDS) <= words


@pytest.mark.parametrize("argv", [["snapshots", "show"], ["show"], ["help", "snapshots", "show"]])
def test_a_command_of_a_group_has_two_names(argv, capsys):
    assert main(argv if argv[0] == "help" else [*argv, "--help"]) == 0
    assert "Print a file as it was" in capsys.readouterr().out
