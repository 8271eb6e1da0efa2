"""Comparing runs: outcomes first, then steps aligned to the first that differs; gates for CI.

- ``compared_run``: one side, read in one pass
- ``steps``: what happens in a run, as steps that can be compared
- ``same_text``: texts without directories, ids and times
- ``alignment``: which step of one run is which of another
- ``divergence``: where two runs first differ, in words
- ``file_trees``: their final files
- ``comparison``: puts these together
- ``comparison_text``: as text and Markdown; ``comparison_html``: as a page
- ``gate_rules``: the language of gates; ``gate``: which rules a run breaks; ``junit``: as JUnit XML
- ``samples``: several runs on each side; ``baseline``: the newest good run of a task

It is below the command line, the player and the page, and names no winner.
"""
