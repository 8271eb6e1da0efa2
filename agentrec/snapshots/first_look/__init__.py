"""The first look: the state of a directory just before a recorded command starts.

The first snapshot of a recording is taken while its command already runs, but holds the files from before.
A fork of the recorder looks at every file before the command starts, reads those that have no other copy,
and later becomes the process that takes the snapshots (:mod:`agentrec.snapshots.worker`).

Loaded before the command starts, so imports are light there:

``look_process``     the fork, as the recorder sees it
``look_loop``        what the fork does
``stat_walk``        lists the files with their times, sizes and inodes
``git_index``        what the user's git index knows of them
``skipped_folders``  which directories are not worth a look
``early_reads``      reads files that have no other copy

Loaded when the snapshot is taken:

``start_state``      the result of a look
``start_source``     the files as they were, for the scanner
``other_copies``     finds the content of files that have changed since
"""
