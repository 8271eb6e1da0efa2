"""Comparing runs: outcomes first, then steps aligned to the first that differs; gates for CI.

- ``compared_run``: one side, read in one pass
- ``steps``: what happens in a run, as steps that can be compared
- ``same_text``: texts without directories, ids and times
- ``alignment``: which step of one run is which of another
- ``divergence``: where two runs first differ, in words
- ``file_trees``: their final files
- ``comparison``: puts these together; ``comparison_text``: as text and Markdown

It is below the command line, the player and the page, and names no winner.
"""
