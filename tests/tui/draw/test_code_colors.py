"""Syntax colors of diffs; those of files are in tests/tui/widgets."""

from agentrec.tui.draw.code_colors import MAX_COLORED_CHARS, colored_diff

DIFF = """diff --git a/area.py b/area.py
--- a/area.py
+++ b/area.py
@@ -1,3 +1,3 @@
 def area(width, height):
-    '''Not the area
-    return width + height
+    # It multiplies.
+    return width * height
 PI = 3
diff --git a/notes b/notes
--- a/notes
+++ b/notes
@@ -1 +1 @@
-one
+two
""".splitlines()


def test_code_in_a_diff_has_colors():
    lines = colored_diff(DIFF, dark=True)
    shown = ["".join(part.text for part in line) for line in lines]
    assert shown == [line if 4 <= n <= 9 else "" for n, line in enumerate(DIFF)]
    colors = {part.text.strip(): part.style.color for line in lines for part in line}
    assert colors["def"] != colors["area"]
    assert colors["# It multiplies."] != colors["width"]
    tints = [line[0].style.bgcolor for line in lines[4:10]]
    assert tints[0] is None is tints[5]
    assert tints[1] == tints[2] != tints[3] == tints[4] is not None


def test_a_string_that_one_side_begins_does_not_color_the_other():
    lines = colored_diff(DIFF, dark=True)
    kept = colored_diff([line for n, line in enumerate(DIFF) if n not in (5, 6)], dark=True)
    assert lines[9] == kept[7]


def test_what_has_no_colors():
    assert colored_diff(DIFF[10:], dark=True) is None
    assert colored_diff([], dark=True) is None
    assert colored_diff([*DIFF, "+" + "x" * MAX_COLORED_CHARS], dark=True) is None
