"""Commands of the guard.

- ``guard_scan``: find what rules forbid
- ``guard_baseline``: allow what there is
- ``guard_rules``: list the rules
- ``guard_target``: what a scan is about, as the user names it
"""
