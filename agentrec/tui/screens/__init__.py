"""Screens over the player.

file_browser   the files at a time
branch_dialog  the message to the agent, and the branch that would be created
event_screen   a message or tool call in full
help           the list of keys
Each has its styles in a .tcss file beside it.
"""
