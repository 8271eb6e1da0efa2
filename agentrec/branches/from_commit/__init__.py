"""Branches of runs that no snapshots were taken of: their files are those of a commit.

``commit_origin``     what a branch of an imported or encrypted run comes from
``commit_snapshot``   a snapshot with the files of a commit
"""
