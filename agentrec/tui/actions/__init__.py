"""What the keys do, one class of actions for each group of keys.

base       what all actions use: the player's parts, messages to the user, showing the position
playback   play, pause, speed, steps and jumps in time
search     the search and its hits
marks      marks and snapshots: go to them, add them
files      the file browser
branch     the branch dialog, and running branches
view       side panel, panning, theme, help
"""
