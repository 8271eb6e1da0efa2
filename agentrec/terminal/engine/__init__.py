"""The emulated terminal.

screen        the terminal to feed, read, snapshot and restore: all that others use
styles        how cells look
_ghostty      the engine: one terminal of libghostty-vt
_text_reader  reads its text
_cell_view    reads its cells
_cells        rows of raw cells, as text and styled runs
_library      the library, and what its callers share
_abi          loads it, with its C declarations parsed in advance
"""
