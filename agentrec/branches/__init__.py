"""Branches: going back to a point of a recording and continuing from there.

``branch_point``         what a branch comes from: the snapshot and conversation at the requested point
``from_commit``          the same of a session that was imported, with the files of a commit
``conversation_match``   which conversation belongs to which files
``environment_diff``     what is different now from the recording's environment, and what is missing
``worktree_location``    where the files go: a git worktree or a plain directory
``continuation``         how the agent continues; ``call_replay``: driven by recorded answers
``planner``              puts these together: everything that will happen, before it happens
``branch_plan``          the request of the user, and the plan
``plan_text``            a plan in words
``create``               makes what a plan says, and the command that runs the child
``worktree``             runs git on a user's repository: worktree entries and branches
``journal``              what was made, so that what a killed process left can be removed
``lineage``              which recording came from which
``remove``               removes a branch's directory and git branch

Importing this package costs nothing.
"""
