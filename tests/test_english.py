"""Phrases that docs/style.md rules out: in messages, help, docs and comments."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BRITISH = (
    "colour|behaviour|honour|favour|neighbour|centre|recognise|summarise"
    "|cancelled|labelled(?!by)|licence(?!s)"
)
BANNED = {
    r"\} is no (?!longer)[a-z]": "invalid … '{value}': use …",
    r"\b(?:that|which|what) (?:is|are|was|were) no (?!longer\b|more\b|one\b)[a-z]": "is not a …",
    r"\bof then\b": "recorded in …, of that time",
    r"\bnobody is here\b": "stdin is not a terminal",
    r"\bmakes? no sense\b": "is invalid, and why",
    r"\bwhat (a run|it|they|these) came to\b": "name the sums",
    r"\banother way from\b": "branching",
    r"\ba defect in agentrec\b": "internal error",
    rf"\b({BRITISH})": "American spelling",
    r"\bwhat (to run|should be kept|to look for)\?": "missing …",
}
EXEMPT = ("docs/style.md", "tests/test_english.py", "CHANGELOG.md")
SKIPPED = (
    "agentrec/web/static/",
    "agentrec/export/player/",
    "requirements/",
    "fixtures/",
    "tests/",
)
KINDS = (".py", ".md", ".tsx", ".ts", ".css", ".toml", ".yml")
ALLOWED = "style: allow"  # in a line that quotes somebody else's word


def texts() -> list[Path]:
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.splitlines() if name.endswith(KINDS)]
    wanted = [name for name in names if name not in EXEMPT and not name.startswith(SKIPPED)]
    return [ROOT / name for name in wanted if (ROOT / name).exists()]


@pytest.mark.parametrize("pattern", BANNED, ids=BANNED.values())
def test_no_banned_phrase(pattern):
    places = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in texts()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line, re.IGNORECASE) and ALLOWED not in line
    ]
    assert not places, f"{BANNED[pattern]}:\n" + "\n".join(places)


def test_a_banned_phrase_is_found():
    line = 'raise UsageError(f"{text!r} is no time of then")'
    assert sum(bool(re.search(pattern, line)) for pattern in BANNED) == 2
