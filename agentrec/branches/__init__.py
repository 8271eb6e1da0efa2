"""Branches: standing at a point of a recording again, and going on from there.

``point``    which snapshot and which place of the conversation somebody means
``aligned``  which conversation belongs to which files
``survey``   what is different now from the recording's environment, and what is missing
``place``    where the files go, as a git worktree or a plain directory
``going_on`` how the agent goes on
``plan``     all of that together: everything that will happen, before it happens; ``model`` is what that is
``worktree`` the only code here that writes to a user's repository: one entry and one branch
``journal``  what was made, so that what a killed process left can be cleaned up
``make``     making it, and the command that runs the child
``lineage``  which recording came from which        ``remove``  taking a worktree away again

Importing this package costs nothing.
"""
