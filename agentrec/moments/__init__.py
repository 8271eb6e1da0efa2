"""Moments: labeled points in time, found in what was recorded.

``recording_moments``  the moments of a recording: renders its events and hands over the lines
``detector``           events and lines in, moments out
``line_rules``         lines of text in, milestones out
``rule_table``         the rules of milestones, from ``rules.toml``
``shell_commands``     commands of shells, from the marks (OSC 133) in terminal output
``osc7501``            the state of an agent, as it reports it to its terminal
"""
