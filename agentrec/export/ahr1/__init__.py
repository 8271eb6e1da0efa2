"""Agent Harbor's recordings, version 1.

- ``reader``: the layout, and reading it
- ``writer``: writing it by every rule that its reader depends on
"""
