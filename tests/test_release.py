"""scripts/release makes the same files twice, with all in them that a user gets."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.resources import files
from pathlib import Path

import jsonschema_rs
import pytest

from agentrec import __version__
from scripts.release_parts import manpage, sbom
from tests.agents_env.need import missing

ROOT = Path(__file__).parents[1]
NAME = f"agentrec_cli-{__version__}"
# What license, schema and completion files refer to; nothing is fetched from there.
ELSEWHERE = {
    *(b"cyclonedx.org", b"github.com", b"fishshell.com", b"www.apache.org", b"blog.example"),
    *(b"127.0.0.1:4318", b"team\\-recordings", b"team", b",", b"HOST:8123"),  # of examples
}
SHARE = f"{NAME}.data/data/share"


def git(*args):
    return subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def release(out, temporary, *args):
    """What scripts/release builds of the working directory's tracked files, in a directory of its own."""
    if not git("rev-parse", "--verify", "HEAD"):
        missing("this is not a git checkout: scripts/release builds commits")
    out.mkdir()
    temporary.mkdir()
    command = [sys.executable, "-m", "scripts.release_parts", "--out", str(out), *args]
    env = os.environ | {"TMPDIR": str(temporary)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not list(temporary.iterdir()), "left behind"
    return {file.name: file.read_bytes() for file in out.iterdir()}


@pytest.fixture(scope="module")
def ref():
    """A commit of what the tracked files are now."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    return git(*identity, "stash", "create") or git("rev-parse", "HEAD")


@pytest.fixture(scope="module")
def built(tmp_path_factory, ref):
    folder = tmp_path_factory.mktemp("release")
    release(folder / "out", folder / "tmp", "--ref", ref, "--no-check")
    return folder / "out"


@pytest.fixture(scope="module")
def wheel(built):
    with zipfile.ZipFile(built / f"{NAME}-py3-none-any.whl") as archive:
        yield archive


def test_two_builds_are_the_same_to_the_byte(built, ref, tmp_path):
    first = {file.name: file.read_bytes() for file in built.iterdir()}
    other = release(tmp_path / "elsewhere", tmp_path / "t", "--ref", ref, "--no-check")
    assert set(first) == {
        "SHA256SUMS",
        f"{NAME}.cdx.json",
        f"{NAME}.tar.gz",
        f"{NAME}-py3-none-any.whl",
    }
    assert {name: hashlib.sha256(data).hexdigest() for name, data in first.items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in other.items()
    }


def test_the_checksums_are_those_of_the_files(built):
    done = subprocess.run(
        [sys.executable, "-c", _SUMS], cwd=built, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["3"]


_SUMS = """
import hashlib
lines = open("SHA256SUMS").read().splitlines()
for line in lines:
    digest, name = line.split("  ")
    assert hashlib.sha256(open(name, "rb").read()).hexdigest() == digest
print(len(lines))
"""


def test_the_wheel_holds_the_package_and_no_more(wheel):
    names = set(wheel.namelist())
    tracked = git("ls-files", "agentrec", ":!agentrec/web/page").splitlines()
    assert {name for name in names if name.startswith("agentrec/")} == set(tracked)
    assert f"{NAME}.dist-info/licenses/LICENSE" in names
    others = {name for name in names if not name.startswith(("agentrec/", f"{NAME}.dist-info/"))}
    assert others == {
        f"{SHARE}/man/man1/agentrec.1",
        f"{SHARE}/bash-completion/completions/agentrec",
        f"{SHARE}/zsh/site-functions/_agentrec",
        f"{SHARE}/fish/vendor_completions.d/agentrec.fish",
    }
    assert b"\nName: agentrec-cli\n" in wheel.read(f"{NAME}.dist-info/METADATA")


def test_the_completion_files_are_what_the_command_prints(wheel):
    for shell, path in {
        "bash": "bash-completion/completions/agentrec",
        "zsh": "zsh/site-functions/_agentrec",
        "fish": "fish/vendor_completions.d/agentrec.fish",
    }.items():
        command = [sys.executable, "-m", "agentrec", "completion", shell]
        printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
        assert wheel.read(f"{SHARE}/{path}") == printed


def test_the_sdist_builds_and_is_as_old_as_the_commit(built, ref):
    with tarfile.open(built / f"{NAME}.tar.gz") as archive:
        members = archive.getmembers()
    names = {member.name for member in members}
    assert {f"{NAME}/hatch_build.py", f"{NAME}/share/man/man1/agentrec.1"} <= names
    assert {member.mtime for member in members} == {int(git("log", "-1", "--format=%ct", ref))}


def test_nothing_names_the_machine_or_an_index(built, wheel):
    texts = [wheel.read(name) for name in wheel.namelist() if "dist-info" in name or SHARE in name]
    texts.append((built / f"{NAME}.cdx.json").read_bytes())
    for text in texts:
        assert str(ROOT).encode() not in text
        assert set(re.findall(rb"\w+://([^/\s\"]+)", text)) <= ELSEWHERE


def test_the_bill_of_materials_is_valid_and_whole(built):
    text = (built / f"{NAME}.cdx.json").read_bytes()
    bill = json.loads(text)
    schemas = files("cyclonedx.schema") / "_res"
    registry = jsonschema_rs.Registry(
        [
            (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", _schema(schemas, name))
            for name in ("spdx", "jsf-0.82", "bom-1.6")
        ]
    )
    jsonschema_rs.validator_for(_schema(schemas, "bom-1.6"), registry=registry).validate(bill)
    wheel = hashlib.sha256((built / f"{NAME}-py3-none-any.whl").read_bytes()).hexdigest()
    assert bill["metadata"]["component"]["hashes"][0]["content"] == wheel
    names = {component["name"] for component in bill["components"]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    direct = {sbom.Requirement(line).name for line in project["dependencies"]}
    direct = {name.replace(".", "-") for name in direct}  # as an index names them
    assert direct | {"cffi", "linkify-it-py", "pygments"} <= names  # with an extra, and indirectly
    assert not {"hatchling", "editables", "packaging"} & names  # only builds need them
    known = {bill["metadata"]["component"]["bom-ref"]} | {c["bom-ref"] for c in bill["components"]}
    assert {entry["ref"] for entry in bill["dependencies"]} == known


def _schema(schemas, name):
    return json.loads((schemas / f"{name}.SNAPSHOT.schema.json").read_text())


def test_the_man_page_has_every_command_and_formats_without_a_warning(tmp_path):
    from agentrec.cli.commands import COMMANDS, SUBCOMMANDS

    (tmp_path / "agentrec.1").write_text(manpage.page())
    if not shutil.which("man"):
        missing("man is not installed")
    env = os.environ | {"MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MANROFFOPT": "-c"}
    command = ["man", "--warnings", "-P", "cat", "-l", str(tmp_path / "agentrec.1")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert not done.stderr
    shown = {" ".join(line.split()) for line in done.stdout.replace("\b", "").splitlines()}
    inner = [f"snapshots {name}" for name in SUBCOMMANDS["snapshots"]]
    for name in [*COMMANDS, *inner]:
        assert any(f"{line} ".startswith(f"agentrec {name} ") for line in shown), name
    assert any(line.startswith("-o, --out-file FILE") for line in shown)


@pytest.mark.slow
def test_the_wheel_works_in_a_clean_environment(ref, tmp_path):
    release(tmp_path / "out", tmp_path / "t", "--ref", ref)
