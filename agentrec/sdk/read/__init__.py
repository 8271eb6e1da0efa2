"""Recordings as a program reads them.

- ``run``: a recording's steps, states, messages, files and sums
- ``run_frames``: the steps of a recording, found in one pass
- ``state_diff``: what differs between two states
- ``conversation``: messages up to a point
- ``run_files``: files at a point
- ``run_list``: the recordings of this machine
- ``stage``: what is shown of a recording that has no terminal
- ``graph``: steps as a graph, with parallel paths and forks
"""
