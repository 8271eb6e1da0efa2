"""Branches of runs that no snapshots were taken of: their files are those of a commit.

``imported_origin``   what a branch of an imported session comes from
``commit_snapshot``   a snapshot with the files of a commit
"""
