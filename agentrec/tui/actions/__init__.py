"""What the keys do, one class of actions for each group of keys.

player_base       what all actions use: the player's parts, messages to the user, the position
playback_actions  play, pause, speed, steps and jumps in time
search_actions    the search and its hits
mark_actions      marks and snapshots: go to them, add them
file_actions      the file browser
branch_actions    the branch dialog, and the branches that there are
branch_start      carries out a branch, of any player
cut_actions       a stretch, cut out as a new recording
save_actions      pictures, and files of other formats
copy_actions      text to the clipboard
view_actions      full screen, side panel, panning, theme, help
"""
