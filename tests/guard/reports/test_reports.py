"""Findings as lines and as Markdown: nothing in a file's name is acted on."""

from agentrec.guard.reports.finding_markdown import markdown
from agentrec.guard.reports.finding_text import finding_lines
from tests.guard.trees import check

WIDE = "def wide(a, b, c, d, e, f, g, h):\n    return a\n"
HOSTILE = "a\x1b]0;x\x07|`<b>\n.py"


def test_lines_name_place_level_and_rule():
    lines = list(finding_lines(check(None, {"a.py": WIDE}), color=False))
    assert lines == [
        "a.py:1: warning: wide has 8 parameters (limit: 7) [parameters]",
        "1 warning in 1 file",
    ]
    assert list(finding_lines(check(None, {}), color=False)) == ["no findings in 0 files"]


def test_a_hostile_name_is_harmless():
    report = check(None, {HOSTILE: WIDE})
    text = "".join(finding_lines(report, color=False))
    assert "\x1b" not in text
    assert "\n" not in text
    table = markdown(report)
    assert "\x1b" not in table
    assert "<b>" not in table.replace("\\<b\\>", "")
    assert "\\|" in table


def test_many_findings_are_counted():
    report = check(
        None,
        {f"{n:03}.py": WIDE.replace("wide", f"w{n}").replace("a\n", f"{n}\n") for n in range(150)},
    )
    text = markdown(report)
    assert "150 warnings in 150 files" in text
    assert "… and 50 findings more." in text


def test_color_is_for_levels():
    (line, _) = finding_lines(check(None, {"a.py": WIDE}), color=True)
    assert "\x1b[33mwarning\x1b[0m" in line
