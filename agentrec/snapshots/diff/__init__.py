"""The differences between snapshots.

``compare``         what differs between two contents, path by path
``diff``            numbers of lines, and a unified diff
``workspace_side``  the directory as it is now, as one side of a diff
``rules_at``        what the rules at the time of a snapshot left out
``blame``           which snapshot is the first with a line of a file
"""
