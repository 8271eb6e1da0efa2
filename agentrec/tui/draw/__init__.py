"""What is drawn, decided without a screen.

terminal_cells  recorded cells as segments
selection       selected cells, and their text
viewport        where the recorded terminal is drawn in the window
timeline_cells  the timeline as cells
code_colors     syntax colors of files and diffs
trace_cells     the trace as cells and as a list
event_items     events as lines of the side panel
file_tree       the files of a snapshot as rows
snapshot_text   what the file browser says of a snapshot
"""
