"""The same task again: from the files it started with, in worktrees of their own, varied as the user asks.

``recorded_task``  what a recorded run was asked to do, and what it cost
``variation``      one way to run it again, and the matrix of all
``rerun_plan``     the runs that will be made, with names that are free
``rerun_text``     a plan in words
``groups``         runs that belong together, and how far each of them is
``restart``        makes the interrupted runs of a group again
``bundles``        tasks as files that can be run elsewhere
``group_runner``   runs them, several at a time, within limits

Directories and git branches are made by :mod:`agentrec.branches`.
"""
