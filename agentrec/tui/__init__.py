"""The player: a recorded terminal in the user's own, on a timeline to move along.

player    the player: its parts put together, and what happens when threads report something
stages    plays recordings that have no terminal: their steps, or what was said
actions/  what the keys do
playback/ clock, state and threads of the recording being played
widgets/  the parts of the main screen, and of the others
screens/  the screens over it: files, branch dialog, help
beside/   two recordings side by side
draw/     what is drawn, decided without a screen
driver    asks the terminal whether it has 24-bit colors
end_signals  ends on SIGTERM and SIGHUP, with the terminal as it was
garbage   garbage collection, kept out of the way of keys
keys      every key: one table for bindings, help, palette and documentation
theme     the themes, and the style of each role
words     the player's wording
player.tcss holds the styles of player and widgets.
"""
