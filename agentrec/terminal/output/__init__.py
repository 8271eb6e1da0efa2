"""Terminal output: read, made safe, made again.

tokenizer     splits output into text, controls and escape sequences
sanitize      what of it may be written to the user's terminal
log_text      lines for the log of a CI job
sgr           rows of a screen as text with colors
redraw        a screen as output for another terminal
frame_deltas  frames as differences, for the web page
"""
