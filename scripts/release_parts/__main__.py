"""Builds a release from a commit, never from the working directory. See scripts/release."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from scripts.release_parts import check, sbom

ROOT = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/release", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="DIR", help="dist/")
    parser.add_argument("--ref", default="HEAD", help="the commit to build: HEAD")
    parser.add_argument(
        "--no-check", action="store_true", help="do not try the wheel in a clean environment"
    )
    args = parser.parse_args()
    if args.ref == "HEAD" and git("status", "--porcelain", "--untracked-files=no"):
        print("uncommitted changes are left out", file=sys.stderr)
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="agentrec-release-") as temporary:
        files = build(args.ref, Path(temporary), args.out.resolve())
        if not args.no_check:
            check.installed(files[0], Path(temporary) / "source", Path(temporary) / "venv")
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (args.out / "SHA256SUMS").write_text("".join(sums))
    print("".join(sums), end="")
    return 0


def build(ref: str, temporary: Path, out: Path) -> list[Path]:
    """Build wheel, sdist and SBOM of the commit ``ref``. The same commit gives the same bytes."""
    source = temporary / "source"
    export(ref, source)
    env = environment(ref)
    python(source, env, "-m", "scripts.release_parts.share", "share")
    sdist = hatch(source, env, "sdist", out)
    unpacked = temporary / "sdist"
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    (folder,) = unpacked.iterdir()
    wheel = hatch(
        folder, env, "wheel", out
    )  # from the sdist, so that the sdist is known to be whole
    bill = out / f"{sdist.name.removesuffix('.tar.gz')}.cdx.json"
    bill.write_text(sbom.document(source, wheel, int(env["SOURCE_DATE_EPOCH"])))
    return [wheel, sdist, bill]


def export(ref: str, folder: Path) -> None:
    """Write the files of the commit ``ref`` to a folder."""
    with tempfile.TemporaryFile() as spool:
        subprocess.run(["git", "archive", "--format=tar", ref], cwd=ROOT, stdout=spool, check=True)
        spool.seek(0)
        with tarfile.open(fileobj=spool) as archive:
            archive.extractall(folder, filter="data")


def environment(ref: str) -> dict[str, str]:
    """Return an environment in which every build of ``ref`` is the same."""
    return os.environ | {
        "SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct", ref),
        "PYTHONHASHSEED": "0",
        "LC_ALL": "C.UTF-8",
    }


def hatch(folder: Path, env: dict[str, str], target: str, out: Path) -> Path:
    """Build one target and return its path."""
    built = folder / "dist"
    python(folder, env, "-m", "hatchling", "build", "-t", target, "-d", str(built))
    (made,) = built.iterdir()
    path = Path(shutil.copy(made, out))
    shutil.rmtree(built)
    return path


def python(folder: Path, env: dict[str, str], *args: str) -> None:
    """Run this Python in ``folder``; what it prints is shown when it fails."""
    done = subprocess.run(
        [sys.executable, *args], cwd=folder, env=env, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(args)} failed:\n{done.stdout}{done.stderr}")


def git(*args: str) -> str:
    done = subprocess.run(["git", *args], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
