"""Secrets in terminal output, found by what the terminal shows.

``masker``         finds them, and says which bytes drew them
``mask``           overwrites marked bytes with asterisks
``prefilter``      the fast way past harmless bulk output
``output_screen``  output in, cells with the bytes that drew them out
``controls``       what control characters and escape sequences do to the screen
``screen_model``   the cells, and what moves them
``unwrap``         lines of text, whole again where an edge cut them
``known_secrets``  pieces of secrets that are known as a whole
``growing``        secrets that a line shows before they are complete
``scrolled_fields``  what went through a narrow field
``private_keys``   private keys, which span many lines
``widths``         how many cells a character takes
"""
