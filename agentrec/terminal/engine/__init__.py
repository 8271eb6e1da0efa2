"""The emulated terminal.

screen    the terminal to feed, read, snapshot and restore: all that others use
styles    how cells look
_ghostty  calls of the engine's library, libghostty-vt
_cells    rows of the engine's cells, as text and styled runs
_abi      loads the library, with its C declarations parsed in advance
"""
