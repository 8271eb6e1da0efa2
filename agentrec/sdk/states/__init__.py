"""States of a run: any JSON value, stored as what changed since the one before.

- ``plain_json``: values as JSON text, and what stands for those that are not JSON
- ``state_patch``: the difference between two values, and a value with a difference applied
- ``state_chain``: states on their way into a recording
- ``state_reader``: states as they come out of it
"""
