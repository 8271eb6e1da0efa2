"""Snapshots of a directory's files: taking, comparing and restoring them.

``model``        the types that the other modules share, and their errors
``snapshotter``  takes a snapshot of now
``worker``       the process that takes snapshots for a recorder
``manifest``     what is in a snapshot, and what a git tree cannot say about it
``lookup``       the snapshots that a recording has, and finding one by name
``pruning``      which recordings and snapshots may be removed, and removing them
``first_look``   the state of a directory just before a recorded command starts
``conversations``   copies of agents' transcripts, beside the snapshots
``scan``         which directory, which files, and what changed since the last scan
``gitstore``     the store: git objects in a private repository for each directory
``diff``         the differences between two snapshots, or between one and now
``restore``      restoring files in place, undoing it, and writing them elsewhere

A user's own repository is only ever read. Importing this package costs nothing.
"""
