"""The terminal: emulated, sought in, and written out.

engine/            the emulated terminal
seek/              the screen at any time of a recording
output/            terminal output: read, made safe, made again
screen_transcript  everything a terminal ever showed, as text with times
screen_lines       the lines on a screen, followed from one reading to the next
control_strings    how long a control string may hide what follows it
query_responder    answers a program's terminal queries without a terminal
"""
