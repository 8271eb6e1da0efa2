"""The recording being played: clock, state, and the threads that read it.

clock            position, speed, pauses, the live edge: decisions only
player_state     everything known of the recording
messages         what threads report: one message class for each fact
screen_worker    the thread that makes screens
event_loader     the thread that reads markers, events and errors
search_worker    the thread that searches
search_lines     the text it searches
snapshot_loader  contents and differences of snapshots
branch_runner    lists branches, and runs new ones
cut_points       start and end of a stretch to cut out
preferences      theme and idle limit, remembered
live_marks       adds marks and snapshots, through the recorder while it runs
gutter           which rows of the screen get a sign of a marker
"""
