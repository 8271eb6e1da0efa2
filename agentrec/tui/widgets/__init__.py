"""The player's widgets.

terminal_view  the recorded terminal
timeline_bar   the timeline
side_panel     marks or events, under tabs
tab_bar        a row of tabs
item_list      a list of marks or events
status_line    position and messages, and the most useful keys
prompt         the line to type into
file_list      the list of files
text_page      a file or a diff
themed         what widgets have in common: the styles of a theme
"""
