"""Nothing we publish tells a user to install a package of somebody else's from an index.

`agentrec` on the Python package index is another project: whoever installs it by that name runs its code.
"""

import re
import tomllib
from pathlib import Path

import pytest

from agentrec.cli.commands import COMMANDS, SHORT
from agentrec.cli.main import main

ROOT = Path(__file__).parents[1]

# Packages that may be named after an install command. Ours joins them on the day it is published.
ALLOWED = {
    "pre-commit",  # CONTRIBUTING.md
    "uv",  # scripts/lock
}

# Where a user, a CI system or a contributor reads or runs an install command.
PLACES = (
    "*.md",
    "docs",
    ".ci",
    ".github",
    ".pre-commit-config.yaml",
    "pyproject.toml",
    "scripts",
    "agentrec",
)
TEXTS = {".md", ".py", ".toml", ".yml", ".yaml", ".ts", ".tsx", ".html", ".sh", ""}

_COMMAND = re.compile(
    r"""\b(?:
        (?P<first>pipx\ +run|uvx|uv\ +tool\ +run)
      | (?:(?:uv\ +)?pip[\d.]*\ +(?:install|download|wheel)
      |    pipx\ +(?:install|inject|upgrade) | uv\ +(?:add|tool\ +install|tool\ +upgrade)
      |    (?:poetry|pdm|rye)\ +add | (?:conda|mamba)\ +install)
    )\ +(?P<rest>(?:"[^"\n]*"|'[^'\n]*'|[^\n`"';&|\#)])*)""",
    re.VERBOSE,
)
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:$|[\[=<>!~@;,])")
_NAMES_A_PACKAGE = {"--from", "--with", "--spec"}  # options whose value is installed
_TAKE_A_VALUE = {
    *(
        "-r",
        "--requirement",
        "-c",
        "--constraint",
        "-t",
        "--target",
        "-i",
        "--index-url",
        "--python",
    ),
    *(
        "--extra-index-url",
        "-f",
        "--find-links",
        "--prefix",
        "--root",
        "-p",
        "-d",
        "--dest",
        "-w",
        "--wheel-dir",
    ),
}


def named_packages(text: str) -> list[str]:
    """The index packages that install commands in ``text`` name: no paths, files, URLs or variables."""
    found: list[str] = []
    for command in _COMMAND.finditer(text.replace("\\\n", " ")):
        words = command["rest"].replace('"', "").replace("'", "").split()
        found += _packages(words, only_first=bool(command["first"]))
    return found


def _packages(words: list[str], *, only_first: bool) -> list[str]:
    installed, named = [], []
    rest = iter(words)
    for word in rest:
        option, equals, value = word.partition("=")
        if option in _NAMES_A_PACKAGE:
            named.append(value if equals else next(rest, ""))
        elif word in _TAKE_A_VALUE:
            next(rest, "")
        elif not word.startswith("-"):
            installed.append(word)
            if only_first:
                break
    if only_first and named:  # `uvx --from PACKAGE COMMAND`
        installed = []
    return [name for word in named + installed if (name := _package(word))]


def _package(word: str) -> str:
    if "/" in word or word.startswith((".", "$", "{")) or word.endswith((".whl", ".gz")):
        return ""
    match = _NAME.match(word.rstrip(".,:"))
    return re.sub(r"[-_.]+", "-", match[1]).lower() if match else ""


def texts():
    for place in PLACES:
        for path in sorted(ROOT.glob(place)):
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                private = {"node_modules", "__pycache__"} & set(file.parts)
                if file.is_file() and file.suffix in TEXTS and not private:
                    yield file


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "      - run: pipx install agentrec && npm install -g @anthropic-ai/claude-code",
            ["agentrec"],
        ),
        ("run `pip install agentrec` first", ["agentrec"]),
        ("python3 -m pip install --upgrade Agent_Rec[web]>=1.0", ["agent-rec"]),
        ("pip3.11 install -r r.txt agentrec==0.1", ["agentrec"]),
        ("pip install \\\n  agentrec", ["agentrec"]),
        ("uv pip install agentrec", ["agentrec"]),
        ("uv tool install --python 3.12 agentrec", ["agentrec"]),
        ("uv add agentrec", ["agentrec"]),
        ("uvx agentrec record -- claude", ["agentrec"]),
        ("uvx --from agentrec-tools agentrec record", ["agentrec-tools"]),
        ("uvx --from=. agentrec record", []),
        ("pipx run agentrec ls", ["agentrec"]),
        ("pipx run --spec ./agentrec_cli-1-py3-none-any.whl agentrec ls", []),
        ("pipx inject agentrec textual", ["agentrec", "textual"]),
        ("`pipx install .` or `uv tool install .`", []),
        ("`pipx install .` or `uv tool install agentrec`", ["agentrec"]),
        ("pip install 'agentrec>=1' \"Other[x]\"", ["agentrec", "other"]),
        ('raise Missing("pip install agentrec")', ["agentrec"]),
        ("pip install dist/agentrec_cli-0.1.0-py3-none-any.whl", []),
        ("pip install --require-hashes -r requirements/run.lock", []),
        ('pip install "$wheel"', []),
        ("pip install git+https://example.org/agentrec", []),
        ("successfully installed agentrec", []),
    ],
)
def test_install_commands_are_understood(text, names):
    assert named_packages(text) == names


def test_no_text_names_a_package_that_is_not_ours():
    seen = {file: file.read_text(encoding="utf-8") for file in texts()}
    assert {ROOT / "README.md", ROOT / "docs/ci.md", ROOT / "agentrec/cli/main.py"} <= set(seen)
    foreign = {
        f"{file.relative_to(ROOT)}: {name}"
        for file, text in seen.items()
        for name in named_packages(text)
        if name not in ALLOWED
    }
    assert not foreign


@pytest.mark.parametrize("command", COMMANDS | SHORT)
def test_no_help_names_a_package_that_is_not_ours(command, capsys):
    assert main([command, "--help"]) == 0
    help_ = capsys.readouterr().out
    assert "usage: agentrec" in help_
    assert set(named_packages(help_)) <= ALLOWED


def test_the_distribution_has_a_name_of_its_own():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == "agentrec-cli"
    assert list(project["scripts"]) == ["agentrec"]
