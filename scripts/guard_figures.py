"""Figures of the guard; see ``scripts/guard``. Exits with 1 if they are not what they should be."""

from __future__ import annotations

import argparse
import os
import re
import sys
import sysconfig
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from agentrec.guard.finding import Finding
from agentrec.guard.guard_check import GuardCheck
from agentrec.guard.guard_settings import GuardSettings, load_settings
from agentrec.guard.source_tree import DirectoryTree
from scripts.guard_parts import planted_defects, second_opinion
from scripts.guard_parts.peers import Speed, install, measure

PEERS = Path(__file__).parents[1] / ".tools" / "guard"
DOCS = Path(__file__).parents[1] / "docs" / "guard.md"
FOUND_SHARE, FALSE_SHARE = 0.95, 0.02
_MARKED = re.compile(r"(<!-- figures: [^\n]*-->\n).*?(<!-- end of figures -->)", re.DOTALL)
# Of the standard library: what others wrote, and files that are wrong on purpose.
_NOT_LIBRARY = """
[guard]
ignored = ["site-packages/", "test/", "tests/", "idle_test/", "lib2to3/", "lib-dynload/", "config-*/"]
"""


class Judged(NamedTuple):
    """Findings in good code, and those of them that are wrong."""

    name: str
    files: int
    findings: list[Finding]
    wrong: list[Finding]


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/guard", description=__doc__)
    parser.add_argument("--write-docs", action="store_true", help="into docs/guard.md")
    parser.add_argument("--show", action="store_true", help="print wrong findings")
    args = parser.parse_args()
    install(PEERS)
    settings = load_settings({"HOME": "/nonexistent"}, _NOT_LIBRARY.encode())
    library = Path(sysconfig.get_path("stdlib"))
    modules = PEERS / "node_modules"
    found = planted_defects.look()
    judged = [
        _judge("Python's standard library", library, settings),
        _judge("express (npm)", modules / "express", settings),
        _judge("commander (npm)", modules / "commander", settings),
    ]
    speeds = measure(library, PEERS, settings)
    text = "\n".join([*_found_table(found), "", *_judged_table(judged), "", *_speed_table(speeds)])
    print(text)
    for one in found:
        for it in one.missed:
            print(f"missed in {one.language}: {it}")
        for it in one.wrong:
            print(f"wrong in {one.language}: {it}")
    if args.show:
        for judge in judged:
            print(*(f"{it.place}: {it.text} [{it.rule}]" for it in judge.wrong), sep="\n")
    if args.write_docs:
        DOCS.write_text(
            _MARKED.sub(lambda match: f"{match[1]}{text}\n{match[2]}", DOCS.read_text())
        )
    return 0 if _is_good(found, judged) else 1


def _judge(name: str, root: Path, settings: GuardSettings) -> Judged:
    report = GuardCheck(
        None, DirectoryTree(str(root), {**os.environ, "HOME": "/nonexistent"}), settings
    ).run()
    findings = [it for it in report.findings if not it.place.path.startswith("node_modules/")]
    wrong = [it for it in findings if not second_opinion.is_right(root, it, settings)]
    return Judged(name, report.files, findings, wrong)


def _is_good(found: list[planted_defects.Found], judged: list[Judged]) -> bool:
    planted, missed = sum(it.planted for it in found), sum(len(it.missed) for it in found)
    findings, wrong = sum(len(it.findings) for it in judged), sum(len(it.wrong) for it in judged)
    enough = planted - missed >= FOUND_SHARE * planted
    return enough and wrong <= FALSE_SHARE * findings and not any(it.wrong for it in found)


def _found_table(found: list[planted_defects.Found]) -> list[str]:
    rows = [
        "| planted in | files | defects | found | missed | wrong |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for it in found:
        hits = it.planted - len(it.missed)
        rows.append(
            f"| {it.language} | {it.files} | {it.planted} | {hits} | {len(it.missed)} | {len(it.wrong)} |"
        )
    return rows


def _judged_table(judged: list[Judged]) -> list[str]:
    rows = [
        "| good code | files | findings | wrong | share | most frequent |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for it in judged:
        share = f"{len(it.wrong) / max(1, len(it.findings)):.1%}"
        counts = Counter(finding.rule for finding in it.findings).most_common(3)
        often = ", ".join(f"{rule} {count}" for rule, count in counts)
        rows.append(
            f"| {it.name} | {it.files} | {len(it.findings)} | {len(it.wrong)} | {share} | {often} |"
        )
    return rows


def _speed_table(speeds: list[Speed]) -> list[str]:
    rows = ["| a file of 350 lines | ms |", "| --- | --- |"]
    return [*rows, *(f"| {it.name} | {it.ms:.1f} |" for it in speeds)]


if __name__ == "__main__":
    sys.exit(main())
