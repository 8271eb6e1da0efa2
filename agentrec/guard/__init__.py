"""The guard: findings on what agents write, in a directory, a snapshot, or what a stretch of a run changed.

- ``finding``: what a rule says about a place
- ``guard_settings``: levels and limits, from ``guard.toml`` and the user's and project's files
- ``source_tree``: the files of a directory or a snapshot, to be read
- ``guard_check``: runs the rules, over all files or only what is new
- ``guard_process``: checks snapshots while recording
- ``suppression``: findings that are allowed, by a comment or a baseline
- ``code``: functions in many languages
- ``rules``: the rules
- ``reports``: findings as text, Markdown and SARIF
"""
