"""Commands that play recordings.

replay          play a recording: in the player, in this terminal, or its final screen
watch           watch a recording that is being made
plain_playback  plays into the user's terminal without the player
final_screen    the final screen, with scrollback, as lines
"""
