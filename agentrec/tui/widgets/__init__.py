"""The player's widgets.

terminal_view  the recorded terminal
timeline_bar   the timeline
side_panel     marks, events or the trace, under tabs
tab_bar        a row of tabs
waterfall      the trace: what took how long, in lanes
item_list      a list of marks or events
status_line    position and messages, and the most useful keys
prompt         the line to type into
file_list      the list of files
text_page      a file or a diff
stage_list     the steps of a run, or what was said
themed         what widgets have in common: the styles of a theme
"""
